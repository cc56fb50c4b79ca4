"""Events as they come: wrong ones, the same one twice, and quotas that take long or fail."""

import json
from typing import Any

import pytest

from onboarding import names, ownership
from sandbox.aws.inventory import difference
from sandbox.aws.moto import services
from sandbox.cloud import Cloud, Execution
from sandbox.scenery import accounts
from sandbox.scenery.administrator import console_quota
from tests.workflow.teams import SAMPLE, announced, outcome, small, text

NOTHING = {"resources": [], "sharing": {"strategy": "DontLend"}}
"""A quota that gives nothing, and lets nothing be borrowed."""


def started(cloud: Cloud, event: dict[str, Any]) -> Execution:
    """An operator starts an execution in the console."""
    answer = cloud.client("stepfunctions").start_execution(
        stateMachineArn=cloud.stack.outputs["OnboardTeamArn"], input=json.dumps(event)
    )
    return cloud.wait(answer["executionArn"])


def test_an_invalid_event_fails_before_anything_is_read_or_touched(cloud: Cloud) -> None:
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    execution = cloud.onboard(small("Not A Team", quota=NOTHING))
    assert (execution.status, execution.error) == ("FAILED", "InvalidRequest")
    assert text(before) == text(cloud.snapshot())
    invoked = {
        str(entry.call.resource).rsplit(":", 1)[1]
        for entry in cloud.calls.entries(service="lambda", operation="Invoke")
        if entry.sequence > calls
    }
    assert invoked == {"hyperpod-onboarding-resolve-team", "hyperpod-onboarding-explain-failure"}
    # The backstop may still be looking at another test's failure.
    made = [entry.call for entry in cloud.calls.entries()[calls:] if "unwind-team" not in entry.call.principal]
    assert [str(call) for call in made if call.service in ("iam", "s3", "eks", "dynamodb", "kubernetes")] == []


def test_an_invalid_event_is_answered_with_all_its_mistakes(cloud: Cloud) -> None:
    execution = cloud.onboard(small("Not A Team", quota=NOTHING))
    ((kind, said),) = announced(cloud, execution)
    assert (kind, said["step"], said["resource"]) == ("Team Onboarding Failed", "resolve_team", None)
    for part in ('detail.team is "Not A Team"', "detail.quota: without resources"):
        assert part in said["reason"]
        assert part in str(execution.cause)


@pytest.mark.parametrize("whole", [True, False], ids=["the whole event", "the bare detail"])
def test_an_operator_may_start_an_execution_with(cloud: Cloud, whole: bool) -> None:
    team = small("by-hand")
    event = {**SAMPLE, "detail": team} if whole else team
    assert outcome(started(cloud, event)) == "onboarded"
    assert "team/by-hand" in cloud.registry()


def test_a_second_event_while_the_first_is_under_way_does_nothing(cloud: Cloud) -> None:
    known = set(cloud.executions())
    for _ in range(3):
        cloud.send(small("thrice"))
    while len(new := set(cloud.executions()) - known) < 3:
        cloud.clock.sleep(1)
    outcomes = sorted(outcome(cloud.wait(arn)) for arn in new)
    assert outcomes == ["already under way", "already under way", "onboarded"]


def test_a_quota_that_cannot_be_created_fails_with_the_services_reason(cloud: Cloud) -> None:
    before = cloud.snapshot()
    services.script_quota("refused", ["CreateFailed"])
    execution = cloud.onboard(small("refused"))
    assert (execution.status, execution.error) == ("FAILED", "ServiceRefused")
    assert execution.cause is not None
    assert execution.cause.startswith(
        "Step quota_namespace, 111122223333 compute quota hyperpod-ns-refused-quota: CreateFailed"
    )
    assert "the task governance add-on reported an internal error" in execution.cause
    assert difference(before, cloud.snapshot()) == []


def test_a_quota_that_cannot_be_updated_goes_back_to_what_it_was(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("stays"))) == "onboarded"
    before = cloud.snapshot()
    services.script_quota("stays", ["UpdateFailed"])
    more = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 2}]}
    execution = cloud.onboard(small("stays", quota=more))
    assert execution.error == "ServiceRefused"
    assert "UpdateFailed" in str(execution.cause)
    assert difference(before, cloud.snapshot()) == []


def test_a_quota_that_failed_in_the_past_is_made_anew(cloud: Cloud) -> None:
    services.script_quota("again", ["CreateFailed"])
    ours = {"Name": names.compute_quota("again"), "Tags": ownership.tag_list("again", accounts.STACK)}
    console_quota(cloud, "again", **ours)
    assert outcome(cloud.onboard(small("again"))) == "onboarded"
