"""What teams use and have borrowed, as `list` and `show` tell it from the cluster."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import CoreV1Api

from onboarding import names
from sandbox.aws.gateway.operators import credentials_for
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.cli.typing_teams import environment, typed, written
from tests.workflow.teams import small

GPU = "nvidia.com/gpu"
P5 = "ml.p5.48xlarge"


def run(cloud: Cloud, team: str, name: str, gpus: int, **more: Any) -> None:
    """A pod of the team that waits for its image: it holds what Kueue gave it all the while."""
    amounts = {"cpu": "2", "memory": "1Gi", GPU: str(gpus)}
    container = {"name": "train", "image": "example.com/trainer:1", "resources": {"limits": amounts}}
    labels = {"kueue.x-k8s.io/queue-name": names.local_queue(team)}
    body = {"metadata": {"name": name, "labels": labels}, "spec": {"containers": [container], **more}}
    api: Any = CoreV1Api(cloud.kubernetes.admin())
    api.create_namespaced_pod(names.namespace(team), body)


def stop(cloud: Cloud, team: str, name: str) -> None:
    CoreV1Api(cloud.kubernetes.admin()).delete_namespaced_pod(name, names.namespace(team))


def taken(team: str, resource: str = GPU) -> tuple[str, str]:
    """What `list` says of a resource: used, borrowed."""
    (told,) = [each for each in typed("list", "--json").json if each["team"] == team]
    (row,) = [each for each in told["usage"] if (each["flavor"], each["resource"]) == (P5, resource)]
    return row["used"], row["borrowed"]


@pytest.fixture
def two(cloud: Cloud, tmp_path: Path) -> Iterator[None]:
    """A team that borrows half of what it has, and one that lends."""
    sharing = {"strategy": "LendAndBorrow", "borrowLimit": 50}
    quota = {"resources": [{"instanceType": P5, "count": 1}], "sharing": sharing}
    files = written(tmp_path / "teams", small("busy", quota=quota), small("idle", quota=quota))
    assert typed("apply", files, "--json").status == 0
    yield
    api: Any = CoreV1Api(cloud.kubernetes.admin())
    for team in ("busy", "idle"):
        for pod in api.list_namespaced_pod(names.namespace(team)).items:
            stop(cloud, team, pod.metadata.name)


@pytest.mark.usefixtures("two")
def test_what_runs_is_used_what_is_over_the_quota_is_borrowed_and_what_ends_is_free_again(cloud: Cloud) -> None:
    assert taken("busy") == ("0", "0")
    run(cloud, "busy", "job-1", 8)
    assert (taken("busy"), taken("busy", "cpu"), taken("busy", "memory")) == (("8", "0"), ("2", "0"), ("1Gi", "0"))
    run(cloud, "busy", "job-2", 3)
    assert (taken("busy"), taken("idle")) == (("11", "3"), ("0", "0"))
    text = typed("list").output
    assert f"11 gpu of {P5}" in text
    assert f"3 gpu of {P5}" in text
    assert f"3 gpu of {P5}" in typed("show", "busy").output
    stop(cloud, "busy", "job-1")
    assert taken("busy") == ("3", "0")


@pytest.mark.usefixtures("two")
def test_what_is_over_what_may_be_borrowed_or_is_taken_already_waits_and_is_not_used(cloud: Cloud) -> None:
    run(cloud, "busy", "job-1", 8)
    run(cloud, "busy", "job-2", 5)
    assert taken("busy") == ("8", "0"), "of half a quota it may borrow 4"
    run(cloud, "idle", "job-3", 6)
    run(cloud, "busy", "job-4", 3)
    assert (taken("busy"), taken("idle")) == (("8", "0"), ("6", "0"))
    stop(cloud, "idle", "job-3")
    assert taken("busy") == ("11", "3"), "it fits now"


@pytest.mark.usefixtures("two")
def test_a_quota_that_grows_turns_what_was_borrowed_into_the_teams_own(cloud: Cloud, tmp_path: Path) -> None:
    run(cloud, "busy", "job-1", 8)
    run(cloud, "busy", "job-2", 2)
    assert taken("busy") == ("10", "2")
    quota = {"resources": [{"instanceType": P5, "count": 2}]}
    assert typed("apply", written(tmp_path / "grown", small("busy", quota=quota)), "--json").status == 0
    # Task governance tells Kueue of it some seconds later.
    cloud.clock.sleep(10)
    assert taken("busy") == ("10", "0")


def as_role(cloud: Cloud, patch: pytest.MonkeyPatch, name: str, groups: list[str] | None) -> None:
    """From here on types a role that may do all in AWS, and has an access entry with these groups, or none."""
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": accounts.CLUSTER_ACCOUNT}, "Action": "sts:AssumeRole"}
    document: dict[str, Any] = {"Version": "2012-10-17"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({**document, "Statement": [trust]}))
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps({**document, "Statement": [every]}))
    arn = role["Role"]["Arn"]
    if groups is not None:
        entry = {"clusterName": accounts.EKS_CLUSTER, "principalArn": arn, "kubernetesGroups": groups}
        cloud.client("eks").create_access_entry(**entry)
    for variable, value in environment(cloud, credentials_for(arn, name)).items():
        patch.setenv(variable, value)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("name", "groups", "said"),
    [
        ("stranger", None, "does not know who asks: have an access entry made"),
        (
            "member",
            ["somebody"],
            "does not let you list its queues: have the Kubernetes group hyperpod-onboarding-readers",
        ),
    ],
)
def test_whom_the_cluster_does_not_let_in_gets_the_rest_of_the_list_and_is_told_why(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, name: str, groups: list[str] | None, said: str
) -> None:
    as_role(cloud, monkeypatch, name, groups)
    text = typed("list")
    assert text.status == 0
    assert "busy" in text.output
    assert text.output.count("! used and borrowed are unknown: ") == 1
    assert said in text.output
    listed = typed("list", "--json")
    assert {each["usage"] is None for each in listed.json} == {True}
    assert said in listed.errors


@pytest.mark.usefixtures("two")
def test_the_group_of_readers_sees_every_teams_queue(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    as_role(cloud, monkeypatch, "reads-queues", [names.READERS_GROUP])
    assert "unknown" not in typed("list").output
    assert taken("idle") == ("0", "0")


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(Match("kubernetes", "list clusterqueues"), Kind.ERROR), "answered with 500: repeat it"),
        (Fault(Match("eks", "DescribeCluster"), Kind.DENIED), "DescribeCluster was refused: "),
    ],
)
def test_a_cluster_that_cannot_be_asked_leaves_the_list_as_it_is(cloud: Cloud, fault: Fault, said: str) -> None:
    cloud.faults.add(fault)
    told = typed("list")
    assert told.status == 0
    assert said in told.output
    cloud.faults.clear()
    assert said not in typed("list").output


@pytest.mark.usefixtures("two")
def test_an_endpoint_out_of_reach_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.usage._QUEUES", ".invalid/")
    assert "where its endpoint is private, repeat it from the cluster's network" in typed("list").output
