"""kubectl works against the server."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.apiserver.cluster import Cluster

KUBECTL = shutil.which("kubectl", path=os.pathsep.join((os.environ.get("KUBEBUILDER_ASSETS", ""), os.environ["PATH"])))

pytestmark = pytest.mark.skipif(KUBECTL is None, reason="kubectl is not on the PATH")


class Kubectl:
    """kubectl as a user with all rights."""

    def __init__(self, cluster: Cluster, home: Path) -> None:
        _, api = cluster.user("system:masters")
        token = api.configuration.api_key["authorization"].removeprefix("Bearer ")
        authority = str(cluster.certificate_authority)
        configuration = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "c", "cluster": {"server": cluster.api.endpoint, "certificate-authority": authority}}
            ],
            "users": [{"name": "u", "user": {"token": token}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        (home / "config").write_text(json.dumps(configuration))
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(home / "config")}

    def __call__(self, *arguments: str, document: dict[str, Any] | None = None) -> str:
        assert KUBECTL
        finished = subprocess.run(
            [KUBECTL, *arguments],
            env=self._environment,
            input=None if document is None else json.dumps(document),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout


@pytest.fixture
def kubectl(cluster: Cluster, tmp_path: Path) -> Kubectl:
    return Kubectl(cluster, tmp_path)


def test_create_get_and_delete(cluster: Cluster, kubectl: Kubectl) -> None:
    space = cluster.unique("kubectl")
    assert f"namespace/{space} created" in kubectl("create", "namespace", space)
    kubectl("create", "serviceaccount", "trainer", "--namespace", space)
    assert "trainer" in kubectl("get", "sa", "--namespace", space)
    kubectl("create", "role", "r", "--verb=get", "--resource=pods", "--namespace", space)
    kubectl("create", "rolebinding", "b", "--role=r", "--group=g", "--namespace", space)
    read = json.loads(kubectl("get", "rolebinding", "b", "--namespace", space, "--output=json"))
    assert read["subjects"] == [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "g"}]
    kubectl("delete", "rolebinding", "b", "--namespace", space)
    kubectl("delete", "namespace", space)
    assert "NotFound" not in kubectl("get", "namespaces")
    assert space not in kubectl("get", "namespaces")


def test_apply_creates_and_then_changes(cluster: Cluster, kubectl: Kubectl) -> None:
    name = cluster.unique("queue")
    queue: dict[str, Any] = {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "ClusterQueue",
        "metadata": {"name": name},
        "spec": {"cohort": "one"},
    }
    kubectl("apply", "--validate=false", "--filename=-", document=queue)
    queue["spec"]["cohort"] = "two"
    assert "configured" in kubectl("apply", "--validate=false", "--filename=-", document=queue)
    assert kubectl("get", "cq", name, "--output=jsonpath={.spec.cohort}") == "two"
    space = cluster.namespace()
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "s", "namespace": space}}
    kubectl("apply", "--validate=false", "--filename=-", document=account)
    account["metadata"]["labels"] = {"a": "b"}  # type: ignore[index]
    assert "configured" in kubectl("apply", "--validate=false", "--filename=-", document=account)


def test_can_i(kubectl: Kubectl) -> None:
    assert kubectl("auth", "can-i", "create", "pods").strip() == "yes"
