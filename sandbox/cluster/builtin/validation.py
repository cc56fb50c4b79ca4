"""Which objects the built-in server takes, and the defaults it fills in."""

import base64
import re
from collections.abc import Callable
from typing import Any

from sandbox.cluster.api.errors import bad_request, invalid
from sandbox.cluster.api.kinds import (
    ADMISSION_POLICY,
    ADMISSION_POLICY_BINDING,
    BINDINGS,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    LIMIT_RANGE,
    NAMESPACE,
    NAMESPACE_NAME_LABEL,
    NETWORK_POLICY,
    POD,
    RBAC_GROUP,
    RESOURCE_QUOTA,
    ROLE,
    ROLES,
    SECRET,
    VOLUME,
    VOLUME_CLAIM,
    Kind,
    KubernetesObject,
)
from sandbox.cluster.builtin.admission_policies import check_binding, compiled
from sandbox.cluster.builtin.network_policies import block_mistakes
from sandbox.cluster.builtin.quantities import canonical

Mistakes = list[tuple[str, str]]

_REQUIRED = {
    POD: ("containers",),
    VOLUME: ("accessModes", "capacity"),
    VOLUME_CLAIM: ("accessModes", "resources"),
    LIMIT_RANGE: ("limits",),
}
"""Fields of `spec` without which Kubernetes takes no such object."""

_METADATA = {
    "name",
    "namespace",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
}
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)


def read_object(kind: Kind, namespace: str | None, document: dict[str, Any]) -> KubernetesObject:
    """An object of a kind from a request's body, without fields that the kind has not; raises ApiError (400)."""
    if (document.get("apiVersion", kind.api_version), document.get("kind", kind.name)) != (kind.api_version, kind.name):
        given = f"{document.get('apiVersion')}, Kind={document.get('kind')}"
        raise bad_request(
            f"the API version in the data ({given}) does not match the expected API version ({kind.api_version}, "
            f"Kind={kind.name})"
        )
    metadata = document.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise bad_request("metadata must be an object")
    if kind.namespaced and metadata.get("namespace", namespace) != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    for field in ("labels", "annotations"):
        values = metadata.get(field) or {}
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise bad_request(f"metadata.{field} must be a map of strings")
    kept = {field: value for field, value in metadata.items() if field in _METADATA and value not in (None, {}, [])}
    if kind.namespaced:
        kept["namespace"] = namespace
    else:
        kept.pop("namespace", None)
    fields = set(document) - {"apiVersion", "kind", "metadata"} if kind.fields is None else kind.fields
    if kind is CLUSTER_ROLE and document.get("aggregationRule"):
        raise bad_request("this server does not aggregate cluster roles")
    content = {field: document[field] for field in sorted(fields) if document.get(field) is not None}
    if kind is SECRET and document.get("stringData"):
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in document["stringData"].items()}
        content["data"] = content.get("data", {}) | encoded
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": kept} | content


def set_defaults(kind: Kind, item: KubernetesObject) -> None:
    """Fills in what the API server fills in."""
    if kind is NAMESPACE:
        item["metadata"].setdefault("labels", {})[NAMESPACE_NAME_LABEL] = item["metadata"].get("name", "")
        item["spec"] = {"finalizers": ["kubernetes"]}
        item.setdefault("status", {"phase": "Active"})
    elif kind is POD:
        item["status"] = {"phase": "Pending"}
    elif kind is VOLUME:
        item["status"] = {"phase": "Available"}
        item["spec"] = {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem", **item.get("spec", {})}
    elif kind is VOLUME_CLAIM:
        item["status"] = {"phase": "Pending"}
        item["spec"] = {"volumeMode": "Filesystem", **item.get("spec", {})}
    elif kind is SECRET:
        item.setdefault("type", "Opaque")
    elif kind in (LIMIT_RANGE, RESOURCE_QUOTA):
        item["spec"] = canonical(item.get("spec", {}))
    elif kind in BINDINGS:
        item.get("roleRef", {}).setdefault("apiGroup", RBAC_GROUP)
        for subject in item.get("subjects", ()):
            if subject.get("kind") in ("User", "Group"):
                subject.setdefault("apiGroup", RBAC_GROUP)


def check_object(kind: Kind, item: KubernetesObject) -> None:
    """Raises ApiError (422) that names every mistake."""
    name = item["metadata"].get("name") or ""
    mistakes = _name_mistakes(kind, name)
    if kind in ROLES:
        for index, rule in enumerate(item.get("rules", ())):
            mistakes += _rule_mistakes(f"rules[{index}]", rule, kind)
    elif kind in BINDINGS:
        mistakes += _role_ref_mistakes(item.get("roleRef", {}), kind)
        for index, subject in enumerate(item.get("subjects", ())):
            mistakes += _subject_mistakes(f"subjects[{index}]", subject, kind)
    elif kind is ADMISSION_POLICY:
        mistakes += _policy_mistakes(lambda: compiled(name, item["spec"]))
    elif kind is ADMISSION_POLICY_BINDING:
        mistakes += _policy_mistakes(lambda: check_binding(item["spec"]))
    elif kind is NETWORK_POLICY:
        mistakes += block_mistakes(item.get("spec", {}))
    elif kind in _REQUIRED:
        mistakes += [(f"spec.{field}", "Required value") for field in _REQUIRED[kind] if not item["spec"].get(field)]
    if mistakes:
        raise invalid(kind, name, mistakes)


def _name_mistakes(kind: Kind, name: str) -> Mistakes:
    if not name:
        return [("metadata.name", "Required value: name or generateName is required")]
    if kind.group == RBAC_GROUP:
        found = next((part for part in ("/", "%") if part in name), None)
        return [("metadata.name", f"Invalid value: \"{name}\": may not contain '{found}'")] if found else []
    pattern, rule, longest = (_LABEL, _LABEL_RULE, 63) if kind is NAMESPACE else (_SUBDOMAIN, _SUBDOMAIN_RULE, 253)
    mistakes: Mistakes = []
    if len(name) > longest:
        mistakes.append(("metadata.name", f'Invalid value: "{name}": must be no more than {longest} characters'))
    if not re.fullmatch(pattern, name):
        mistakes.append(("metadata.name", f'Invalid value: "{name}": {rule}'))
    return mistakes


def _policy_mistakes(check: Callable[[], object]) -> Mistakes:
    try:
        check()
    except (KeyError, ValueError) as error:
        return [("spec", f"Invalid value: {error}")]
    return []


def _rule_mistakes(field: str, rule: KubernetesObject, kind: Kind) -> Mistakes:
    mistakes: Mistakes = []
    if not rule.get("verbs"):
        mistakes.append((f"{field}.verbs", "Required value: verbs must contain at least one value"))
    if rule.get("nonResourceURLs"):
        if kind is ROLE:
            what = "namespaced rules cannot apply to non-resource URLs"
            mistakes.append((f"{field}.nonResourceURLs", f"Invalid value: {rule['nonResourceURLs']}: {what}"))
        return mistakes
    if not rule.get("apiGroups"):
        mistakes.append((f"{field}.apiGroups", "Required value: resource rules must supply at least one api group"))
    if not rule.get("resources"):
        mistakes.append((f"{field}.resources", "Required value: resource rules must supply at least one resource"))
    return mistakes


def _role_ref_mistakes(reference: KubernetesObject, kind: Kind) -> Mistakes:
    mistakes: Mistakes = []
    supported = [CLUSTER_ROLE.name] if kind is CLUSTER_ROLE_BINDING else [ROLE.name, CLUSTER_ROLE.name]
    if reference.get("apiGroup") != RBAC_GROUP:
        mistakes.append(("roleRef.apiGroup", _unsupported(reference.get("apiGroup"), [RBAC_GROUP])))
    if reference.get("kind") not in supported:
        mistakes.append(("roleRef.kind", _unsupported(reference.get("kind"), supported)))
    if not reference.get("name"):
        mistakes.append(("roleRef.name", "Required value"))
    return mistakes


def _subject_mistakes(field: str, subject: KubernetesObject, kind: Kind) -> Mistakes:
    mistakes: Mistakes = []
    kinds = {"ServiceAccount": "", "User": RBAC_GROUP, "Group": RBAC_GROUP}
    if not subject.get("name"):
        mistakes.append((f"{field}.name", "Required value"))
    if subject.get("kind") not in kinds:
        mistakes.append((f"{field}.kind", _unsupported(subject.get("kind"), list(kinds))))
        return mistakes
    group = kinds[subject["kind"]]
    if subject.get("apiGroup", "") != group:
        mistakes.append((f"{field}.apiGroup", _unsupported(subject.get("apiGroup"), [group])))
    if subject["kind"] == "ServiceAccount" and kind is CLUSTER_ROLE_BINDING and not subject.get("namespace"):
        mistakes.append((f"{field}.namespace", "Required value"))
    return mistakes


def _unsupported(value: str | None, supported: list[str]) -> str:
    names = ", ".join(f'"{name}"' for name in supported)
    return f'Unsupported value: "{value or ""}": supported values: {names}'
