"""A real kube-apiserver behind the sandbox's front."""

import contextlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes
import urllib3

from sandbox.cluster.api.api import KubernetesApi, Node
from sandbox.cluster.api.calls import Observe
from sandbox.cluster.api.errors import service_unavailable
from sandbox.cluster.api.front import Front
from sandbox.cluster.api.identity import ADMINISTRATOR, Authenticate, Identity
from sandbox.cluster.api.kinds import CLUSTER_ROLE, KINDS, NAMESPACE, POD, Kind, KubernetesObject
from sandbox.cluster.api.requests import Answer, Request
from sandbox.cluster.api.snapshot import comparable
from sandbox.cluster.kube_apiserver.control_plane import ControlPlane
from sandbox.cluster.kube_apiserver.policy_webhook import PolicyWebhook
from sandbox.runtime.clock import Clock

_PASSED_ON = ("accept", "content-type", "user-agent")
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_ESTABLISH_SECONDS = 30.0


class KubeApiserver(KubernetesApi):
    """etcd and kube-apiserver from `assets`, without controllers: what those would do here is done by this class.

    A deleted namespace goes `namespace_termination` sandbox seconds later. Raises RuntimeError when it does not start.
    """

    def __init__(
        self,
        assets: Path,
        authenticate: Authenticate,
        observe: Observe | None,
        clock: Clock,
        namespace_termination: float,
        address: str,
    ) -> None:
        self._clock = clock
        self._namespace_termination = namespace_termination
        self._stopped = threading.Event()
        with contextlib.ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kube-apiserver-")))
            webhook = PolicyWebhook()
            stack.callback(webhook.stop)
            self._control_plane = ControlPlane(assets, directory, webhook)
            stack.callback(self._control_plane.stop)
            self._aggregate_roles()
            self._define_custom_resources()
            self._front = Front(authenticate, observe, self._respond, address)
            stack.callback(self._front.stop)
            stack.callback(self._stopped.set)
            self._resources = stack.pop_all()
        self.endpoint = self._front.endpoint
        self.certificate_authority = self._front.certificate_authority

    def admin(self) -> kubernetes.client.ApiClient:
        return self._front.admin()

    def snapshot(self) -> dict[str, Any]:
        # Straight to the server, so that it is not observed.
        return comparable((kind, self._list(kind)) for kind in KINDS)

    def attach(self, node: Node) -> None:
        self._front.node = node

    def report(self, pod: KubernetesObject, status: dict[str, Any]) -> None:
        metadata = pod["metadata"]
        path = POD.path(metadata["namespace"], metadata["name"]) + "/status"
        self._patch(path, {"metadata": {"uid": metadata["uid"]}, "status": status})

    def found(self, kind: Kind) -> list[KubernetesObject]:
        return self._list(kind)

    def note(self, kind: Kind, item: KubernetesObject, status: dict[str, Any]) -> None:
        metadata = item["metadata"]
        self._patch(kind.path(name=metadata["name"]), {"metadata": {"uid": metadata["uid"]}, "status": status})

    def stop(self) -> None:
        self._resources.close()

    def _respond(self, request: Request, identity: Identity) -> Answer:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        path = request.resource
        stream = path is not None and request.verb == "watch"
        try:
            response = self._control_plane.request(
                identity, request.method, request.target, headers=headers, body=request.body, stream=stream
            )
        except urllib3.exceptions.HTTPError as error:
            raise service_unavailable(f"kube-apiserver does not answer: {error}") from None
        content_type = response.headers.get("Content-Type", "application/json")
        if stream:
            return Answer(response.status, _chunks(response), content_type)
        deletes = path is not None and path.plural == NAMESPACE.plural and request.verb == "delete"
        if path is not None and deletes and response.status == 200:
            self._clock.spawn(self._terminate, path.name)
        return Answer(response.status, response.data, content_type)

    def _patch(self, path: str, patch: KubernetesObject) -> None:
        headers = {"content-type": "application/merge-patch+json"}
        # 404 and 409: gone, or another one by now.
        self._control_plane.request(ADMINISTRATOR, "PATCH", path, headers=headers, body=json.dumps(patch).encode())

    def _list(self, kind: Kind, namespace: str | None = None) -> list[KubernetesObject]:
        items: list[KubernetesObject] = self._get(kind.path(namespace))["items"]
        return items

    def _get(self, path: str) -> KubernetesObject:
        return self._control_plane.document(ADMINISTRATOR, "GET", path)

    def _terminate(self, namespace: str) -> None:
        """What the namespace controller does; waits until nothing in the namespace is held by a finalizer."""
        self._clock.sleep(self._namespace_termination)
        kinds = [kind for kind in KINDS if kind.namespaced]
        # The server may be stopped at any moment.
        with contextlib.suppress(RuntimeError, urllib3.exceptions.HTTPError):
            while not self._stopped.is_set():
                if self._get(NAMESPACE.path(name=namespace))["status"]["phase"] != "Terminating":
                    return
                for kind in kinds:
                    self._control_plane.document(ADMINISTRATOR, "DELETE", kind.path(namespace))
                if not any(self._list(kind, namespace) for kind in kinds):
                    found = self._get(NAMESPACE.path(name=namespace))
                    found["spec"]["finalizers"] = []
                    self._control_plane.document(
                        ADMINISTRATOR, "PUT", NAMESPACE.path(name=namespace) + "/finalize", found
                    )
                    return
                self._clock.sleep(1.0)

    def _aggregate_roles(self) -> None:
        """Fills view, edit and admin from the roles that they collect, as the aggregation controller does."""
        for name in ("view", "edit", "admin"):
            role = self._get(CLUSTER_ROLE.path(name=name))
            wanted = [selector["matchLabels"] for selector in role["aggregationRule"]["clusterRoleSelectors"]]
            rules: list[KubernetesObject] = []
            for other in self._list(CLUSTER_ROLE):
                labels = other["metadata"].get("labels", {})
                if other["metadata"]["name"] != name and any(match.items() <= labels.items() for match in wanted):
                    rules += [rule for rule in other["rules"] or () if rule not in rules]
            role["rules"] = rules
            self._control_plane.document(ADMINISTRATOR, "PUT", CLUSTER_ROLE.path(name=name), role)

    def _define_custom_resources(self) -> None:
        custom = [kind for kind in KINDS if kind.custom]
        for kind in custom:
            self._control_plane.document(ADMINISTRATOR, "POST", _DEFINITIONS, _definition(kind))
        end = time.monotonic() + _ESTABLISH_SECONDS
        for kind in custom:
            while True:
                with contextlib.suppress(RuntimeError):
                    self._list(kind)
                    break
                if time.monotonic() > end:
                    raise RuntimeError(f"{kind.qualified_plural} was not established")
                time.sleep(0.1)


def _chunks(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from response.stream()
    except urllib3.exceptions.HTTPError:
        # The server ended the watch, or was ended.
        return
    finally:
        response.close()


def _definition(kind: Kind) -> KubernetesObject:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    names = {
        "plural": kind.plural,
        "singular": kind.name.lower(),
        "kind": kind.name,
        "listKind": f"{kind.name}List",
        "shortNames": list(kind.short_names),
    }
    version = {"name": kind.version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": kind.qualified_plural,
            # The API server wants a reason for a name under k8s.io.
            "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/kueue"},
        },
        "spec": {
            "group": kind.group,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "names": names,
            "versions": [version],
        },
    }
