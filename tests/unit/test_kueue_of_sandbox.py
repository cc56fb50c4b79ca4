"""What the sandbox's Kueue admits and counts, by itself."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.cluster.api.kinds import CLUSTER_QUEUE, LOCAL_QUEUE, POD, Kind, KubernetesObject
from sandbox.cluster.kueue import Kueue

GPU = "nvidia.com/gpu"


@dataclass
class Cluster:
    """Objects, and the statuses that were noted."""

    objects: dict[str, list[KubernetesObject]] = field(default_factory=lambda: {"clusterqueues": [], "localqueues": []})

    def found(self, kind: Kind) -> list[KubernetesObject]:
        return list(self.objects.get(kind.plural, []))

    def note(self, kind: Kind, item: KubernetesObject, status: dict[str, Any]) -> None:
        item["status"] = status

    def queue(self, team: str, flavors: dict[str, dict[str, str]], cohort: str = "hyperpod") -> None:
        resource = {"name": GPU}
        group = {"flavors": [{"name": name, "resources": [{**resource, **quota}]} for name, quota in flavors.items()]}
        spec = {"resourceGroups": [group], **({"cohortName": cohort} if cohort else {})}
        self.objects[CLUSTER_QUEUE.plural].append({"metadata": {"name": team, "uid": team}, "spec": spec})
        local = {"metadata": {"name": "queue", "namespace": team}, "spec": {"clusterQueue": team}}
        self.objects[LOCAL_QUEUE.plural].append(local)

    def pod(self, team: str, name: str, gpus: object, phase: str = "Pending", **spec: Any) -> KubernetesObject:
        metadata = {"name": name, "namespace": team, "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"}
        metadata["labels"] = {"kueue.x-k8s.io/queue-name": "queue"}  # type: ignore[assignment]
        containers = [{"resources": {"requests": {GPU: gpus}}}]
        made = {"metadata": metadata, "spec": {"containers": containers, **spec}, "status": {"phase": phase}}
        self.objects.setdefault(POD.plural, []).append(made)
        return made

    def usage(self, team: str) -> dict[str, tuple[str, str]]:
        (item,) = [each for each in self.objects[CLUSTER_QUEUE.plural] if each["metadata"]["name"] == team]
        return {
            flavor["name"]: (flavor["resources"][0]["total"], flavor["resources"][0]["borrowed"])
            for flavor in item["status"]["flavorsUsage"]
        }

    def waiting(self, team: str) -> int:
        (item,) = [each for each in self.objects[CLUSTER_QUEUE.plural] if each["metadata"]["name"] == team]
        return int(item["status"]["pendingWorkloads"])


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def counted(cluster: Cluster, kueue: Kueue | None = None) -> Kueue:
    kueue = kueue or Kueue(cluster)  # type: ignore[arg-type]
    kueue.count()
    return kueue


@pytest.mark.parametrize(
    ("lender", "borrower", "asked", "told"),
    [
        ({}, {}, 12, ("12", "4")),
        ({"lendingLimit": "2"}, {}, 10, ("10", "2")),
        ({"lendingLimit": "2"}, {}, 11, ("0", "0")),
        ({}, {"borrowingLimit": "3"}, 11, ("11", "3")),
        ({}, {"borrowingLimit": "3"}, 12, ("0", "0")),
        ({"lendingLimit": "0"}, {"borrowingLimit": "0"}, 8, ("8", "0")),
    ],
)
def test_a_queue_borrows_what_others_lend_up_to_its_limit(
    cluster: Cluster, lender: dict[str, str], borrower: dict[str, str], asked: int, told: tuple[str, str]
) -> None:
    cluster.queue("a", {"p5": {"nominalQuota": "8", **borrower}})
    cluster.queue("b", {"p5": {"nominalQuota": "8", **lender}})
    cluster.pod("a", "job", asked)
    counted(cluster)
    assert cluster.usage("a") == {"p5": told}
    assert cluster.waiting("a") == (told == ("0", "0"))


def test_without_a_cohort_nothing_is_borrowed(cluster: Cluster) -> None:
    cluster.queue("a", {"p5": {"nominalQuota": "8"}}, cohort="")
    cluster.queue("b", {"p5": {"nominalQuota": "8"}})
    cluster.pod("a", "job", 9)
    counted(cluster)
    assert cluster.usage("a") == {"p5": ("0", "0")}


def test_the_first_flavor_with_room_is_taken_or_the_one_that_is_named(cluster: Cluster) -> None:
    cluster.queue("a", {"p5": {"nominalQuota": "8"}, "g6": {"nominalQuota": "4"}}, cohort="")
    cluster.pod("a", "1", 6)
    cluster.pod("a", "2", 3)
    cluster.pod("a", "3", 1, nodeSelector={"node.kubernetes.io/instance-type": "g6"})
    counted(cluster)
    assert cluster.usage("a") == {"p5": ("6", "0"), "g6": ("4", "0")}


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_what_has_ended_is_free(cluster: Cluster, phase: str) -> None:
    cluster.queue("a", {"p5": {"nominalQuota": "8"}})
    pod = cluster.pod("a", "job", 8)
    kueue = counted(cluster)
    pod["status"] = {"phase": phase}
    counted(cluster, kueue)
    assert cluster.usage("a") == {"p5": ("0", "0")}


def test_who_is_admitted_stays_so_although_an_earlier_one_would_fit_without_him(cluster: Cluster) -> None:
    cluster.queue("a", {"p5": {"nominalQuota": "8"}}, cohort="")
    first = cluster.pod("a", "1", 6)
    cluster.pod("a", "2", 7)
    cluster.pod("a", "3", 2)
    kueue = counted(cluster)
    first["status"] = {"phase": "Succeeded"}
    counted(cluster, kueue)
    assert (cluster.usage("a"), cluster.waiting("a")) == ({"p5": ("2", "0")}, 1)


def test_a_pod_of_no_queue_or_of_another_namespaces_is_not_counted(cluster: Cluster) -> None:
    cluster.queue("a", {"p5": {"nominalQuota": "8"}})
    cluster.pod("a", "1", 1)["metadata"]["labels"] = {}
    cluster.pod("elsewhere", "2", 1)
    counted(cluster)
    assert cluster.usage("a") == {"p5": ("0", "0")}
