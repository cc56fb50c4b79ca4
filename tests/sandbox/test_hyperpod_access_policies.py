"""What HyperPod's own access policies allow, by their description in the SageMaker developer guide."""

import pytest

from sandbox.aws.eks.access_entries import POLICIES
from sandbox.cluster.api.identity import Identity
from sandbox.cluster.authorization.access_policies import policies_allow
from sandbox.cluster.authorization.hyperpod_policies import HYPERPOD_POLICIES
from sandbox.cluster.authorization.rules import Attributes

OWN, OTHER, TEMPLATES = "hyperpod-ns-vision", "hyperpod-ns-speech", "jupyter-k8s-shared"
JOBS = "sagemaker.amazonaws.com"
SPACES = "workspace.jupyter.org"


def may(policy: str, verb: str, resource: str, namespace: str | None, group: str = "", scope: str | None = OWN) -> bool:
    name = f"AmazonSagemakerHyperpod{policy}Policy"
    identity = Identity("ana", policies=((name, (scope,) if scope else None),))
    return policies_allow(identity, Attributes(verb, group, resource, namespace))


@pytest.mark.parametrize(
    ("policy", "verb", "resource", "group", "allowed"),
    [
        ("Training", "create", "pytorchjobs", "kubeflow.org", True),
        ("Training", "delete", "mpijobs", "kubeflow.org", True),
        ("Training", "patch", "hyperpodpytorchjobs", JOBS, True),
        ("Training", "create", "rayjobs", "ray.io", True),
        ("Training", "create", "rayservices", "ray.io", False),
        ("Training", "create", "raydashboardconnections", "connection.access.sagemaker.amazonaws.com", True),
        ("Training", "list", "workloads", "kueue.x-k8s.io", True),
        ("Training", "patch", "workloads", "kueue.x-k8s.io", False),
        ("Training", "get", "pods/log", "", True),
        ("Training", "create", "pods/exec", "", False),
        ("Training", "create", "configmaps", "", False),
        ("Training", "get", "secrets", "", False),
        ("Training", "deletecollection", "pods", "", False),
        ("Inference", "create", "rayservices", "ray.io", True),
        ("Inference", "create", "rayjobs", "ray.io", False),
        ("Inference", "create", "jobs", "batch", False),
        ("Inference", "list", "ingresses", "networking.k8s.io", True),
        ("Space", "create", "workspaces", SPACES, True),
        ("Space", "create", "workspacetemplates", SPACES, False),
        ("Space", "create", "pods", "", False),
    ],
)
def test_a_policy_of_the_namespace_allows_what_aws_describes_there_and_nothing_next_door(
    policy: str, verb: str, resource: str, group: str, allowed: bool
) -> None:
    assert may(policy, verb, resource, OWN, group) is allowed
    assert not may(policy, verb, resource, OTHER, group)
    assert not may(policy, verb, resource, None, group)


@pytest.mark.parametrize("policy", ["Training", "Inference", "Space"])
def test_one_of_these_for_the_whole_cluster_reaches_into_a_neighbours_namespace(policy: str) -> None:
    assert may(policy, "list", "pods", OTHER, scope=None)


def test_templates_of_spaces_are_read_where_they_are_and_never_written() -> None:
    assert may("SpaceTemplate", "list", "workspacetemplates", TEMPLATES, SPACES, scope=TEMPLATES)
    assert not may("SpaceTemplate", "create", "workspacetemplates", TEMPLATES, SPACES, scope=TEMPLATES)


@pytest.mark.parametrize("resource", ["pods", "secrets", "configmaps", "pods/log"])
def test_the_cluster_policy_reads_namespaces_and_nodes_and_nothing_that_is_in_a_namespace(resource: str) -> None:
    assert may("UserCluster", "list", "namespaces", None, scope=None)
    assert may("UserCluster", "watch", "nodes", None, scope=None)
    assert not may("UserCluster", "patch", "nodes", None, scope=None)
    assert not may("UserCluster", "get", resource, OTHER, scope=None)


def test_each_of_hyperpods_policies_that_eks_knows_has_rules() -> None:
    assert {name for name in POLICIES if name.startswith("AmazonSagemakerHyperpod")} == HYPERPOD_POLICIES.keys()
