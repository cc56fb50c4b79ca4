"""A stack that watches no organization reads a team's record first when it claims the team."""

from collections.abc import Iterator

import pytest

from onboarding.schema import SCHEMA, newer_sentence
from sandbox.cloud import Cloud, Options, running
from tests.workflow.teams import outcome, small


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters={"WatchedOus": ""})) as started:
        yield started


def test_a_newer_record_is_refused_by_the_claim_and_by_a_dry_run_and_left_as_it_is(cloud: Cloud) -> None:
    sentence = newer_sentence("ahead", {"schema": SCHEMA + 1})
    assert outcome(cloud.onboard(small("ahead"))) == "onboarded"
    item = {**cloud.registry()["team/ahead"], "schema": {"N": str(SCHEMA + 1)}}
    cloud.client("dynamodb").put_item(TableName=cloud.stack.outputs["RegistryTable"], Item=item)
    for dry_run in (True, False):
        refused = cloud.onboard(small("ahead", serviceAccount="trainer", dryRun=dry_run))
        assert (refused.status, refused.error) == ("FAILED", "NewerRecord"), refused.cause
        assert refused.cause == f"Step claim, registry team/ahead: {sentence}"
        assert cloud.registry()["team/ahead"] == item
