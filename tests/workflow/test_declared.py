"""Teams declared in stacks: what CloudFormation asks, and what it is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.cloudformation.custom_resources import DeclaredStack
from sandbox.aws.inventory import World, difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.workflow.teams import small

SAMPLE = (Path(__file__).parents[2] / "docs" / "declared" / "team.yaml").read_text()


class Declaring:
    """A stack of the sample template."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.stack: DeclaredStack = cloud.declared_stack(name)
        self._token = cloud.stack.outputs["TeamServiceToken"]

    def given(self, team: str, accelerated: str = "1") -> tuple[str, dict[str, str]]:
        """Template and parameters."""
        return SAMPLE, {"TeamServiceToken": self._token, "TeamName": team, "Accelerated": accelerated}


def teams(cloud: Cloud) -> set[str]:
    return {each.removeprefix("team/") for each in cloud.registry() if each.startswith("team/")}


def stop(cloud: Cloud) -> None:
    client = cloud.client("stepfunctions")
    for machine in ("DeclareTeamArn", "OnboardTeamArn"):
        listed = client.list_executions(stateMachineArn=cloud.stack.outputs[machine], statusFilter="RUNNING")
        for execution in listed["executions"]:
            client.stop_execution(executionArn=execution["executionArn"])


def left(before: World, cloud: Cloud) -> list[str]:
    """What differs, but for the addresses of answers, which expire by themselves."""
    cloud.settle()
    return [line for line in difference(before, cloud.snapshot()) if "/ objects: " not in line]


def active(cloud: Cloud, team: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cloud.registry()[f"team/{team}"]["active"]["S"])
    return found


def test_the_sample_stack_creates_updates_and_deletes_its_team_and_reads_back_its_way_in(cloud: Cloud) -> None:
    before = cloud.snapshot()
    declaring = Declaring(cloud, "declared")
    stack = declaring.stack
    stack.deliveries = 2  # Lambda may deliver a request again.
    assert stack.create(*declaring.given("declared-a")) == "CREATE_COMPLETE", stack.reason
    connect = json.loads(cloud.registry()["team/declared-a"]["connect"]["S"])
    assert stack.outputs == {
        "Namespace": "hyperpod-ns-declared-a",
        "ClusterAccessRoleArn": connect["role"],
        "DataAccessRoleArn": connect["role"].replace("cluster-access", "data-access"),
        "LocalQueue": connect["queue"],
        "FirstAccessPointArn": connect["datasets"][0]["accessPoint"],
    }
    assert stack.resources["Team"].physical_id == "declared-a"
    assert stack.update(*declaring.given("declared-a", "2")) == "UPDATE_COMPLETE", stack.reason
    assert active(cloud, "declared-a")["quota"]["resources"][0]["count"] == 2
    assert len(cloud.executions("DeclareTeamArn")) == 2
    assert stack.delete() == "DELETE_COMPLETE", stack.reason
    assert left(before, cloud) == []


def test_a_new_name_replaces_the_team_and_a_stack_that_goes_back_brings_the_old_one_back(cloud: Cloud) -> None:
    declaring = Declaring(cloud, "renamed")
    stack = declaring.stack
    assert stack.create(*declaring.given("renamed-a")) == "CREATE_COMPLETE", stack.reason
    assert stack.update(*declaring.given("renamed-b"), then_fail=True) == "UPDATE_ROLLBACK_COMPLETE", stack.reason
    assert {"renamed-a"} == teams(cloud) & {"renamed-a", "renamed-b"}
    assert stack.update(*declaring.given("renamed-b")) == "UPDATE_COMPLETE", stack.reason
    assert {"renamed-b"} == teams(cloud) & {"renamed-a", "renamed-b"}
    assert stack.delete() == "DELETE_COMPLETE", stack.reason
    assert not teams(cloud) & {"renamed-a", "renamed-b"}


def test_a_creation_that_fails_says_why_and_leaves_nothing(cloud: Cloud) -> None:
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    declaring = Declaring(cloud, "failing")
    assert declaring.stack.create(*declaring.given("failing")) == "ROLLBACK_COMPLETE"
    assert "Step pod_identity" in declaring.stack.reason
    assert left(before, cloud) == []


@pytest.mark.parametrize(
    ("team", "accelerated", "why"),
    [("Not A Team", "1", "detail.team is"), ("mistaken", "many", 'detail.quota.resources[0].count is "many"')],
)
def test_mistakes_are_told_in_a_sentence_and_what_never_came_is_deleted(
    cloud: Cloud, team: str, accelerated: str, why: str
) -> None:
    before = cloud.snapshot()
    declaring = Declaring(cloud, "mistaken")
    assert declaring.stack.create(*declaring.given(team, accelerated)) == "ROLLBACK_COMPLETE"
    assert declaring.stack.reason.startswith("The properties of the resource: ")
    assert why in declaring.stack.reason
    assert left(before, cloud) == []


def test_a_team_refused_before_it_is_claimed_leaves_no_mark(cloud: Cloud) -> None:
    cloud.faults.add(
        Fault(
            lambda call: "SET holder = :me, wanted" in str(call.parameters.get("UpdateExpression")),
            Kind.DENIED,
            times=None,
        )
    )
    declaring = Declaring(cloud, "unclaimed")
    assert declaring.stack.create(*declaring.given("unclaimed")) == "ROLLBACK_COMPLETE"
    assert "unclaimed" not in teams(cloud)


def test_a_team_that_somebody_else_has_made_is_neither_changed_nor_deleted(cloud: Cloud) -> None:
    assert cloud.onboard(small("elsewhere")).status == "SUCCEEDED"
    before = cloud.snapshot()
    declaring = Declaring(cloud, "taking")
    assert declaring.stack.create(*declaring.given("elsewhere", "3")) == "ROLLBACK_COMPLETE"
    assert declaring.stack.reason.startswith("Team elsewhere is there already")
    assert [each["RequestType"] for each in declaring.stack.requests] == ["Create", "Delete"]
    assert left(before, cloud) == []


def test_a_creation_that_takes_longer_than_its_stack_waits_is_waited_for_by_the_deletion(cloud: Cloud) -> None:
    before = cloud.snapshot()
    declaring = Declaring(cloud, "slow")
    template, given = declaring.given("slow")
    hurried = template.replace("      team: !Ref", "      ServiceTimeout: 20\n      team: !Ref")
    cloud.faults.add(Fault(Match("sagemaker", "CreateComputeQuota"), Kind.THROTTLE, times=6))
    stack, told = declaring.stack, len(cloud.answers.told)
    assert stack.create(hurried, given) == "ROLLBACK_FAILED"
    assert "did not receive a response" in stack.reason
    cloud.settle()
    # Both are answered all the same, to nobody.
    assert cloud.answers.told[told:] == [200, 200]
    assert "slow" not in teams(cloud)
    # By the next try all that was going on has ended: the deletion came second, and waited.
    assert stack.delete() == "DELETE_COMPLETE", stack.reason
    assert left(before, cloud) == []


@pytest.mark.parametrize("seconds", [1.0, 12.0])
def test_a_team_that_is_deleted_while_it_is_made_is_gone_in_the_end(cloud: Cloud, seconds: float) -> None:
    before = cloud.snapshot()
    declaring = Declaring(cloud, "cancelled")
    assert declaring.stack.create(*declaring.given("cancelled"), cancelled=seconds) == "ROLLBACK_COMPLETE"
    assert declaring.stack.reason == "Resource creation cancelled"
    assert [each["RequestType"] for each in declaring.stack.requests] == ["Create", "Delete"]
    assert left(before, cloud) == []


def test_a_request_whose_execution_was_stopped_holds_up_no_other(cloud: Cloud) -> None:
    before = cloud.snapshot()
    declaring = Declaring(cloud, "stopped")
    cloud.faults.add(Fault(Match("sagemaker", "CreateComputeQuota"), Kind.CALLBACK, callback=lambda _: stop(cloud)))
    template, given = declaring.given("stopped")
    hurried = template.replace("      team: !Ref", "      ServiceTimeout: 20\n      team: !Ref")
    declaring.stack.create(hurried, given)
    cloud.settle()
    assert declaring.stack.delete() == "DELETE_COMPLETE", declaring.stack.reason
    assert left(before, cloud) == []


def test_another_name_that_did_not_come_in_time_is_taken_away_by_the_way_back(cloud: Cloud) -> None:
    declaring = Declaring(cloud, "late")
    stack = declaring.stack
    template, given = declaring.given("late-a")
    assert stack.create(template, given) == "CREATE_COMPLETE", stack.reason
    hurried = template.replace("      team: !Ref", "      ServiceTimeout: 20\n      team: !Ref")
    cloud.faults.add(Fault(Match("sagemaker", "CreateComputeQuota"), Kind.THROTTLE, times=6))
    _, other = declaring.given("late-b")
    assert stack.update(hurried, other) == "UPDATE_ROLLBACK_COMPLETE", stack.reason
    assert {"late-a"} == teams(cloud) & {"late-a", "late-b"}
    assert stack.delete() == "DELETE_COMPLETE", stack.reason


def test_an_answer_that_is_lost_is_given_again_and_one_that_comes_too_late_fails_by_name(cloud: Cloud) -> None:
    declaring = Declaring(cloud, "answered")
    cloud.answers.statuses += [503, 500]
    assert declaring.stack.create(*declaring.given("answered")) == "CREATE_COMPLETE", declaring.stack.reason
    assert cloud.answers.told[-3:] == [503, 500, 200]
    cloud.answers.statuses += [403]
    assert declaring.stack.delete() == "DELETE_FAILED"
    ended = cloud.wait(cloud.executions("DeclareTeamArn")[0])
    assert ended.error == "Unanswered"
    assert "It was done, and CloudFormation was not told" in str(ended.cause)
    assert declaring.stack.delete() == "DELETE_COMPLETE", declaring.stack.reason


def test_a_request_outlives_the_faults_of_what_carries_it(cloud: Cloud) -> None:
    before, begun = cloud.snapshot(), len(cloud.executions("DeclareTeamArn"))
    function = f"{accounts.STACK}-custom-resource"
    faults = (
        Fault(Match("s3", "PutObject", function), Kind.CRASH),
        Fault(Match("states", "StartExecution", function), Kind.CRASH, "after"),
        Fault(Match("s3", "GetObject", function), Kind.CRASH, "after"),
        Fault(lambda call: "declared" in str(call.parameters.get("UpdateExpression")), Kind.THROTTLE, "after"),
        Fault(lambda call: "declared/" in str(call.parameters.get("Key")), Kind.THROTTLE, "after"),
    )
    for fault in faults:
        cloud.faults.add(fault)
    declaring = Declaring(cloud, "faulty")
    assert declaring.stack.create(*declaring.given("faulty")) == "CREATE_COMPLETE", declaring.stack.reason
    assert cloud.faults.struck() == len(faults)
    assert declaring.stack.delete() == "DELETE_COMPLETE", declaring.stack.reason
    assert len(cloud.executions("DeclareTeamArn")) == begun + 2
    assert left(before, cloud) == []


def test_an_address_that_is_not_cloudformations_is_never_called_and_no_address_is_in_any_history(cloud: Cloud) -> None:
    before, asked = len(cloud.executions("DeclareTeamArn")), len(cloud.answers.told)
    forged = {
        "RequestType": "Create",
        "ResponseURL": f"{cloud.url}/{cloud.answers.bucket}/stolen",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Team",
        "ResourceProperties": {"team": "forged"},
    }
    answer = cloud.client("lambda").invoke(
        FunctionName=cloud.stack.outputs["TeamServiceToken"], Payload=json.dumps(forged).encode()
    )
    assert "does not lead to CloudFormation's bucket" in json.loads(answer["Payload"].read())["refused"]
    assert (len(cloud.executions("DeclareTeamArn")), len(cloud.answers.told)) == (before, asked)
    client = cloud.client("stepfunctions")
    for arn in cloud.executions("DeclareTeamArn"):
        events = client.get_execution_history(executionArn=arn, includeExecutionData=True)["events"]
        assert "X-Amz-Signature" not in json.dumps(events, default=str)
