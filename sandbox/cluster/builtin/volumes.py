"""What Kubernetes' volume controller does: it binds a claim and the volume that name each other, and parts them again.

Only volumes made by hand are modelled: claims without a class that name their volume, volumes that name their claim.
"""

from collections.abc import Callable
from typing import Any

from sandbox.cluster.api.kinds import VOLUME, VOLUME_CLAIM, Kind, KubernetesObject

Find = Callable[[Kind, str | None, str], KubernetesObject | None]
"""An object by kind, namespace and name, or None."""

Change = tuple[Kind, KubernetesObject]


def bound(kind: Kind, item: KubernetesObject, find: Find) -> list[Change]:
    """The volume and the claim as they are once this one of them is there; none where the other is missing or apart."""
    volume, claim = _pair(kind, item, find)
    if volume is None or claim is None or _phases(volume, claim) != ("Available", "Pending"):
        return []
    metadata, spec = claim["metadata"], volume["spec"]
    reference = spec.get("claimRef", {})
    fits = (
        (reference.get("namespace"), reference.get("name")) == (metadata.get("namespace"), metadata["name"])
        and reference.get("uid", metadata["uid"]) == metadata["uid"]
        and claim["spec"].get("storageClassName", "") == spec.get("storageClassName", "")
        and set(claim["spec"]["accessModes"]) <= set(spec["accessModes"])
    )
    if not fits:
        return []
    whole = {"kind": VOLUME_CLAIM.name, "apiVersion": VOLUME_CLAIM.api_version, "uid": metadata["uid"]}
    status = {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": spec["capacity"]}
    return [
        (VOLUME, {**volume, "spec": {**spec, "claimRef": {**reference, **whole}}, "status": {"phase": "Bound"}}),
        (VOLUME_CLAIM, {**claim, "status": status}),
    ]


def parted(kind: Kind, item: KubernetesObject, find: Find) -> list[Change]:
    """What is left of a pair once this one of them is gone: a released volume, or a lost claim."""
    volume, claim = _pair(kind, item, find)
    other, phase = (volume, "Released") if kind is VOLUME_CLAIM else (claim, "Lost")
    if other is None or other["status"]["phase"] != "Bound":
        return []
    return [
        (VOLUME if kind is VOLUME_CLAIM else VOLUME_CLAIM, {**other, "status": {**other["status"], "phase": phase}})
    ]


def _pair(kind: Kind, item: KubernetesObject, find: Find) -> tuple[KubernetesObject | None, KubernetesObject | None]:
    if kind is VOLUME:
        reference: dict[str, Any] = item["spec"].get("claimRef") or {}
        claim = find(VOLUME_CLAIM, reference.get("namespace"), str(reference.get("name")))
        return item, claim if claim and claim["spec"].get("volumeName") == item["metadata"]["name"] else None
    return find(VOLUME, None, str(item["spec"].get("volumeName"))), item


def _phases(volume: KubernetesObject, claim: KubernetesObject) -> tuple[str, str]:
    return volume["status"]["phase"], claim["status"]["phase"]
