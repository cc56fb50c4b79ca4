"""What accounts/cluster-probe.yaml gives the probe function, and where it stops."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client import AdmissionregistrationV1Api, ApiException, CoreV1Api, V1Namespace, V1ObjectMeta
from kubernetes.utils import create_from_yaml

from onboarding import names
from probe.manifest import manifest
from tests.apiserver.cluster import Cluster
from tests.unit.given import SETTINGS, request
from tests.unit.test_probe_pod_parts import CHOICES

ROOT = Path(__file__).parents[2]
_ENFORCED_AFTER = 30.0
"""Seconds in which a policy comes into force at the latest."""


@pytest.fixture(scope="module")
def function(cluster: Cluster) -> CoreV1Api:
    """The Kubernetes API as the probe function has it."""
    documents = list(yaml.safe_load_all((ROOT / "accounts" / "cluster-probe.yaml").read_text()))
    known = [each for each in documents if each["apiVersion"].startswith("rbac.") or enforces(cluster)]
    create_from_yaml(cluster.api.admin(), yaml_objects=known)  # type: ignore[no-untyped-call]
    for namespace in ("hyperpod-ns-vision", "hyperpod-elsewhere"):
        metadata = V1ObjectMeta(name=namespace, labels={"pod-security.kubernetes.io/enforce": "restricted"})
        CoreV1Api(cluster.api.admin()).create_namespace(V1Namespace(metadata=metadata))
    return CoreV1Api(cluster.user(names.PROBE)[1])


def enforces(cluster: Cluster) -> bool:
    """Whether the server has admission policies (Kubernetes 1.30)."""
    try:
        known = AdmissionregistrationV1Api(cluster.api.admin()).get_api_resources().resources
    except ApiException:
        return False
    return any(resource.name == "validatingadmissionpolicies" for resource in known)


def pod(name: str = names.PROBE, namespace: str = "hyperpod-ns-vision") -> Any:
    made = manifest(request(), request().pod_accounts[0], [], SETTINGS, CHOICES)
    return {**made, "metadata": {**made["metadata"], "name": name, "namespace": namespace}}


def refusal(call: Any, *arguments: Any) -> int:
    with pytest.raises(ApiException) as refused:
        call(*arguments)
    return int(refused.value.status)


def test_it_makes_reads_and_deletes_its_pod_in_a_team_namespace_that_enforces_restricted(function: CoreV1Api) -> None:
    function.create_namespaced_pod("hyperpod-ns-vision", pod())
    found: Any = function.read_namespaced_pod(names.PROBE, "hyperpod-ns-vision")
    assert found.metadata.labels["hyperpod-onboarding/team"] == "vision"
    function.delete_namespaced_pod(names.PROBE, "hyperpod-ns-vision")
    assert refusal(function.read_namespaced_pod, names.PROBE, "hyperpod-ns-vision") == 404


def test_a_dry_run_makes_nothing_and_tells_what_would_come_of_it(function: CoreV1Api) -> None:
    tried: Any = function.create_namespaced_pod("hyperpod-ns-vision", pod(), dry_run="All")
    assert tried.metadata.name == names.PROBE
    assert refusal(function.read_namespaced_pod, names.PROBE, "hyperpod-ns-vision") == 404
    function.create_namespaced_pod("hyperpod-ns-vision", pod())
    with pytest.raises(ApiException, match="already exists") as taken:
        function.create_namespaced_pod("hyperpod-ns-vision", pod(), dry_run="All")
    assert taken.value.status == 409
    function.delete_namespaced_pod(names.PROBE, "hyperpod-ns-vision")


def test_it_neither_lists_pods_nor_reads_deletes_or_changes_others(function: CoreV1Api) -> None:
    assert refusal(function.list_namespaced_pod, "hyperpod-ns-vision") == 403
    assert refusal(function.read_namespaced_pod, "trainer", "hyperpod-ns-vision") == 403
    assert refusal(function.delete_namespaced_pod, "trainer", "hyperpod-ns-vision") == 403
    assert refusal(function.read_namespaced_secret, "secret", "hyperpod-ns-vision") == 403


@pytest.mark.parametrize(
    ("name", "namespace"), [(names.PROBE, "hyperpod-elsewhere"), ("another", "hyperpod-ns-vision")]
)
def test_a_policy_keeps_it_to_its_own_pod_in_teams_namespaces(
    cluster: Cluster, function: CoreV1Api, name: str, namespace: str
) -> None:
    if not enforces(cluster):
        pytest.skip("this API server has no admission policies")
    end = time.monotonic() + _ENFORCED_AFTER
    # It comes into force a moment after it has been made.
    while (status := tried(function, name, namespace)) == 201 and time.monotonic() < end:
        CoreV1Api(cluster.api.admin()).delete_namespaced_pod(name, namespace)
        time.sleep(0.5)
    assert status == 422


def tried(function: CoreV1Api, name: str, namespace: str) -> int:
    """The status of an attempt to make a pod."""
    try:
        function.create_namespaced_pod(namespace, pod(name, namespace))
    except ApiException as error:
        return int(error.status)
    return 201
