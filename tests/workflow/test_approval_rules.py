"""Which teams wait: by accelerators and by buckets; and who may say yes where one account does both."""

import json
from collections.abc import Iterator

import pytest

from sandbox.cloud import Cloud, Options, running
from tests.faults.runs import begun, ended, until
from tests.workflow.teams import IMAGES, LABELS, outcome, small

RULES = {"ApproveAcceleratorsAbove": "8", "ApproveBuckets": "example-corp-labels", "ApproveWithinAccount": "true"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters=RULES)) as started:
        yield started


def waits(cloud: Cloud, detail: dict[str, object], kind: str = "Team Created") -> tuple[str, list[str]]:
    """ARN of an execution that waits, and the reasons."""
    execution, key = begun(cloud, detail, kind), f"team/{detail['team']}"
    until(cloud, lambda: "approvalToken" in cloud.registry().get(key, {}), "it waits")
    return execution, json.loads(cloud.registry()[key]["approval"]["S"])["reasons"]


def test_more_accelerators_than_the_stack_says_wait_and_the_account_that_asked_approves_where_it_may(
    cloud: Cloud,
) -> None:
    large = small("large", quota={"resources": [{"instanceType": "ml.p5.48xlarge", "count": 2}]})
    execution, reasons = waits(cloud, large)
    assert reasons == ["the quota has 16 accelerators, more than 8"]
    cloud.send({"team": "large", "reason": "it is in the budget"}, "Team Approved")
    assert outcome(cloud.wait(execution)) == "onboarded"
    approved = json.loads(cloud.registry()["team/large"]["approved"]["S"])
    assert (approved["by"], approved["reason"]) == ("111122223333", "it is in the budget")
    assert outcome(ended(cloud, large, "Team Updated")) == "onboarded", "what it has is asked about no more"


def test_a_dataset_of_a_listed_bucket_waits_and_others_do_not(cloud: Cloud) -> None:
    assert outcome(ended(cloud, small("bucket", datasets=[IMAGES]))) == "onboarded"
    execution, reasons = waits(cloud, small("bucket", datasets=[IMAGES, LABELS]), "Team Updated")
    assert reasons == ["dataset example-corp-labels is in a bucket that the stack lists"]
    cloud.send({"team": "bucket"}, "Team Denied")
    assert cloud.wait(execution).error == "Denied"
    assert "example-corp-labels" not in cloud.registry()["team/bucket"]["active"]["S"]


def test_a_dry_run_of_what_would_wait_does_not_wait(cloud: Cloud) -> None:
    assert outcome(ended(cloud, small("dry", datasets=[LABELS], dryRun=True))) == "planned"
    assert "team/dry" not in cloud.registry()
