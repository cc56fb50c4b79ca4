"""Who a bearer token stands for, and what EKS access policies give them."""

from collections.abc import Callable
from dataclasses import dataclass

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True)
class Identity:
    """A Kubernetes user, as EKS makes one from an access entry.

    `policies` are pairs of a built-in cluster role (view, edit, admin, cluster-admin), or the name of one of HyperPod's
    access policies, and the namespaces in which it holds, where None means the whole cluster. A namespace may end in
    `*`, as EKS allows.
    """

    username: str
    groups: tuple[str, ...] = ()
    policies: tuple[tuple[str, tuple[str, ...] | None], ...] = ()


Authenticate = Callable[[str], Identity | None]
"""Bearer token -> identity, or None when the token is not valid (401)."""

ADMINISTRATOR = Identity("kubernetes-admin", (MASTERS,))
"""Whom `KubernetesApi.admin` acts as; hooks can tell the sandbox's own calls by it."""
