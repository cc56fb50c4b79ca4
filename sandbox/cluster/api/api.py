"""What both servers offer the rest of the sandbox."""

from typing import Any, Protocol

import kubernetes

from sandbox.cluster.api.kinds import Kind, KubernetesObject


class Node(Protocol):
    """What runs pods, and is told of them."""

    def admit(self, pod: KubernetesObject) -> KubernetesObject:
        """A new pod as it is to be stored."""

    def created(self, pod: KubernetesObject) -> None:
        """It has been stored."""

    def deleted(self, uid: str) -> None:
        """It has been taken away."""


class KubernetesApi(Protocol):
    """A running API server."""

    endpoint: str
    """https://ADDRESS:PORT"""

    certificate_authority: str
    """The CA that signed its certificate, as PEM text."""

    def admin(self) -> kubernetes.client.ApiClient:
        """A client with all rights, to be used while the server runs."""

    def snapshot(self) -> dict[str, Any]:
        """Every object that people made, keyed `Kind/namespace/name` or `Kind/name`: sorted and comparable."""

    def attach(self, node: Node) -> None:
        """From now on pods run there; without a node they stay Pending."""

    def report(self, pod: KubernetesObject, status: dict[str, Any]) -> None:
        """Gives a pod a status, as its node does, unobserved; harmless where the pod has gone."""

    def found(self, kind: Kind) -> list[KubernetesObject]:
        """Every object of a kind, unobserved."""

    def note(self, kind: Kind, item: KubernetesObject, status: dict[str, Any]) -> None:
        """Gives an object of the whole cluster a status, as its controller does, unobserved; harmless where it has
        gone.
        """

    def stop(self) -> None:
        """Ends the server; nothing of it stays."""
