"""The network of pods, acted out: what stands between a pod, the instances' metadata and other namespaces' services.

No packet is sent anywhere. A container's process is told, when it starts, what the cluster's NetworkPolicies say then,
and the AWS CLI there ends as it would (Kubernetes documentation, "Network Policies"; EC2 user guide, "Access instance
metadata"). What real pods do by the kernel is decided here by `answer`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Final, Literal, NamedTuple

from sandbox.cluster.api.kinds import NAMESPACE_NAME_LABEL, KubernetesObject

METADATA: Final = "169.254.169.254"
_POD: Final = "10.1.0.10"
"""Address of any pod; policies tell them apart by their namespaces."""

Answered = Literal["answers", "silence", "refusal"]


@dataclass
class Network:
    """What is so on every node."""

    enforces: bool = True
    """Whether the CNI keeps to NetworkPolicies."""
    hop_limit: int = 2
    """How far the metadata service's tokens get: a pod is one hop further away than its node."""
    tokens: Literal["optional", "required"] = "required"
    """Whether the metadata service answers also those who have no token (IMDSv1)."""
    service: str = "canary:8080"
    """The service that stands in each team's namespace."""
    serving: bool = True
    """Whether something is behind it."""

    def seen_from(self, namespace: str, labels: Mapping[str, str], snapshot: Mapping[str, Any]) -> KubernetesObject:
        """All that decides what a pod reaches, as JSON; `snapshot` is the cluster's."""
        policies: dict[str, list[KubernetesObject]] = {}
        namespaces: dict[str, dict[str, str]] = {}
        for key, item in snapshot.items():
            kind, *_ = key.split("/")
            metadata = item["metadata"]
            if kind == "NetworkPolicy":
                policies.setdefault(metadata["namespace"], []).append(item["spec"])
            elif kind == "Namespace":
                own = {NAMESPACE_NAME_LABEL: metadata["name"]}
                namespaces[metadata["name"]] = {**metadata.get("labels", {}), **own}
        return {
            "namespace": namespace,
            "labels": dict(labels),
            "policies": policies if self.enforces else {},
            "namespaces": namespaces,
            "tokens_arrive": self.hop_limit > 1,
            "tokens": self.tokens,
            "service": self.service,
            "serving": self.serving,
        }


def gives_credentials(seen: KubernetesObject) -> bool:
    """Whether the node's credentials are to be had: with a token, or without where none is needed."""
    end = _End(METADATA)
    return _lets_out(seen, end) and (seen["tokens_arrive"] or seen["tokens"] == "optional")


def answer(seen: KubernetesObject, host: str, port: int) -> Answered:
    """What comes of a connection to a service, SERVICE.NAMESPACE.svc."""
    name, _, rest = host.partition(".")
    namespace = rest.removesuffix(".svc")
    if f"{name}:{port}" != seen["service"] or namespace not in seen["namespaces"] or not seen["serving"]:
        # No such name, or kube-proxy's refusal where nothing is behind it.
        return "refusal"
    target, source = _End(_POD, namespace), _End(_POD, seen["namespace"], seen["labels"])
    return "answers" if _lets_out(seen, target) and _lets_in(seen, target, source) else "silence"


class _End(NamedTuple):
    """One end of a connection."""

    address: str
    namespace: str | None = None
    labels: Mapping[str, str] = {}


def _lets_out(seen: KubernetesObject, target: _End) -> bool:
    source = _End(_POD, seen["namespace"], seen["labels"])
    return _allowed(seen, source, target, "Egress", "to")


def _lets_in(seen: KubernetesObject, target: _End, source: _End) -> bool:
    return _allowed(seen, target, source, "Ingress", "from")


def _allowed(seen: KubernetesObject, fenced: _End, other: _End, direction: str, peers: str) -> bool:
    """Policies add up; a pod that none of them selects for a direction is open there."""
    chosen = [
        policy
        for policy in seen["policies"].get(fenced.namespace, [])
        if direction in policy.get("policyTypes", ["Ingress"]) and _selects(policy["podSelector"], fenced.labels)
    ]
    rules = [rule for policy in chosen for rule in policy.get(direction.lower(), [])]
    return not chosen or any(_fits(seen, rule, fenced, other, peers) for rule in rules)


def _fits(seen: KubernetesObject, rule: KubernetesObject, fenced: _End, other: _End, peers: str) -> bool:
    if rule.get("ports"):
        raise NotImplementedError("NetworkPolicies with ports are not played")
    listed = rule.get(peers)
    return not listed or any(all(_conditions(seen, peer, fenced, other)) for peer in listed)


def _conditions(seen: KubernetesObject, peer: KubernetesObject, fenced: _End, other: _End) -> Iterator[bool]:
    if block := peer.get("ipBlock"):
        address = ip_address(other.address)
        yield address in ip_network(block["cidr"])
        yield not any(address in ip_network(part) for part in block.get("except", ()))
        return
    selector = peer.get("namespaceSelector")
    if selector is None:
        yield other.namespace == fenced.namespace
    else:
        yield other.namespace is not None and _selects(selector, seen["namespaces"].get(other.namespace, {}))
    yield _selects(peer.get("podSelector") or {}, other.labels)


def _selects(selector: KubernetesObject, labels: Mapping[str, str]) -> bool:
    """A label selector (Kubernetes documentation, "Labels and Selectors")."""
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}
    return wanted.items() <= labels.items() and all(
        _holds(each, labels) for each in selector.get("matchExpressions") or ()
    )


def _holds(expression: KubernetesObject, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", ())
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
