"""Which access policies of others may stay with a team's entry."""

import pytest

from eks_access_entry.access_policies import arn, stays
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
    assert stays(arn(policy, SETTINGS), namespaces, OWN) is left
