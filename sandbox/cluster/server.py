"""Starts the Kubernetes API of the sandbox."""

import os
from pathlib import Path

from sandbox.cluster.api.api import KubernetesApi
from sandbox.cluster.api.calls import KubernetesCall, Observe, Response
from sandbox.cluster.api.identity import ADMINISTRATOR, Authenticate, Identity
from sandbox.cluster.builtin.server import BuiltinApi
from sandbox.cluster.kube_apiserver.server import KubeApiserver
from sandbox.runtime.clock import Clock
from sandbox.runtime.http import LOOPBACK

__all__ = [
    "ADMINISTRATOR",
    "Authenticate",
    "BuiltinApi",
    "Identity",
    "KubeApiserver",
    "KubernetesApi",
    "KubernetesCall",
    "Observe",
    "Response",
    "start",
]

# EKS takes this long, at the least, to begin with a deleted namespace's content.
NAMESPACE_TERMINATION = 5.0


def start(
    authenticate: Authenticate,
    observe: Observe | None = None,
    *,
    clock: Clock | None = None,
    namespace_termination: float = NAMESPACE_TERMINATION,
    address: str = LOOPBACK,
) -> KubernetesApi:
    """A running server: a real kube-apiserver when the environment's KUBEBUILDER_ASSETS names its directory.

    A deleted namespace goes `namespace_termination` seconds of `clock` later. Raises RuntimeError when the real server
    does not come up.
    """
    clock = clock or Clock()
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets:
        return KubeApiserver(Path(assets).expanduser(), authenticate, observe, clock, namespace_termination, address)
    return BuiltinApi(authenticate, observe, clock, namespace_termination, address)
