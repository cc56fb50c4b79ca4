"""The content of a cluster in a form in which two moments, or two servers, can be compared."""

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.cluster.api.kinds import (
    BOOTSTRAP_LABEL,
    CLUSTER_QUEUE,
    NAMESPACE,
    NAMESPACE_NAME_LABEL,
    POD,
    SECRET,
    SERVICE_ACCOUNT,
    SYSTEM_NAMESPACES,
    VOLUME,
    VOLUME_CLAIM,
    Kind,
    KubernetesObject,
)

_VOLATILE = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink")
_POD_FIELDS = ("serviceAccountName", "nodeName")
_CONTAINER_FIELDS = ("name", "image", "command", "args", "env")
_TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 # a type, no secret


def comparable(objects: Iterable[tuple[Kind, Sequence[KubernetesObject]]]) -> dict[str, Any]:
    """The objects that people made, keyed `Kind/namespace/name` or `Kind/name`, without what the server adds.

    Of a pod, whose defaults are many, its metadata, service account and containers are kept.
    """
    kept = {}
    for kind, items in objects:
        for item in items:
            if not _made_by_kubernetes(kind, item):
                metadata = item["metadata"]
                key = "/".join(part for part in (kind.name, metadata.get("namespace"), metadata["name"]) if part)
                kept[key] = _stripped(kind, item)
    return dict(sorted(kept.items()))


def _made_by_kubernetes(kind: Kind, item: KubernetesObject) -> bool:
    metadata = item["metadata"]
    name = metadata["name"]
    if BOOTSTRAP_LABEL in metadata.get("labels", {}) or name.startswith("system:"):
        return True
    if kind is NAMESPACE:
        return name in SYSTEM_NAMESPACES
    if kind is SERVICE_ACCOUNT and name == "default":
        return True
    if kind is SECRET and item.get("type") == _TOKEN_SECRET:
        return True
    return str(metadata.get("namespace", "")).startswith("kube-")


def _stripped(kind: Kind, item: KubernetesObject) -> KubernetesObject:
    metadata = {field: value for field, value in item["metadata"].items() if field not in _VOLATILE}
    content = {f: v for f, v in item.items() if f not in ("apiVersion", "kind", "metadata", "status")}
    if kind is NAMESPACE:
        metadata["labels"] = {k: v for k, v in metadata.get("labels", {}).items() if k != NAMESPACE_NAME_LABEL}
        content = {}
    elif kind is SECRET and content.get("type") == "Opaque":
        del content["type"]
    elif kind is CLUSTER_QUEUE and "resourceGroups" in content.get("spec", {}):
        # Task governance brings them to the quota, seconds after: the quota itself is what is compared.
        content["spec"] = {field: value for field, value in content["spec"].items() if field != "resourceGroups"}
    elif kind is VOLUME:
        reference = {f: v for f, v in content["spec"].get("claimRef", {}).items() if f in ("namespace", "name")}
        content = {"spec": {**content["spec"], "claimRef": reference}, "phase": item["status"]["phase"]}
    elif kind is VOLUME_CLAIM:
        content["phase"] = item["status"]["phase"]
    elif kind is POD:
        spec = content["spec"]
        chosen = {field: spec[field] for field in _POD_FIELDS if field in spec}
        containers = [{f: c[f] for f in _CONTAINER_FIELDS if f in c} for c in spec["containers"]]
        content = {"spec": chosen | {"containers": containers}}
    metadata = {field: value for field, value in metadata.items() if value not in (None, {}, [])}
    content = {field: value for field, value in content.items() if value not in (None, {}, [])}
    return {"metadata": metadata, **content}
