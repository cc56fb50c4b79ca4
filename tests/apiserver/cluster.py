"""The server under test, and those who call it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import kubernetes

from sandbox.cluster.server import Identity, KubernetesApi, KubernetesCall, Response


@dataclass
class Recorder:
    """An observer that records calls, and answers as a test wants for the users that it names."""

    calls: list[tuple[KubernetesCall, int]] = field(default_factory=list)
    instead: dict[str, Response] = field(default_factory=dict)
    afterwards: dict[str, Response] = field(default_factory=dict)

    def before(self, call: KubernetesCall) -> Response | None:
        return self.instead.get(call.identity.username)

    def after(self, call: KubernetesCall, status: int) -> Response | None:
        self.calls.append((call, status))
        return self.afterwards.get(call.identity.username)


@dataclass
class Cluster:
    """The server under test, and who may call it."""

    api: KubernetesApi
    tokens: dict[str, Identity]
    recorder: Recorder
    certificate_authority: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def unique(self, prefix: str) -> str:
        """A name that no other test has."""
        return f"{prefix}-{next(self._numbers)}"

    def client(self, token: str) -> kubernetes.client.ApiClient:
        """A client with a bearer token."""
        configuration = kubernetes.client.Configuration(host=self.api.endpoint)
        configuration.ssl_ca_cert = str(self.certificate_authority)
        configuration.api_key = {"authorization": f"Bearer {token}"}
        return kubernetes.client.ApiClient(configuration)

    def user(
        self, *groups: str, policies: tuple[tuple[str, tuple[str, ...] | None], ...] = ()
    ) -> tuple[str, kubernetes.client.ApiClient]:
        """A new user's name and client."""
        name = self.unique("user")
        self.tokens[f"token-of-{name}"] = Identity(name, groups, policies)
        return name, self.client(f"token-of-{name}")

    def namespace(self) -> str:
        """A new namespace."""
        name = self.unique("space")
        metadata = kubernetes.client.V1ObjectMeta(name=name)
        kubernetes.client.CoreV1Api(self.api.admin()).create_namespace(kubernetes.client.V1Namespace(metadata=metadata))
        return name
