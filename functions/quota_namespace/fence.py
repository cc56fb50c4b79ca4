"""What stands in a team's namespace to keep it from its neighbours, and from the nodes.

Task governance counts accelerators, vCPUs and memory. What it does not count, and who reaches whom, is said here.
"""

from collections.abc import Iterator
from typing import Any, Final

from onboarding import names
from onboarding.fence import Fence
from onboarding.kubernetes_object import KubernetesObject, ObjectState
from onboarding.plan import Desired
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.team_fence import fence_of
from quota_namespace.pod_security import PodSecurity, PodSecurityState

_METADATA: Final = {"0.0.0.0/0": "169.254.169.254/32", "::/0": "fd00:ec2::254/128"}
"""Where instances get their role's credentials, by the block of addresses that it is taken out of (EC2 user guide,
"Access instance metadata"). Pods get theirs from 169.254.170.23 and fd00:ec2::23, which stay open (EKS user guide, "EKS
Pod Identity considerations").
"""
_NAMES_SERVERS: Final = "kube-system"
_NAME_LABEL: Final = "kubernetes.io/metadata.name"


def fence(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """The labels of the namespace, and the objects in it; of each only what the fence names."""
    cluster, namespace = context.settings.eks_cluster, names.namespace(request.team)
    wanted = fence_of(request, context)
    levels = _levels(wanted)
    if levels:
        yield PodSecurity(cluster, namespace), PodSecurityState(labels=levels)
    for kind, spec in (
        ("NetworkPolicy", _network(wanted) if wanted.network else None),
        ("LimitRange", _limits(wanted)),
        ("ResourceQuota", _most(wanted)),
    ):
        if spec is not None:
            yield KubernetesObject(cluster, kind, namespace, names.FENCE), ObjectState(fields={"spec": spec})


def _levels(wanted: Fence) -> dict[str, str]:
    levels = {"enforce": wanted.enforce, "audit": wanted.audit, "warn": wanted.warn}
    chosen = {mode: level for mode, level in levels.items() if level}
    return {**chosen, **{f"{mode}-version": wanted.version for mode in chosen}}


def _network(wanted: Fence) -> dict[str, Any]:
    """In from the team's own namespace and the listed ones; out to these, to names, and to what is no pod.

    Kubernetes' policies can allow a namespace, and not all but some. So which addresses are pods' must be said, else
    neighbours are kept out by their own fences alone.
    """
    own: dict[str, Any] = {"podSelector": {}}
    return {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [own, *_namespaces(wanted.ingress_namespaces)]}],
        "egress": [
            {"to": [own, *_namespaces((*wanted.ingress_namespaces, _NAMES_SERVERS))]},
            {"to": [_all_but(cidr, metadata, wanted.pod_cidrs) for cidr, metadata in _METADATA.items()]},
        ],
    }


def _namespaces(listed: tuple[str, ...]) -> list[dict[str, Any]]:
    if not listed:
        return []
    named = {"key": _NAME_LABEL, "operator": "In", "values": sorted(set(listed))}
    return [{"namespaceSelector": {"matchExpressions": [named]}}]


def _all_but(cidr: str, metadata: str, pods: tuple[str, ...]) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, "except": [metadata, *(pod for pod in pods if (":" in pod) == (":" in cidr))]}}


def _limits(wanted: Fence) -> dict[str, Any] | None:
    amounts = {"cpu": wanted.cpu, "memory": wanted.memory}
    asked = {resource: amount for resource, amount in amounts.items() if amount}
    return {"limits": [{"type": "Container", "defaultRequest": asked}]} if asked else None


def _most(wanted: Fence) -> dict[str, Any] | None:
    counts = {
        "pods": wanted.pods,
        "persistentvolumeclaims": wanted.claims,
        "services.loadbalancers": wanted.load_balancers,
        # A load balancer's service takes node ports as well; without any, no port of a node leads past the fence.
        "services.nodeports": 0 if wanted.load_balancers == 0 else None,
    }
    hard = {resource: _quantity(count) for resource, count in counts.items() if count is not None}
    return {"hard": hard} if hard else None


def _quantity(count: int) -> str:
    """As Kubernetes gives a count back: 3000 is 3k (k8s.io/apimachinery, resource.Quantity)."""
    for unit in ("", "k", "M"):
        if count == 0 or count % 1000:
            return f"{count}{unit}"
        count //= 1000
    return f"{count}G"
