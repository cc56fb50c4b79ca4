"""The API server of our own: the kinds used here, in one process and a second less."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import kubernetes

from sandbox.cluster.api.api import KubernetesApi, Node
from sandbox.cluster.api.calls import Observe
from sandbox.cluster.api.errors import bad_request, method_not_allowed, no_such_resource, unsupported_media_type
from sandbox.cluster.api.front import Front
from sandbox.cluster.api.identity import Authenticate, Identity
from sandbox.cluster.api.kinds import (
    KINDS,
    NAMESPACE,
    POD,
    REVIEWS,
    SYSTEM_NAMESPACES,
    Kind,
    KubernetesObject,
    find_kind,
)
from sandbox.cluster.api.requests import Answer, Request, ResourcePath
from sandbox.cluster.api.snapshot import comparable
from sandbox.cluster.authorization.builtin_roles import initial_objects
from sandbox.cluster.authorization.rbac import Authorizer, denied
from sandbox.cluster.authorization.reviews import answer_review
from sandbox.cluster.authorization.rules import Attributes
from sandbox.cluster.builtin.discovery import describe
from sandbox.cluster.builtin.resources import Resources
from sandbox.cluster.builtin.selectors import Selector
from sandbox.cluster.builtin.storage import Event, Store
from sandbox.cluster.builtin.validation import read_object, set_defaults
from sandbox.runtime.clock import Clock

_MERGE_PATCH = "application/merge-patch+json"
_STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
_WATCH_SECONDS = 300.0


class BuiltinApi(KubernetesApi):
    """Objects in memory. A deleted namespace goes `namespace_termination` sandbox seconds later."""

    def __init__(
        self,
        authenticate: Authenticate,
        observe: Observe | None,
        clock: Clock,
        namespace_termination: float,
        address: str,
    ) -> None:
        self._store = Store()
        self._authorizer = Authorizer(self._store)
        self._resources = Resources(self._store, self._authorizer)
        self._clock = clock
        self._namespace_termination = namespace_termination
        self._stopped = threading.Event()
        for name in SYSTEM_NAMESPACES:
            namespace = read_object(NAMESPACE, None, {"metadata": {"name": name}})
            set_defaults(NAMESPACE, namespace)
            self._store.create(NAMESPACE, namespace)
        for kind, item in initial_objects():
            self._store.create(kind, item)
        self._front = Front(authenticate, observe, self._respond, address)
        self.endpoint = self._front.endpoint
        self.certificate_authority = self._front.certificate_authority

    def admin(self) -> kubernetes.client.ApiClient:
        return self._front.admin()

    def snapshot(self) -> dict[str, Any]:
        with self._store.lock:
            return comparable((kind, self._store.list(kind)[0]) for kind in KINDS)

    def attach(self, node: Node) -> None:
        self._front.node = node

    def report(self, pod: KubernetesObject, status: dict[str, Any]) -> None:
        metadata = pod["metadata"]
        with self._store.lock:
            found = self._store.find(POD, metadata["namespace"], metadata["name"])
            if found and found["metadata"]["uid"] == metadata["uid"]:
                self._store.update(POD, {**found, "status": status})

    def found(self, kind: Kind) -> list[KubernetesObject]:
        with self._store.lock:
            return self._store.list(kind)[0]

    def note(self, kind: Kind, item: KubernetesObject, status: dict[str, Any]) -> None:
        metadata = item["metadata"]
        with self._store.lock:
            found = self._store.find(kind, None, metadata["name"])
            if found and found["metadata"]["uid"] == metadata["uid"]:
                self._store.update(kind, {**found, "status": status})

    def stop(self) -> None:
        self._stopped.set()
        self._store.close()
        self._front.stop()

    def _respond(self, request: Request, identity: Identity) -> Answer:
        path = request.resource
        if path is None:
            document = describe(request.path)
            if document is None:
                raise no_such_resource()
            return Answer.of(200, document)
        wanted = Attributes(request.verb, path.group, path.resource, path.namespace, path.name)
        kind = find_kind(path.group, path.version, path.plural)
        if not self._authorizer.allows(identity, wanted):
            named = kind or Kind(path.group, path.version, "", path.plural, False, None)
            raise denied(named, identity, wanted)
        if kind is None or path.subresource is not None:
            raise no_such_resource()
        if request.verb not in kind.verbs:
            raise method_not_allowed()
        if request.query.get("dryRun"):
            raise bad_request("this server cannot try a change without making it (dryRun)")
        if kind in REVIEWS:
            return Answer.of(201, answer_review(self._authorizer, identity, kind, request.document()))
        return self._do(request, identity, kind, path)

    def _do(self, request: Request, identity: Identity, kind: Kind, path: ResourcePath) -> Answer:
        namespace = path.namespace if kind.namespaced else None
        name = path.name or ""
        match request.verb:
            case "get":
                return Answer.of(200, self._store.get(kind, namespace, name))
            case "list":
                return self._list(kind, namespace, Selector(request.query))
            case "watch":
                return self._watch(kind, namespace, request.query)
            case "create":
                if kind.namespaced and namespace is None:
                    raise method_not_allowed()
                return Answer.of(201, self._resources.create(identity, kind, namespace, request.document()))
            case "update":
                return Answer.of(200, self._resources.update(identity, kind, namespace, name, request.document()))
            case "patch":
                _check_patch_type(kind, request.content_type)
                return Answer.of(200, self._resources.patch(identity, kind, namespace, name, request.document()))
            case _:
                options = request.document() if request.body else {}
                return self._delete(identity, kind, namespace, name, options)

    def _list(self, kind: Kind, namespace: str | None, selector: Selector) -> Answer:
        items, version = self._store.list(kind, namespace)
        chosen = [item for item in items if selector.matches(item)]
        if not kind.custom:
            # The items of a typed list do not repeat its kind.
            chosen = [{f: v for f, v in item.items() if f not in ("apiVersion", "kind")} for item in chosen]
        metadata = {"resourceVersion": version}
        head = {"kind": f"{kind.name}List", "apiVersion": kind.api_version, "metadata": metadata}
        return Answer.of(200, {**head, "items": chosen})

    def _watch(self, kind: Kind, namespace: str | None, query: dict[str, str]) -> Answer:
        selector = Selector(query)
        since = query.get("resourceVersion", "")
        if since and not since.isdigit():
            raise bad_request(f"resourceVersion: Invalid value: {since}")
        seconds = float(query.get("timeoutSeconds") or _WATCH_SECONDS)

        def matches(event: Event) -> bool:
            return selector.matches(event.object)

        events = self._store.watch(kind, namespace, int(since) if int(since or 0) else None, seconds, matches)
        return Answer(200, _lines(events))

    def _delete(
        self, identity: Identity, kind: Kind, namespace: str | None, name: str, options: KubernetesObject
    ) -> Answer:
        answer = self._resources.delete(identity, kind, namespace, name, options)
        if kind is NAMESPACE:
            self._clock.spawn(self._terminate, name, answer["metadata"]["uid"])
        return Answer.of(200, answer)

    def _terminate(self, namespace: str, uid: str) -> None:
        """Waits until nothing in the namespace is held by a finalizer."""
        self._clock.sleep(self._namespace_termination)
        while not self._stopped.is_set():
            with self._store.lock:
                found = self._store.find(NAMESPACE, None, namespace)
                # It may be gone already, by an earlier delete, and even be made anew.
                if found is None or found["metadata"]["uid"] != uid or self._resources.empty_namespace(namespace):
                    return
            self._clock.sleep(1.0)


def _check_patch_type(kind: Kind, content_type: str) -> None:
    accepted = [_MERGE_PATCH] if kind.custom else [_MERGE_PATCH, _STRATEGIC_MERGE_PATCH]
    if content_type not in accepted:
        raise unsupported_media_type(accepted)


def _lines(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        yield json.dumps({"type": event.type, "object": event.object}, separators=(",", ":")).encode() + b"\n"
