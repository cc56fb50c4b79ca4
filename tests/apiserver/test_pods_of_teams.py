"""What accounts/cluster-pods.yaml lets a team run, on whichever API server: it compiles there, and holds."""

import time
from typing import Any

import pytest
import yaml
from kubernetes.client import ApiException, CoreV1Api, V1Namespace, V1ObjectMeta
from kubernetes.utils import create_from_yaml

from onboarding import names
from tests.apiserver.cluster import Cluster
from tests.apiserver.test_probe_rights import enforces
from tests.contracts.machines import ROOT

SPACE = names.namespace("audio")
CONTAINER = {"name": "main", "image": "example/training"}
PRIVILEGED = {"containers": [{**CONTAINER, "securityContext": {"privileged": True}}]}
FIRST = {**CONTAINER, "name": "first", "securityContext": {"privileged": True}}
_IN_FORCE_AFTER = 30.0
"""Seconds after which a new policy is in force at the latest."""


@pytest.fixture(scope="module")
def scientist(cluster: Cluster) -> Any:
    """The Kubernetes API of somebody who may make pods, once the policy is in force."""
    if not enforces(cluster):
        pytest.skip("this API server has no admission policies")
    client = cluster.api.admin()
    documents = list(yaml.safe_load_all((ROOT / "accounts" / "cluster-pods.yaml").read_text()))
    create_from_yaml(client, yaml_objects=documents)  # type: ignore[no-untyped-call]
    api: Any = CoreV1Api(client)
    api.create_namespace(V1Namespace(metadata=V1ObjectMeta(name=SPACE)))
    end = time.monotonic() + _IN_FORCE_AFTER
    while tried(api, PRIVILEGED) is None and time.monotonic() < end:
        time.sleep(0.5)
    return api


def tried(api: Any, spec: dict[str, Any], namespace: str = SPACE) -> str | None:
    """What is said to whoever makes such a pod, which goes again; None where it is let in."""
    try:
        api.create_namespaced_pod(namespace, {"metadata": {"name": "trainer"}, "spec": spec})
    except ApiException as error:
        if error.status != 422:
            raise
        return str(error.body)
    api.delete_namespaced_pod("trainer", namespace, grace_period_seconds=0)
    return None


def disk(path: str) -> dict[str, Any]:
    return {"containers": [CONTAINER], "volumes": [{"name": "disk", "hostPath": {"path": path}}]}


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (PRIVILEGED, "are not privileged"),
        ({"containers": [CONTAINER], "hostPID": True}, "hostPID"),
        ({"containers": [CONTAINER], "hostNetwork": True}, "hostNetworkNamespaces"),
        (disk("/"), "its own folder alone"),
        (disk("/opt/dlami/nvme"), "its own folder alone"),
        (disk(f"/opt/dlami/nvme/{SPACE}/link"), "its own folder alone"),
        ({"containers": [CONTAINER], "initContainers": [FIRST]}, "are not privileged"),
    ],
)
def test_a_pod_that_reaches_for_its_node_is_refused_with_the_reason(
    scientist: Any, spec: dict[str, Any], why: str
) -> None:
    said = str(tried(scientist, spec))
    assert why in said
    assert names.POD_POLICY in said


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [{**CONTAINER, "securityContext": {"capabilities": {"add": ["IPC_LOCK"]}}}]},
        disk(f"/opt/dlami/nvme/{SPACE}"),
    ],
)
def test_a_training_pod_is_let_in(scientist: Any, spec: dict[str, Any]) -> None:
    assert tried(scientist, spec) is None


def test_the_clusters_own_namespaces_are_left_alone(scientist: Any) -> None:
    assert tried(scientist, PRIVILEGED, "default") is None
