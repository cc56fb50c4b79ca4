"""The fence of a team's namespace: what the stack's parameters say of it, and an administrator of one team.

Whatever is empty here is left as it is found, or not made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final


@dataclass(frozen=True)
class Fence:
    """How closely a team's namespace is fenced in."""

    enforce: str = ""
    """Level of Pod Security that pods must meet: privileged, baseline or restricted."""
    audit: str = ""
    """Level that the audit log is told of."""
    warn: str = ""
    """Level that whoever makes the pod is told of."""
    version: str = "latest"
    """Version of Kubernetes whose levels are meant."""
    network: bool = False
    """Whether a NetworkPolicy stands in the namespace."""
    ingress_namespaces: tuple[str, ...] = ()
    """Namespaces that reach the team's pods, and are reached by them, beside its own."""
    pod_cidrs: tuple[str, ...] = ()
    """Addresses of the cluster's pods, where those are no others' as well."""
    cpu: str = ""
    """What a container that asks for no CPU asks for, as Kubernetes writes it."""
    memory: str = ""
    """What a container that asks for no memory asks for, as Kubernetes writes it."""
    pods: int | None = None
    """The most pods at once."""
    claims: int | None = None
    """The most PersistentVolumeClaims."""
    load_balancers: int | None = None
    """The most services of type LoadBalancer; with 0 there are none of type NodePort either."""

    def changed(self, **by_team: Any) -> "Fence":
        """The same with what is said of one team."""
        said: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in by_team.items()}
        return replace(self, **said)


NO_FENCE: Final = Fence()


def stack_fence(environment: Mapping[str, str]) -> Fence:
    """The stack's own, of the variables that the template sets. Raises ValueError for a number that is none."""
    said = environment.get

    def listed(variable: str) -> tuple[str, ...]:
        return tuple(filter(None, said(variable, "").split(",")))

    def most(variable: str) -> int | None:
        number = said(variable, "")
        return int(number) if number else None

    return Fence(
        enforce=said("POD_SECURITY_ENFORCE", ""),
        audit=said("POD_SECURITY_AUDIT", ""),
        warn=said("POD_SECURITY_WARN", ""),
        version=said("POD_SECURITY_VERSION", "latest"),
        network=said("NETWORK_FENCE") == "true",
        ingress_namespaces=listed("FENCE_NAMESPACES"),
        pod_cidrs=listed("POD_CIDRS"),
        cpu=said("DEFAULT_CPU", ""),
        memory=said("DEFAULT_MEMORY", ""),
        pods=most("MOST_PODS"),
        claims=most("MOST_CLAIMS"),
        load_balancers=most("MOST_LOAD_BALANCERS"),
    )
