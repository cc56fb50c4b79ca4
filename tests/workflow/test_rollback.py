"""A failure in any step: the world is as before, and the execution says what went wrong first."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.inventory import World, difference
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery.step_failures import LAST_CHANGE, failing
from tests.workflow.teams import CHECKPOINTS, IMAGES, LABELS, STEPS, announced, detail, folder, outcome, small, text

PARAMETERS = {"Probe": "true"}
MACHINE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "statemachine" / "onboard_team.asl.json").read_text())

DENIED_AT = {
    "iam_roles": "111122223333 role hyperpod-data-access-",
    "s3_access_point": "777788889999 key 11111111-2222-4333-8444-555555555555 grant hyperpod-data-access-",
    "eks_access_entry": "111122223333 cluster research-eks access entry hyperpod-cluster-access-",
    "quota_namespace": "cluster research-eks ClusterRoleBinding hyperpod-ns-",
    "fsx_storage": "cluster research-eks volume hyperpod-ns-",
    "pod_identity": "111122223333 cluster research-eks pod identity hyperpod-ns-",
    "probe": "cluster research-eks Pod hyperpod-ns-",
}
"""Step to the beginning of the resource that `failing` refuses to change."""

LAST_CHANGE_OF_UPDATE = {
    "iam_roles": ("iam", "PutRolePolicy"),
    "s3_access_point": ("s3", "DeleteAccessPoint"),
    "eks_access_entry": ("eks", "AssociateAccessPolicy"),
    "quota_namespace": ("kubernetes", "delete serviceaccounts"),
    "fsx_storage": ("kubernetes", "delete persistentvolumes"),
    "pod_identity": ("eks", "DeletePodIdentityAssociation"),
    "probe": ("kubernetes", "create pods"),
}
"""What an update such as `updated` changes last in each step."""

CREATIONS = {
    "iam_roles": ("iam", "CreateRole"),
    "s3_access_point": ("s3", "CreateAccessPoint"),
    "eks_access_entry": ("eks", "CreateAccessEntry"),
    "quota_namespace": ("sagemaker", "CreateComputeQuota"),
    "fsx_storage": ("fsx", "CreateDataRepositoryAssociation"),
    "pod_identity": ("eks", "CreatePodIdentityAssociation"),
    "probe": ("kubernetes", "create pods"),
}
"""What each step makes first."""


@pytest.fixture(scope="module")
def settled(cloud: Cloud) -> World:
    """The world once the team `settled` is onboarded."""
    event = detail("settled", datasets=[IMAGES, LABELS], storage=[folder("settled", IMAGES)])
    assert outcome(cloud.onboard(event)) == "onboarded"
    return cloud.snapshot()


def updated(team: str) -> dict[str, Any]:
    """An update with changes in every step."""
    quota = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}], "fairShareWeight": 7}
    datasets = [{**LABELS, "access": "read-write"}, CHECKPOINTS]
    return detail(
        team,
        datasets=datasets,
        storage=[folder(team, CHECKPOINTS, name="work")],
        quota=quota,
        access={"policy": "view"},
        serviceAccount="trainer",
    )


def assert_same(before: World, after: World) -> None:
    assert difference(before, after) == []
    assert text(before) == text(after)


def assert_says(cloud: Cloud, execution: Execution, step: str, resource: str) -> None:
    """Cause and event name the same step, resource and reason."""
    assert execution.status == "FAILED"
    assert execution.error == "AccessDenied"
    assert execution.cause is not None
    assert execution.cause.startswith(f"Step {step}, {resource}")
    ((kind, said),) = announced(cloud, execution)
    assert kind == "Team Onboarding Failed"
    assert (said["step"], said["error"], said["left"]) == (step, "AccessDenied", [])
    assert said["resource"].startswith(resource)
    assert "was refused with" in said["reason"]
    assert execution.cause == f"Step {step}, {said['resource']}: {said['reason']}"


def test_a_failure_is_played_for_every_step_of_the_state_machine() -> None:
    steps = [line["step"] for line in MACHINE["States"]["Begin"]["Assign"]["steps"]]
    assert steps == [*STEPS, "probe"] == list(LAST_CHANGE) == list(LAST_CHANGE_OF_UPDATE) == list(CREATIONS)


@pytest.mark.parametrize("step", LAST_CHANGE)
def test_a_failed_step_leaves_the_world_as_it_was_and_says_why(cloud: Cloud, step: str) -> None:
    before = cloud.snapshot()
    cloud.faults.add(failing(step))
    team = f"fails-{step.replace('_', '-')}"
    execution = cloud.onboard(detail(team, storage=[folder(team, LABELS)]))
    assert_says(cloud, execution, step, DENIED_AT[step])
    assert_same(before, cloud.snapshot())


@pytest.mark.parametrize("step", LAST_CHANGE_OF_UPDATE)
def test_a_failed_update_gives_back_the_previous_state(cloud: Cloud, settled: World, step: str) -> None:
    before = cloud.snapshot()
    assert before["111122223333"]["roles"].keys() >= settled["111122223333"]["roles"].keys()
    service, operation = LAST_CHANGE_OF_UPDATE[step]
    function = f"hyperpod-onboarding-{step.replace('_', '-')}"
    cloud.faults.add(Fault(Match(service, operation, function), Kind.DENIED))
    execution = cloud.onboard(updated("settled"))
    assert_says(cloud, execution, step, "")
    assert_same(before, cloud.snapshot())
    assert cloud.registry()["team/settled"]["status"] == {"S": "active"}


def test_the_same_event_onboards_once_the_cause_of_its_failure_is_gone(cloud: Cloud) -> None:
    cloud.faults.add(failing("pod_identity"))
    assert cloud.onboard(small("replayed")).status == "FAILED"
    cloud.faults.clear()
    assert outcome(cloud.onboard(small("replayed"))) == "onboarded"


@pytest.mark.parametrize("when", ["before", "after"])
def test_functions_killed_in_the_middle_of_their_step_end_as_onboarded(cloud: Cloud, when: Any) -> None:
    for step, (service, operation) in CREATIONS.items():
        function = f"hyperpod-onboarding-{step.replace('_', '-')}"
        cloud.faults.add(Fault(Match(service, operation, function), Kind.CRASH, when))
    team = f"killed-{when}"
    own = {**IMAGES, "prefix": f"{team}/"}
    execution = cloud.onboard(small(team, datasets=[own], storage=[folder(team, own)]))
    assert cloud.faults.struck() == len(CREATIONS)
    assert outcome(execution) == "onboarded"


def test_the_first_cause_is_told_when_the_roll_back_has_troubles_too(cloud: Cloud) -> None:
    before = cloud.snapshot()
    cloud.faults.add(failing("eks_access_entry"))
    cloud.faults.add(Fault(Match("iam", "DeleteRole"), Kind.THROTTLE, times=3))
    execution = cloud.onboard(small("twofold"))
    assert_says(cloud, execution, "eks_access_entry", DENIED_AT["eks_access_entry"])
    assert_same(before, cloud.snapshot())


def test_what_cannot_be_rolled_back_is_named_and_does_not_keep_the_rest(cloud: Cloud) -> None:
    before = cloud.snapshot()
    cloud.faults.add(failing("pod_identity"))
    cloud.faults.add(Fault(Match("eks", "DeleteAccessEntry"), Kind.DENIED, times=None))
    execution = cloud.onboard(small("stuck"))
    assert execution.status == "FAILED"
    unwound = [cloud.wait(arn) for arn in cloud.executions("UnwindTeamArn")]
    causes = [str(each.cause) for each in unwound if each.error == "Stuck"]
    assert causes
    left_over = "Left over: 111122223333 cluster research-eks access entry hyperpod-cluster-access-stuck"
    assert all(cause.startswith(left_over) for cause in causes)
    left = difference(before, cloud.snapshot())
    assert [line for line in left if "access_entries" not in line and "team/stuck" not in line] == []
    assert "access entry" in cloud.registry()["team/stuck"]["left"]["S"]
    cloud.faults.clear()
    # And a replay finishes first what was left, then onboards.
    assert outcome(cloud.onboard(small("stuck"))) == "onboarded"
