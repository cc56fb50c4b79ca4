"""A request to the API server, and the answer to one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.cluster.api.calls import KubernetesCall
from sandbox.cluster.api.errors import ApiError, bad_request
from sandbox.cluster.api.identity import Identity
from sandbox.cluster.api.protobuf import CONTENT_TYPE as PROTOBUF
from sandbox.cluster.api.protobuf import read_protobuf

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}


@dataclass(frozen=True)
class Answer:
    """HTTP status and body; a body that is an iterator is streamed, one chunk an item."""

    status: int
    body: bytes | Iterator[bytes]
    content_type: str = "application/json"

    @classmethod
    def of(cls, status: int, document: Mapping[str, Any]) -> "Answer":
        """A JSON document."""
        return cls(status, json.dumps(document, separators=(",", ":")).encode() + b"\n")

    @classmethod
    def failure(cls, error: ApiError) -> "Answer":
        """A failure, as a `Status`."""
        return cls.of(error.code, error.status())


@dataclass(frozen=True)
class ResourcePath:
    """What a URL asks for, without the verb."""

    group: str
    version: str
    plural: str
    namespace: str | None = None
    name: str | None = None
    subresource: str | None = None

    @property
    def resource(self) -> str:
        """The plural with its subresource, as RBAC rules name it."""
        return f"{self.plural}/{self.subresource}" if self.subresource else self.plural


@dataclass(frozen=True)
class Request:
    """An HTTP request. `target` is the raw path with its query; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of one given twice, the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip()

    @property
    def token(self) -> str | None:
        """The bearer token."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    @property
    def resource(self) -> ResourcePath | None:
        """What is asked for, or None when it is no resource (discovery, version)."""
        return parse_resource(self.path)

    @property
    def verb(self) -> str:
        """The Kubernetes verb of a request for a resource."""
        resource = self.resource
        named = resource is not None and resource.name is not None
        if self.method == "DELETE":
            return "delete" if named else "deletecollection"
        if self.method in _VERBS:
            return _VERBS[self.method]
        if self.query.get("watch") in ("1", "true"):
            return "watch"
        return "get" if named else "list"

    def call(self, identity: Identity) -> KubernetesCall | None:
        """The request as hooks see it, or None when it is for no resource."""
        path = self.resource
        if path is None:
            return None
        agent = self.headers.get("user-agent", "")
        return KubernetesCall(self.verb, path.group, path.resource, path.namespace, path.name, identity, agent)

    def document(self) -> dict[str, Any]:
        """The body as a JSON object; raises ApiError (400, 415) when it cannot be read as one."""
        if self.content_type == PROTOBUF:
            return read_protobuf(self.body)
        try:
            document = json.loads(self.body)
        except ValueError as error:
            raise bad_request(f"the object provided is unrecognized: {error}") from None
        if not isinstance(document, dict):
            raise bad_request("the object provided is unrecognized: it must be a JSON object")
        return document


def parse_resource(path: str) -> ResourcePath | None:
    """Reads the path of a URL as the API server does."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = None
    if rest[0] == "namespaces" and len(rest) > 1:
        # A namespace is its own scope, so that a Role in it can allow to read it.
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in ("status", "finalize"):
            rest = rest[2:]
    name = rest[1] if len(rest) > 1 else None
    subresource = rest[2] if len(rest) > 2 else None
    return ResourcePath(group, version, rest[0], namespace, name, subresource)
