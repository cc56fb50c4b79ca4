"""HyperPod's own access policies: asked for by an event within what the stack's parameters give."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import AuthorizationV1Api

from proofs.isolation.actors import Actors
from sandbox.aws.eks import access_entries
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, EKS_CLUSTER
from tests.workflow.drifts import entry_of
from tests.workflow.teams import outcome, small
from tests.workflow.test_drift import reported, sweep

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


def may_create(cloud: Cloud, team: str, resource: str, group: str) -> bool:
    """What Kubernetes says to a scientist who asks."""
    actors, namespace = Actors(cloud), f"hyperpod-ns-{team}"
    keys = actors.signed_in(f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/hyperpod-cluster-access-{team}")
    asked = {"verb": "create", "resource": resource, "group": group, "namespace": namespace}
    api: Any = AuthorizationV1Api(actors.kubernetes(keys))
    return bool(api.create_self_subject_access_review({"spec": {"resourceAttributes": asked}}).status.allowed)


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


def test_a_policy_that_somebody_took_away_is_found_by_the_sweep_and_put_back_by_the_next_event(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(asking("loses", TRAINING, USER_CLUSTER))) == "onboarded"
    before = associated(cloud, "loses")
    cloud.client("eks").disassociate_access_policy(
        **entry_of("loses"), policyArn=f"{PREFIX}AmazonSagemakerHyperpodTrainingPolicy"
    )
    (found,) = reported(cloud, sweep(cloud))["loses"]["drift"]
    assert found["resource"].endswith("access entry hyperpod-cluster-access-loses")
    assert outcome(cloud.onboard(asking("loses", TRAINING, USER_CLUSTER))) == "onboarded"
    assert associated(cloud, "loses") == before


def test_a_team_with_training_makes_jobs_by_that_policy_and_by_its_role_again_without_it(cloud: Cloud) -> None:
    for policies in ([TRAINING], [], [TRAINING]):
        assert outcome(cloud.onboard(asking("makes", *policies))) == "onboarded"
        rules = cloud.snapshot()["kubernetes"]["Role/hyperpod-ns-makes/hyperpod-ns-makes-jobs"]["rules"]
        assert any("mpijobs" in rule["resources"] for rule in rules) is (not policies)
        assert may_create(cloud, "makes", "mpijobs", "kubeflow.org")
        assert may_create(cloud, "makes", "rayjobs", "ray.io")
        assert may_create(cloud, "makes", "rayservices", "ray.io")
        # In the policy alone.
        assert may_create(cloud, "makes", "tfjobs", "kubeflow.org") is bool(policies)


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
