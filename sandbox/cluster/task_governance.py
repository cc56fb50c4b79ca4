"""What task governance does in Kubernetes when a compute quota comes or goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kubernetes.client import ApiException, CoreV1Api, CustomObjectsApi, V1Namespace, V1ObjectMeta

from onboarding import names
from sandbox.cluster.api.api import KubernetesApi
from sandbox.cluster.builtin.admission import GOVERNED

_KUEUE = ("kueue.x-k8s.io", "v1beta2")
_API_VERSION = "/".join(_KUEUE)


@dataclass
class TaskGovernance:
    """A NamespaceMaker that works through the Kubernetes API as its administrator."""

    kubernetes: KubernetesApi

    def make(self, team: str) -> None:
        """The namespace, the ClusterQueue and the LocalQueue of a team."""
        client = self.kubernetes.admin()
        namespace, queue = names.namespace(team), names.cluster_queue(team)
        with _tolerating(409):
            CoreV1Api(client).create_namespace(V1Namespace(metadata=V1ObjectMeta(name=namespace, labels=GOVERNED)))
        custom = CustomObjectsApi(client)
        cluster_queue = {"kind": "ClusterQueue", "metadata": {"name": queue}, "spec": {"cohortName": "hyperpod"}}
        with _tolerating(409):
            custom.create_cluster_custom_object(*_KUEUE, "clusterqueues", {"apiVersion": _API_VERSION, **cluster_queue})
        local_queue = {
            "kind": "LocalQueue",
            "metadata": {"name": names.local_queue(team), "namespace": namespace},
            "spec": {"clusterQueue": queue},
        }
        with _tolerating(409):
            custom.create_namespaced_custom_object(
                *_KUEUE, namespace, "localqueues", {"apiVersion": _API_VERSION, **local_queue}
            )

    def remove(self, team: str) -> None:
        """The same, in reverse; the LocalQueue goes with its namespace."""
        client = self.kubernetes.admin()
        with _tolerating(404):
            CustomObjectsApi(client).delete_cluster_custom_object(*_KUEUE, "clusterqueues", names.cluster_queue(team))
        with _tolerating(404, 409):
            CoreV1Api(client).delete_namespace(names.namespace(team))


@contextmanager
def _tolerating(*statuses: int) -> Iterator[None]:
    """What is there already, or gone already, is as wanted."""
    try:
        yield
    except ApiException as error:
        if error.status not in statuses:
            raise
