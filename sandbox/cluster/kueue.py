"""What Kueue does here: it admits pods to the ClusterQueue that they name, and says in its status what is used.

Pods run whether they are admitted or not; nothing is preempted.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from sandbox.cluster.api.api import KubernetesApi
from sandbox.cluster.api.kinds import CLUSTER_QUEUE, LOCAL_QUEUE, POD, KubernetesObject
from sandbox.cluster.builtin.admission import QUEUE_LABEL
from sandbox.cluster.builtin.quantities import value, written

_ENDED: Final = ("Failed", "Succeeded")
_INSTANCE_TYPE: Final = "node.kubernetes.io/instance-type"
_MEMORY: Final = "memory"

Amounts = Mapping[tuple[str, str], Fraction]
"""Flavor and resource to how much of it."""


@dataclass(frozen=True)
class _Queue:
    """A ClusterQueue as its spec has it."""

    item: KubernetesObject
    cohort: str
    nominal: Amounts
    borrowing: Amounts
    """What it may borrow at most, where that is bounded."""
    lending: Amounts
    """Likewise of what it may lend."""
    flavors: tuple[str, ...]

    @property
    def name(self) -> str:
        return str(self.item["metadata"]["name"])


@dataclass
class Kueue:
    """Counts anew whenever pods or queues may have changed; who is admitted stays so until he ends."""

    kubernetes: KubernetesApi
    _admitted: dict[str, str] = field(default_factory=dict)
    """Uid of a pod to the flavor that it has."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> None:
        """Admits what fits, in the order in which it came, and brings each ClusterQueue's status up to date."""
        with self._lock:
            queues = {queue.name: queue for queue in map(_read, self.kubernetes.found(CLUSTER_QUEUE))}
            waiting = self._workloads(queues)
            self._admitted = {uid: self._admitted[uid] for _, uid, _, _ in waiting if uid in self._admitted}
            used: dict[str, dict[tuple[str, str], Fraction]] = defaultdict(lambda: defaultdict(Fraction))
            left: dict[str, list[str]] = defaultdict(list)
            kept = [workload for workload in waiting if workload[1] in self._admitted]
            for queue, uid, wanted, types in [*kept, *(workload for workload in waiting if workload not in kept)]:
                flavor = self._admitted.get(uid) or _fitting(queue, queues.values(), used, wanted, types)
                if flavor is None:
                    left[queue.name].append(uid)
                    continue
                self._admitted[uid] = flavor
                for resource, amount in wanted.items():
                    used[queue.name][flavor, resource] += amount
            for queue in queues.values():
                count = sum(uid in self._admitted for its, uid, _, _ in waiting if its is queue)
                status = _status(queue, used[queue.name], count, len(left[queue.name]))
                if queue.item.get("status") != status:
                    self.kubernetes.note(CLUSTER_QUEUE, queue.item, status)

    def _workloads(self, queues: Mapping[str, _Queue]) -> list[tuple[_Queue, str, dict[str, Fraction], str | None]]:
        """Queue, uid, requests and instance type of each pod that has come through a LocalQueue and has not ended."""
        ways = {
            (local["metadata"]["namespace"], local["metadata"]["name"]): queues.get(local["spec"]["clusterQueue"])
            for local in self.kubernetes.found(LOCAL_QUEUE)
        }
        found = []
        for pod in sorted(self.kubernetes.found(POD), key=_came):
            metadata = pod["metadata"]
            queue = ways.get((metadata["namespace"], metadata.get("labels", {}).get(QUEUE_LABEL)))
            if queue is not None and pod.get("status", {}).get("phase") not in _ENDED:
                wanted = pod["spec"].get("nodeSelector", {}).get(_INSTANCE_TYPE)
                found.append((queue, str(metadata["uid"]), _requests(pod), wanted))
        return found


def _came(pod: KubernetesObject) -> tuple[str, str]:
    return pod["metadata"]["creationTimestamp"], pod["metadata"]["uid"]


def _requests(pod: KubernetesObject) -> dict[str, Fraction]:
    """What the pod's containers request together; what is limited alone is requested as well (Kubernetes, "Resource
    Management for Pods and Containers").
    """
    found: dict[str, Fraction] = defaultdict(Fraction)
    for container in pod["spec"]["containers"]:
        given = container.get("resources", {})
        for resource, amount in {**given.get("limits", {}), **given.get("requests", {})}.items():
            found[resource] += value(amount)
    return found


def _read(item: KubernetesObject) -> _Queue:
    nominal, borrowing, lending, flavors = {}, {}, {}, []
    for group in item.get("spec", {}).get("resourceGroups", []):
        for flavor in group["flavors"]:
            flavors.append(flavor["name"])
            for quota in flavor["resources"]:
                key = flavor["name"], quota["name"]
                nominal[key] = value(quota["nominalQuota"])
                if "borrowingLimit" in quota:
                    borrowing[key] = value(quota["borrowingLimit"])
                if "lendingLimit" in quota:
                    lending[key] = value(quota["lendingLimit"])
    cohort = item.get("spec", {}).get("cohortName", "")
    return _Queue(item, cohort, nominal, borrowing, lending, tuple(flavors))


def _fitting(
    queue: _Queue,
    queues: Iterable[_Queue],
    used: Mapping[str, Mapping[tuple[str, str], Fraction]],
    wanted: Mapping[str, Fraction],
    instance_type: str | None,
) -> str | None:
    """The first flavor of the queue that has room for it, of the instance type where it names one."""
    others = [other for other in queues if queue.cohort and other.cohort == queue.cohort and other is not queue]
    for flavor in queue.flavors:
        if instance_type in (None, flavor) and all(
            _room(queue, others, used, (flavor, resource)) >= amount for resource, amount in wanted.items() if amount
        ):
            return flavor
    return None


def _room(
    queue: _Queue,
    others: Iterable[_Queue],
    used: Mapping[str, Mapping[tuple[str, str], Fraction]],
    key: tuple[str, str],
) -> Fraction:
    """What is left of the queue's own and of what it may borrow (Kueue API reference, ResourceQuota)."""
    none = Fraction(0)
    if key not in queue.nominal:
        return none
    own = queue.nominal[key] - used[queue.name].get(key, none)
    lent = none
    for other in others:
        nominal, taken = other.nominal.get(key, none), used[other.name].get(key, none)
        lends = min(other.lending.get(key, nominal), nominal)
        # What it keeps for itself is used first; what it has borrowed itself is nobody else's any more.
        lent += lends - max(none, taken - (nominal - lends))
    return own + min(lent, queue.borrowing.get(key, lent)) if lent > 0 else own


def _status(queue: _Queue, used: Mapping[tuple[str, str], Fraction], admitted: int, pending: int) -> dict[str, Any]:
    """Each flavor with each resource that it covers, by name; `borrowed` is what is over the nominal quota, and only in
    a cohort (Kueue API reference, ClusterQueueStatus; pkg/cache, getUsage).
    """
    flavors = []
    for flavor in queue.flavors:
        resources = []
        for key in sorted(key for key in queue.nominal if key[0] == flavor):
            total = used.get(key, Fraction(0))
            borrowed = max(Fraction(0), total - queue.nominal[key]) if queue.cohort else Fraction(0)
            told = {"total": total, "borrowed": borrowed}
            amounts = {name: written(amount, binary=key[1] == _MEMORY) for name, amount in told.items()}
            resources.append({"name": key[1], **amounts})
        flavors.append({"name": flavor, "resources": resources})
    return {
        "flavorsReservation": flavors,
        "flavorsUsage": flavors,
        "pendingWorkloads": pending,
        "reservingWorkloads": admitted,
        "admittedWorkloads": admitted,
    }
