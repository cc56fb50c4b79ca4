"""HyperPod's own access policies: asked for by an event within what the stack's parameters give."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.eks import access_entries
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, EKS_CLUSTER
from tests.workflow.teams import outcome, small

TRAINING = {"name": "Training"}
USER_CLUSTER = {"name": "UserCluster", "scope": "cluster"}
PREFIX = "arn:aws:eks::aws:cluster-access-policy/"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    parameters = {"AccessPolicies": "Training,Space", "ClusterAccessPolicies": "UserCluster"}
    with running(Options(parameters=parameters)) as started:
        yield started


def asking(team: str, *policies: dict[str, Any]) -> dict[str, Any]:
    return small(team, datasets=[], access={"policies": [*policies]})


def associated(cloud: Cloud, team: str) -> dict[str, Any]:
    principal = f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/hyperpod-cluster-access-{team}"
    answer = cloud.client("eks").list_associated_access_policies(clusterName=EKS_CLUSTER, principalArn=principal)
    return {
        policy["policyArn"].removeprefix(PREFIX): policy["accessScope"] for policy in answer["associatedAccessPolicies"]
    }


def test_policies_that_are_asked_for_are_given_in_their_scope_and_go_when_they_are_asked_for_no_more(
    cloud: Cloud,
) -> None:
    assert outcome(cloud.onboard(asking("asks", TRAINING, USER_CLUSTER))) == "onboarded"
    own = {"type": "namespace", "namespaces": ["hyperpod-ns-asks"]}
    assert associated(cloud, "asks") == {
        "AmazonEKSEditPolicy": own,
        "AmazonSagemakerHyperpodTrainingPolicy": own,
        "AmazonSagemakerHyperpodUserClusterPolicy": {"type": "cluster", "namespaces": []},
    }
    before = cloud.snapshot()
    assert outcome(cloud.onboard(asking("asks", TRAINING, USER_CLUSTER))) == "onboarded"
    assert [line for line in difference(before, cloud.snapshot()) if "polic" in line] == []
    assert outcome(cloud.onboard(asking("asks", TRAINING))) == "onboarded"
    assert associated(cloud, "asks") == {
        "AmazonEKSEditPolicy": own,
        "AmazonSagemakerHyperpodTrainingPolicy": own,
    }


def test_a_policy_that_the_stack_does_not_give_is_refused_by_the_plan(cloud: Cloud) -> None:
    before = cloud.snapshot()
    execution = cloud.onboard(asking("wants", {"name": "Inference"}))
    assert execution.error == "ProblemsFound"
    assert (
        "access.policies: the stack does not give teams Inference in their namespaces. Add it to the stack's parameter "
        "AccessPolicies"
    ) in str(execution.cause)
    assert difference(before, cloud.snapshot()) == []


def test_a_policy_that_eks_does_not_have_here_is_refused_by_the_plan(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_entries, "POLICIES", tuple(p for p in access_entries.POLICIES if "Training" not in p))
    execution = cloud.onboard(asking("early", TRAINING))
    assert execution.error == "ProblemsFound"
    assert "EKS has no access policy AmazonSagemakerHyperpodTrainingPolicy in us-west-2." in str(execution.cause)
