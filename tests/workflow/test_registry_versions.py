"""Each older record of the registry goes through update, sweep and removal; a newer one is refused at every door.

tests/data/registry has a record of each version, as releases of that version wrote them: one of the first that had it,
where fields came later, and one of the last. plans/ has records of teams that were being onboarded.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onboarding.schema import SCHEMA, newer_sentence, schema_of
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Execution, running
from tests.workflow.teams import announced, outcome, small
from tests.workflow.test_drift import reported, sweep

RECORDS = Path(__file__).parents[1] / "data" / "registry"
SAMPLES = {path.stem: json.loads(path.read_text()) for path in RECORDS.glob("*.json")}
PLANS = {path.stem: json.loads(path.read_text()) for path in (RECORDS / "plans").glob("*.json")}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running() as started:
        yield started


def put(cloud: Cloud, item: dict[str, Any]) -> None:
    cloud.client("dynamodb").put_item(TableName=cloud.stack.outputs["RegistryTable"], Item=item)


def of_this_cluster(cloud: Cloud, item: dict[str, Any]) -> dict[str, Any]:
    """The sample, naming the HyperPod cluster of this sandbox: each has another identifier."""
    arn = json.loads(cloud.registry()["team/planned"]["connect"]["S"])["hyperPodCluster"]
    found: dict[str, Any] = json.loads(re.sub(r"cluster/[a-z0-9]{12}\b", arn.split(":")[-1], json.dumps(item)))
    return found


def sent(cloud: Cloud, kind: str, detail: dict[str, Any]) -> Execution:
    """Sends an event and waits for the end of the execution that it starts."""
    before = set(cloud.executions())
    cloud.send(detail, kind)
    cloud.settle()
    (new,) = set(cloud.executions()) - before
    return cloud.wait(new)


def started(cloud: Cloud, machine: str, given: dict[str, Any]) -> Execution:
    client = cloud.client("stepfunctions")
    found = client.start_execution(stateMachineArn=cloud.stack.outputs[machine], input=json.dumps(given))
    return cloud.wait(found["executionArn"])


def test_there_is_a_sample_of_each_version() -> None:
    versions = {
        schema_of({name: next(iter(value.values())) for name, value in one.items()}) for one in SAMPLES.values()
    }
    assert versions == {*range(SCHEMA + 1)}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_record_of_an_older_version_goes_through_update_sweep_and_removal(cloud: Cloud, name: str) -> None:
    assert outcome(cloud.onboard(small(name))) == "onboarded"
    put(cloud, SAMPLES[name])
    assert sweep(cloud).output["drifted"] == 0
    updated = cloud.onboard(small(name, serviceAccount="trainer"))
    assert outcome(updated) == "onboarded", updated.cause
    assert cloud.registry()[f"team/{name}"]["schema"] == {"N": str(SCHEMA)}
    put(cloud, {**SAMPLES[name], "active": cloud.registry()[f"team/{name}"]["active"]})
    gone = sent(cloud, "Team Deleted", {"team": name})
    assert outcome(gone) == "offboarded", gone.cause
    assert f"team/{name}" not in cloud.registry()


@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_recorded_plan_of_an_older_version_is_unwound(cloud: Cloud, name: str) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(small("planned"))) == "onboarded"
    put(cloud, of_this_cluster(cloud, PLANS[name]))
    unwound = started(cloud, "UnwindTeamArn", {"team": "planned", "holder": PLANS[name]["holder"]["S"]})
    assert unwound.status == "SUCCEEDED", unwound.cause
    assert difference(before, cloud.snapshot()) == []


@pytest.fixture(scope="module")
def newer(cloud: Cloud) -> dict[str, Any]:
    """The record of a team that a newer release has worked on."""
    assert outcome(cloud.onboard(small("ahead"))) == "onboarded"
    item = {**cloud.registry()["team/ahead"], "schema": {"N": str(SCHEMA + 1)}}
    put(cloud, item)
    return item


SENTENCE = newer_sentence("ahead", {"schema": SCHEMA + 1})


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("kind", ["Team Updated", "Team Deleted"])
def test_a_newer_record_is_refused_and_left_as_it_is(
    cloud: Cloud, newer: dict[str, Any], kind: str, dry_run: bool
) -> None:
    before = cloud.snapshot()
    detail = {"team": "ahead"} if kind == "Team Deleted" else small("ahead")
    refused = sent(cloud, kind, {**detail, "dryRun": dry_run})
    assert (refused.status, refused.error) == ("FAILED", "NewerRecord"), refused.cause
    assert refused.cause == f"Step resolve_team, registry team/ahead: {SENTENCE}"
    assert difference(before, cloud.snapshot()) == []
    assert [said[0] for said in announced(cloud, refused)] == (
        [] if dry_run else ["Team Offboarding Failed" if kind == "Team Deleted" else "Team Onboarding Failed"]
    )


def test_recovery_refuses_a_newer_record_and_leaves_it_as_it_is(cloud: Cloud, newer: dict[str, Any]) -> None:
    held = {**newer, "holder": {"S": "arn:aws:states:us-west-2:111122223333:execution:other:dead"}}
    put(cloud, held)
    refused = started(cloud, "UnwindTeamArn", {"team": "ahead", "holder": held["holder"]["S"], "leaving": True})
    assert (refused.status, refused.error) == ("FAILED", "Stuck")
    assert refused.cause == f"Left over: registry record team/ahead ({SENTENCE})"
    assert cloud.registry()["team/ahead"] == held
    put(cloud, newer)


def test_a_sweep_tells_of_a_newer_record_and_leaves_it_as_it_is(cloud: Cloud, newer: dict[str, Any]) -> None:
    said = reported(cloud, sweep(cloud))
    assert said["ahead"]["problem"] == SENTENCE
    assert cloud.registry()["team/ahead"] == newer
