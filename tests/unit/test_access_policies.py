"""Which access policies of others may stay with a team's entry."""

from dataclasses import replace

import pytest

from eks_access_entry.access_policies import arn, stays
from onboarding.request import Access, AccessPolicy
from tests.unit.given import SETTINGS

OWN = "hyperpod-ns-vision"


@pytest.mark.parametrize(
    ("policy", "namespaces", "left"),
    [
        ("AmazonSagemakerHyperpodTrainingPolicy", [OWN], True),
        ("AmazonSagemakerHyperpodInferencePolicy", [OWN], True),
        ("AmazonSagemakerHyperpodSpacePolicy", [OWN], True),
        ("AmazonSagemakerHyperpodSpacePolicy", [OWN, "hyperpod-ns-speech"], False),
        ("AmazonSagemakerHyperpodTrainingPolicy", ["hyperpod-ns-*"], False),
        ("AmazonSagemakerHyperpodTrainingPolicy", [], False),
        ("AmazonSagemakerHyperpodSpaceTemplatePolicy", ["jupyter-k8s-shared", "jupyter-k8s-system"], True),
        ("AmazonSagemakerHyperpodSpaceTemplatePolicy", ["jupyter-k8s-shared", "kube-system"], False),
        ("AmazonSagemakerHyperpodSpaceTemplatePolicy", [], False),
        ("AmazonSagemakerHyperpodUserClusterPolicy", [], True),
        ("AmazonEKSClusterAdminPolicy", [OWN], False),
        ("AmazonEKSAdminPolicy", [OWN], False),
        ("AmazonEKSClusterAdminPolicy", [], False),
    ],
)
def test_a_policy_stays_only_where_aws_would_have_it_and_no_other_team_is_reached(
    policy: str, namespaces: list[str], left: bool
) -> None:
    assert stays(arn(policy, SETTINGS), namespaces, OWN, SETTINGS) is left


GIVING = replace(SETTINGS, access_policies=frozenset({"Training"}), cluster_access_policies=frozenset({"UserCluster"}))


@pytest.mark.parametrize(
    ("policy", "namespaces", "left"),
    [
        ("AmazonSagemakerHyperpodTrainingPolicy", [OWN], False),
        ("AmazonSagemakerHyperpodUserClusterPolicy", [], False),
        ("AmazonSagemakerHyperpodInferencePolicy", [OWN], True),
        ("AmazonSagemakerHyperpodTrainingPolicy", [], False),
    ],
)
def test_a_policy_that_events_may_ask_for_does_not_stay_without_being_asked_for(
    policy: str, namespaces: list[str], left: bool
) -> None:
    assert stays(arn(policy, GIVING), namespaces, OWN, GIVING) is left


@pytest.mark.parametrize("name", ["Training", "Inference", "Space"])
def test_a_policy_of_the_namespace_is_refused_for_the_whole_cluster(name: str) -> None:
    with pytest.raises(ValueError, match="lets the team into others' namespaces"):
        AccessPolicy.model_validate({"name": name, "scope": "cluster"})


def test_the_policy_of_the_cluster_is_refused_for_a_namespace() -> None:
    with pytest.raises(ValueError, match="give it the scope cluster"):
        AccessPolicy.model_validate({"name": "UserCluster"})


def test_a_policy_is_named_once() -> None:
    with pytest.raises(ValueError, match="policies"):
        Access.model_validate({"policies": [{"name": "Training"}, {"name": "Training"}]})
