"""What task governance does in Kubernetes when a compute quota comes or goes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from kubernetes.client import ApiException, CoreV1Api, CustomObjectsApi, V1Namespace, V1ObjectMeta

from onboarding import names
from sandbox.cluster.api.api import KubernetesApi
from sandbox.cluster.builtin.admission import GOVERNED
from sandbox.cluster.builtin.quantities import written
from sandbox.cluster.kueue import Kueue

_KUEUE = ("kueue.x-k8s.io", "v1beta2")
_API_VERSION = "/".join(_KUEUE)
_GPU: Final = "nvidia.com/gpu"
_NEURON: Final = "aws.amazon.com/neurondevice"
_NEURON_FAMILIES: Final = ("ml.inf", "ml.trn")


@dataclass
class TaskGovernance:
    """A NamespaceMaker that works through the Kubernetes API as its administrator."""

    kubernetes: KubernetesApi
    kueue: Kueue

    def make(self, team: str, quota: Mapping[str, Any]) -> None:
        """The namespace, the ClusterQueue and the LocalQueue of a team."""
        client = self.kubernetes.admin()
        namespace, queue = names.namespace(team), names.cluster_queue(team)
        with _tolerating(409):
            CoreV1Api(client).create_namespace(V1Namespace(metadata=V1ObjectMeta(name=namespace, labels=GOVERNED)))
        custom = CustomObjectsApi(client)
        spec = {"cohortName": "hyperpod", "resourceGroups": _resource_groups(quota)}
        cluster_queue = {"apiVersion": _API_VERSION, "kind": "ClusterQueue", "metadata": {"name": queue}, "spec": spec}
        with _tolerating(409):
            custom.create_cluster_custom_object(*_KUEUE, "clusterqueues", cluster_queue)
        custom.patch_cluster_custom_object(*_KUEUE, "clusterqueues", queue, {"spec": spec})
        local_queue = {
            "kind": "LocalQueue",
            "metadata": {"name": names.local_queue(team), "namespace": namespace},
            "spec": {"clusterQueue": queue},
        }
        with _tolerating(409):
            custom.create_namespaced_custom_object(
                *_KUEUE, namespace, "localqueues", {"apiVersion": _API_VERSION, **local_queue}
            )
        self.kueue.count()

    def remove(self, team: str) -> None:
        """The same, in reverse; the LocalQueue goes with its namespace."""
        client = self.kubernetes.admin()
        with _tolerating(404):
            CustomObjectsApi(client).delete_cluster_custom_object(*_KUEUE, "clusterqueues", names.cluster_queue(team))
        with _tolerating(404, 409):
            CoreV1Api(client).delete_namespace(names.namespace(team))
        self.kueue.count()


def _resource_groups(quota: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One group with a flavor for each instance type, named like it (aws/sagemaker-hyperpod-cli, integration tests).

    Every flavor of a group has all of its resources (Kueue API reference, ResourceGroup).
    """
    flavors: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for row in quota.get("ComputeQuotaResources", []):
        flavor = flavors[row["InstanceType"]]
        flavor["cpu"] += Fraction(row["VCpu"])
        flavor["memory"] += Fraction(row["MemoryInGiB"]) * 1024**3
        accelerator = _NEURON if row["InstanceType"].startswith(_NEURON_FAMILIES) else _GPU
        if "AcceleratorPartition" in row:
            partition = row["AcceleratorPartition"]
            flavor[f"nvidia.com/{partition['Type']}"] += partition["Count"]
        else:
            flavor[accelerator] += row["Accelerators"]
    covered = sorted({resource for amounts in flavors.values() for resource in amounts})
    limits = _limits(quota.get("ResourceSharingConfig", {}))
    return (
        [
            {
                "coveredResources": covered,
                "flavors": [
                    {
                        "name": name,
                        "resources": [
                            {
                                "name": resource,
                                **{
                                    field: written(
                                        _whole(share * amounts[resource], resource), binary=resource == "memory"
                                    )
                                    for field, share in {"nominalQuota": Fraction(1), **limits}.items()
                                },
                            }
                            for resource in covered
                        ],
                    }
                    for name, amounts in flavors.items()
                ],
            }
        ]
        if flavors
        else []
    )


def _limits(sharing: Mapping[str, Any]) -> dict[str, Fraction]:
    """What a queue may borrow and lend, as a part of its own (SageMaker API reference, ResourceSharingConfig)."""
    match sharing.get("Strategy", "LendAndBorrow"):
        case "DontLend":
            return {"borrowingLimit": Fraction(0), "lendingLimit": Fraction(0)}
        case "Lend":
            return {"borrowingLimit": Fraction(0)}
        case _:
            return {"borrowingLimit": Fraction(sharing.get("BorrowLimit", 50), 100)}


def _whole(amount: Fraction, resource: str) -> Fraction:
    """Memory in bytes, CPUs in thousandths, devices in ones: Kubernetes knows no parts of those."""
    parts = 1000 if resource == "cpu" else 1
    return Fraction(round(amount * parts), parts)


@contextmanager
def _tolerating(*statuses: int) -> Iterator[None]:
    """What is there already, or gone already, is as wanted."""
    try:
        yield
    except ApiException as error:
        if error.status not in statuses:
            raise
