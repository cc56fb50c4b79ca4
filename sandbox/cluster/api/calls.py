"""What a call to the Kubernetes API is to those who record calls or inject faults."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sandbox.cluster.api.identity import Identity


@dataclass(frozen=True)
class KubernetesCall:
    """One authenticated request for a resource. `resource` is the plural, with its subresource ("pods/log").

    As in Kubernetes itself, a request for one namespace carries its name in `namespace` as well.
    """

    verb: str
    group: str
    resource: str
    namespace: str | None
    name: str | None
    identity: Identity
    user_agent: str


class Response(NamedTuple):
    """An answer in place of the server's own: HTTP status, Kubernetes reason, message."""

    status: int
    reason: str
    message: str


class Observe(Protocol):
    """Sees each call before its effect and again after it, and may answer in the server's stead.

    Called from many threads at once. Discovery, `/version` and health checks are not calls.
    """

    def before(self, call: KubernetesCall) -> Response | None:
        """A response means that the call has no effect and is answered so."""

    def after(self, call: KubernetesCall, status: int) -> Response | None:
        """A response replaces the answer with HTTP status `status`; the effect stays."""
