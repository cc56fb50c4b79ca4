"""Executions that end where no Catch reaches: the recovery rule unwinds them; without it the next execution does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.inventory import World, difference
from sandbox.cloud import Cloud
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind, Match, When
from sandbox.scenery import accounts
from tests.faults.runs import FULL, ended, offboarded, said_of
from tests.workflow.teams import IMAGES, LABELS, detail, outcome, small, text

STACK = accounts.STACK
ONBOARD, UNWIND = "OnboardTeamArn", "UnwindTeamArn"

POINTS: dict[str, tuple[Match, When]] = {
    "the claim": (Match("dynamodb", "UpdateItem"), "after"),
    "the plan": (Match("iam", "GetRole", f"{STACK}-iam-roles"), "before"),
    "recording the plan, not yet recorded": (Match("dynamodb", "UpdateItem", nth=2), "before"),
    "recording the plan, just recorded": (Match("dynamodb", "UpdateItem", nth=2), "after"),
    "the first creation": (Match("iam", "CreateRole"), "before"),
    "the first creation, just done": (Match("iam", "CreateRole"), "after"),
    "a change of a shared statement": (Match("s3", "PutBucketPolicy"), "after"),
    "giving back the lock of a bucket": (Match("dynamodb", "UpdateItem", f"{STACK}-s3-access-point", nth=3), "before"),
    "the making of a quota": (Match("sagemaker", "CreateComputeQuota"), "after"),
    "the wait for a quota": (Match("sagemaker", "DescribeComputeQuota"), "before"),
    "the last change": (Match("eks", "CreatePodIdentityAssociation"), "after"),
    "the verification": (Match("eks", "DescribePodIdentityAssociation", f"{STACK}-pod-identity"), "before"),
}
"""What an execution is doing when it is stopped."""


def stopping(cloud: Cloud, matches: Match, when: When = "before", machine: str = ONBOARD) -> Fault:
    """Stops a machine's running executions during a call, which then goes on: a function outlives its execution."""

    def stop(_: Call) -> None:
        client = cloud.client("stepfunctions")
        listed = client.list_executions(stateMachineArn=cloud.stack.outputs[machine], statusFilter="RUNNING")
        for execution in listed["executions"]:
            client.stop_execution(executionArn=execution["executionArn"], error="Stopped", cause="by an operator")

    return Fault(matches, Kind.CALLBACK, when, callback=stop)


@contextmanager
def without_the_rule(cloud: Cloud) -> Iterator[None]:
    """The recovery rule is switched off for a while."""
    events, rule = cloud.client("events"), f"{STACK}-recovery"
    events.disable_rule(Name=rule)
    try:
        yield
    finally:
        events.enable_rule(Name=rule)


@contextmanager
def timing_out_after(cloud: Cloud, seconds: int) -> Iterator[None]:
    """Executions of onboard_team have so many sandbox seconds for a while."""
    client, arn = cloud.client("stepfunctions"), cloud.stack.outputs[ONBOARD]
    before = client.describe_state_machine(stateMachineArn=arn)["definition"]
    hasty = json.dumps({**json.loads(before), "TimeoutSeconds": seconds})
    client.update_state_machine(stateMachineArn=arn, definition=hasty)
    try:
        yield
    finally:
        client.update_state_machine(stateMachineArn=arn, definition=before)


TOO_MUCH = """
import sys
sys.path.insert(0, {code!r})
from {step}.app import handler as true

def handler(event, context):
    answer = true(event, context)
    return {{**answer, "text": "x" * 300_000}} if event["action"] == "apply" else answer
"""


@contextmanager
def answering_too_much(cloud: Cloud, step: str, folder: Path) -> Iterator[None]:
    """When it applies, a step's function gives an answer above the limit of Step Functions for a while."""
    true = cloud.lambdas.function(f"{STACK}-{step.replace('_', '-')}")
    (folder / "too_much.py").write_text(TOO_MUCH.format(code=str(true.code), step=step))
    cloud.lambdas.register(replace(true, code=folder, handler="too_much.handler"))
    try:
        yield
    finally:
        cloud.lambdas.register(true)


def assert_unwound(cloud: Cloud, team: str, before: World) -> None:
    """After the recovery rule has done its work: the world as before, the team unknown or active, one failure told."""
    cloud.settle()
    assert difference(before, cloud.snapshot()) == []
    assert text(before) == text(cloud.snapshot())
    failures = [said for kind, said in said_of(cloud, team) if kind == "Team Onboarding Failed"]
    assert [said["left"] for said in failures] == [[]]


@pytest.mark.parametrize("point", list(POINTS)[:: 1 if FULL else 2])
def test_an_execution_stopped_during(cloud: Cloud, point: str) -> None:
    team = f"stop-{list(POINTS).index(point)}"
    before = cloud.snapshot()
    cloud.faults.add(stopping(cloud, *POINTS[point]))
    execution = ended(cloud, small(team))
    assert (execution.status, execution.error) == ("ABORTED", "Stopped")
    assert_unwound(cloud, team, before)
    ((_, said),) = said_of(cloud, team)
    assert (said["execution"], said["error"]) == (execution.arn, "Stopped")
    assert said["reason"] == "the execution ended ABORTED before it was done"


def test_a_stopped_update_gives_back_the_previous_state(cloud: Cloud) -> None:
    assert outcome(ended(cloud, detail("stays", datasets=[IMAGES]))) == "onboarded"
    before = cloud.snapshot()
    cloud.faults.add(stopping(cloud, Match("eks", "AssociateAccessPolicy"), "after"))
    execution = ended(cloud, detail("stays", datasets=[LABELS], access={"policy": "view"}))
    assert execution.status == "ABORTED"
    assert_unwound(cloud, "stays", before)
    assert cloud.registry()["team/stays"]["status"] == {"S": "active"}


def test_an_execution_that_times_out_is_unwound(cloud: Cloud) -> None:
    before = cloud.snapshot()
    # Tried again for longer than the execution has.
    cloud.faults.add(Fault(Match("eks", "CreateAccessEntry"), Kind.THROTTLE, times=None))
    with timing_out_after(cloud, 600):
        execution = ended(cloud, small("late"))
    assert execution.status == "TIMED_OUT"
    assert_unwound(cloud, "late", before)
    ((_, said),) = said_of(cloud, "late")
    assert said["error"] == "States.Timeout"


def test_an_execution_that_fails_past_every_catch_is_unwound(cloud: Cloud, tmp_path: Path) -> None:
    before = cloud.snapshot()
    with answering_too_much(cloud, "eks_access_entry", tmp_path):
        execution = ended(cloud, small("huge"))
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")
    assert_unwound(cloud, "huge", before)


@pytest.mark.parametrize("machine", [ONBOARD, UNWIND], ids=["the execution", "its unwinding"])
def test_a_team_whose_leaving_is_stopped_goes_on_to_gone(cloud: Cloud, machine: str) -> None:
    before = cloud.snapshot()
    assert outcome(ended(cloud, detail("parts", datasets=[IMAGES, LABELS]))) == "onboarded"
    cloud.faults.add(stopping(cloud, Match("eks", "DeleteAccessEntry"), "after", machine))
    execution = offboarded(cloud, "parts")
    assert execution.status == ("ABORTED" if machine == ONBOARD else "FAILED")
    cloud.settle()
    assert difference(before, cloud.snapshot()) == []
    assert [kind for kind, _ in said_of(cloud, "parts")][-1] == "Team Offboarded"


def test_a_leaving_stopped_before_its_plan_was_recorded_takes_nothing_away(cloud: Cloud) -> None:
    assert outcome(ended(cloud, small("lingers"))) == "onboarded"
    before = cloud.snapshot()
    cloud.faults.add(stopping(cloud, Match("dynamodb", "UpdateItem"), "after"))
    assert offboarded(cloud, "lingers").status == "ABORTED"
    cloud.settle()
    assert difference(before, cloud.snapshot()) == []
    assert outcome(offboarded(cloud, "lingers")) == "offboarded"


def test_a_stopped_unwinding_is_taken_over_by_a_replay(cloud: Cloud) -> None:
    before = cloud.snapshot()
    with without_the_rule(cloud):
        cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
        cloud.faults.add(stopping(cloud, Match("eks", "DeleteAccessEntry"), machine=UNWIND))
        assert ended(cloud, small("halfway")).status == "FAILED"
        assert difference(before, cloud.snapshot()) != []
        cloud.faults.clear()
        assert outcome(ended(cloud, small("halfway"))) == "onboarded"
    assert outcome(offboarded(cloud, "halfway")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_a_claim_whose_holder_died_is_taken_over(cloud: Cloud) -> None:
    before = cloud.snapshot()
    with without_the_rule(cloud):
        cloud.faults.add(stopping(cloud, Match("sagemaker", "CreateComputeQuota"), "after"))
        assert ended(cloud, small("orphan")).status == "ABORTED"
        assert cloud.registry()["team/orphan"]["status"] == {"S": "onboarding"}
        assert outcome(ended(cloud, small("orphan", serviceAccount="trainer"))) == "onboarded"
    assert "holder" not in cloud.registry()["team/orphan"]
    assert outcome(offboarded(cloud, "orphan")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_a_claim_is_not_taken_over_while_its_holder_runs(cloud: Cloud) -> None:
    seen: list[Any] = []
    fault = Fault(
        Match("eks", "CreateAccessEntry"), Kind.CALLBACK, callback=lambda _: seen.append(ended(cloud, small("alive")))
    )
    cloud.faults.add(fault)
    execution = ended(cloud, small("alive"))
    assert [outcome(each) for each in (execution, *seen)] == ["onboarded", "already under way"]
    assert seen[0].output["execution"] == execution.arn


def test_a_dry_run_that_is_stopped_is_no_failure_of_its_team(cloud: Cloud) -> None:
    before = cloud.snapshot()
    cloud.faults.add(stopping(cloud, Match("eks", "DescribeAccessEntry")))
    assert ended(cloud, small("dry", dryRun=True)).status == "ABORTED"
    cloud.settle()
    assert difference(before, cloud.snapshot()) == []
    assert said_of(cloud, "dry") == []


def test_a_dry_run_that_cannot_be_resolved_is_no_failure_of_its_team(cloud: Cloud) -> None:
    lost = Fault(lambda call: str(call.resource).endswith("-resolve-team"), Kind.DENIED, times=None)
    cloud.faults.add(lost)
    said = len(cloud.calls.entries(service="events", operation="PutEvents"))
    assert ended(cloud, small("dry-too", dryRun=True)).status == "FAILED"
    cloud.settle()
    entries = cloud.calls.entries(service="events", operation="PutEvents")[said:]
    assert [entry for entry in entries if entry.call.principal != "operator"] == []
