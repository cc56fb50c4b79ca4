"""The verbs that write, on the built-in server: validation, admission and escalation checks around the store."""

from typing import Any

from sandbox.cluster.api.errors import (
    already_exists,
    bad_request,
    deletion_conflict,
    denied,
    invalid,
    namespace_protected,
    namespace_terminating,
)
from sandbox.cluster.api.identity import AUTHENTICATED, Identity
from sandbox.cluster.api.kinds import (
    ADMISSION,
    BINDINGS,
    CSI_DRIVER,
    KINDS,
    NAMESPACE,
    POD,
    ROLES,
    SERVICE_ACCOUNT,
    VOLUMES,
    Kind,
    KubernetesObject,
)
from sandbox.cluster.authorization.rbac import Authorizer
from sandbox.cluster.builtin.admission import admit
from sandbox.cluster.builtin.admission_policies import Write, denials
from sandbox.cluster.builtin.storage import Store, check_preconditions
from sandbox.cluster.builtin.validation import check_object, read_object, set_defaults
from sandbox.cluster.builtin.volumes import Change, bound, parted

_NAMESPACE_CONTROLLER = Identity(
    "system:serviceaccount:kube-system:namespace-controller", ("system:serviceaccounts", AUTHENTICATED)
)
_UNDELETABLE = ("default", "kube-public", "kube-system")


class Resources:
    """What each verb that writes does, once the caller is authorized for the verb."""

    def __init__(self, store: Store, authorizer: Authorizer) -> None:
        self._store = store
        self._authorizer = authorizer

    def create(
        self,
        identity: Identity,
        kind: Kind,
        namespace: str | None,
        document: dict[str, Any],
        *,
        dry_run: bool = False,
    ) -> KubernetesObject:
        """Raises ApiError, as every verb does. A dry run goes all the way to the store, and leaves nothing there."""
        new = read_object(kind, namespace, document)
        with self._store.lock:
            if namespace is not None:
                self._check_namespace(kind, new["metadata"].get("name", ""), namespace)
            set_defaults(kind, new)
            if kind is NAMESPACE:
                new["status"] = {"phase": "Active"}
            self._check_grant(identity, kind, namespace, None, new)
            admit(self._store, kind, namespace, new)
            self._ask_policies(identity, "CREATE", kind, namespace, new["metadata"]["name"], new=new, dry_run=dry_run)
            if dry_run:
                # Refused for its name last, as in Kubernetes (apiserver, DryRunnableStorage).
                if self._store.find(kind, namespace, new["metadata"]["name"]) is not None:
                    raise already_exists(kind, new["metadata"]["name"])
                return new
            made = self._store.create(kind, new)
            if kind in VOLUMES:
                self._change(bound(kind, made, self._store.find))
            return made

    def update(
        self, identity: Identity, kind: Kind, namespace: str | None, name: str, document: dict[str, Any]
    ) -> KubernetesObject:
        """Replaces an object."""
        new = read_object(kind, namespace, document)
        given = new["metadata"].setdefault("name", name)
        if given != name:
            raise bad_request(f"the name of the object ({given}) does not match the name on the URL ({name})")
        with self._store.lock:
            current = self._store.get(kind, namespace, name)
            if kind is NAMESPACE:
                new["status"] = current["status"]
            if kind in VOLUMES and new.get("spec") != current["spec"]:
                # All but sizes is immutable, and nobody here resizes.
                raise invalid(kind, name, [("spec", "Forbidden: spec is immutable after creation")])
            set_defaults(kind, new)
            if kind in VOLUMES:
                new["status"] = current["status"]
            if kind.custom and "resourceVersion" not in new["metadata"]:
                what = "Invalid value: 0x0: must be specified for an update"
                raise invalid(kind, name, [("metadata.resourceVersion", what)])
            check_preconditions(kind, current, new["metadata"])
            self._check_grant(identity, kind, namespace, name, new)
            if kind in BINDINGS and new["roleRef"] != current["roleRef"]:
                what = f"Invalid value: {new['roleRef']}: cannot change roleRef"
                raise invalid(kind, name, [("roleRef", what)])
            self._ask_policies(identity, "UPDATE", kind, namespace, name, new=new, old=current)
            return self._store.update(kind, new)

    def patch(
        self, identity: Identity, kind: Kind, namespace: str | None, name: str, patch: dict[str, Any]
    ) -> KubernetesObject:
        """Applies a merge patch."""
        with self._store.lock:
            patched = _merge(self._store.get(kind, namespace, name), patch)
            return self.update(identity, kind, namespace, name, patched)

    def delete(
        self, identity: Identity, kind: Kind, namespace: str | None, name: str, options: dict[str, Any]
    ) -> KubernetesObject:
        """Deletes, or marks what has finalizers; `options` are DeleteOptions. Returns what the API answers."""
        with self._store.lock:
            current = self._store.get(kind, namespace, name)
            _check_delete(kind, current, options.get("preconditions") or {})
            self._ask_policies(identity, "DELETE", kind, namespace, name, old=current)
            if kind is NAMESPACE:
                if name in _UNDELETABLE:
                    raise namespace_protected(name)
                return self._store.mark_deleted(kind, namespace, name)
            if current["metadata"].get("finalizers"):
                return self._store.mark_deleted(kind, namespace, name)
            self._store.remove(kind, namespace, name)
            if kind in VOLUMES:
                self._change(parted(kind, current, self._store.find))
            if kind in (CSI_DRIVER, POD, SERVICE_ACCOUNT, *VOLUMES):
                return current
            details = {"name": name, "group": kind.group, "kind": kind.plural, "uid": current["metadata"]["uid"]}
            details = {field: value for field, value in details.items() if value}
            return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}

    def empty_namespace(self, namespace: str) -> bool:
        """Deletes a terminating namespace's content; when nothing with finalizers is left, the namespace too."""
        with self._store.lock:
            left = False
            for kind in (kind for kind in KINDS if kind.namespaced):
                for item in self._store.list(kind, namespace)[0]:
                    self.delete(_NAMESPACE_CONTROLLER, kind, namespace, item["metadata"]["name"], {})
                left = left or bool(self._store.list(kind, namespace)[0])
            if not left:
                self._store.remove(NAMESPACE, None, namespace)
            return not left

    def _change(self, changes: list[Change]) -> None:
        for kind, item in changes:
            self._store.update(kind, item)

    def _ask_policies(
        self,
        identity: Identity,
        operation: str,
        kind: Kind,
        namespace: str | None,
        name: str,
        new: KubernetesObject | None = None,
        old: KubernetesObject | None = None,
        *,
        dry_run: bool = False,
    ) -> None:
        """Policies themselves are not asked about (Kubernetes, "Validating Admission Policy")."""
        if kind in ADMISSION:
            return
        write = Write(operation, kind.group, kind.plural, namespace or "", name, new, old, dry_run)
        policies = [each for policy in ADMISSION for each in self._store.list(policy)[0]]
        for denial in denials(policies, write, write.request(identity.username, identity.groups)):
            raise denied(kind, name, denial.policy, denial.binding, denial.why)

    def _check_namespace(self, kind: Kind, name: str, namespace: str) -> None:
        if self._store.get(NAMESPACE, None, namespace)["status"]["phase"] != "Active":
            if self._store.find(kind, namespace, name) is not None:
                raise already_exists(kind, name)
            raise namespace_terminating(kind, name, namespace)

    def _check_grant(
        self, identity: Identity, kind: Kind, namespace: str | None, url_name: str | None, new: KubernetesObject
    ) -> None:
        # A binding without a readable role cannot be judged: what is invalid is said first.
        check_object(kind, new)
        if kind in ROLES:
            self._authorizer.check_role(identity, kind, namespace, url_name, new)
        elif kind in BINDINGS:
            self._authorizer.check_binding(identity, kind, namespace, new)


def _check_delete(kind: Kind, current: KubernetesObject, wanted: dict[str, Any]) -> None:
    metadata = current["metadata"]
    again = {"uid": "deleted and then recreated", "resourceVersion": "modified"}
    for field, name in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        if wanted.get(field) and wanted[field] != metadata[field]:
            raise deletion_conflict(kind, metadata["name"], name, wanted[field], metadata[field], again[field])


def _merge(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for field, value in patch.items():
        if value is None:
            merged.pop(field, None)
        else:
            merged[field] = _merge(merged.get(field), value)
    return merged
