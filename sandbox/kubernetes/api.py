"""What both servers offer the rest of the sandbox."""

from typing import Any, Protocol

import kubernetes


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

    def stop(self) -> None:
        """Ends the server; nothing of it stays."""
