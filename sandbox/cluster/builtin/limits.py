"""What LimitRanges fill in and ResourceQuotas count, of the kinds that are served here.

Kubernetes documentation, "Limit Ranges" and "Resource Quotas". Counted are objects, not what pods ask for; pods that
have ended count no more.
"""

from typing import Final

from sandbox.cluster.api.errors import forbidden
from sandbox.cluster.api.kinds import LIMIT_RANGE, POD, RESOURCE_QUOTA, VOLUME_CLAIM, Kind, KubernetesObject
from sandbox.cluster.builtin.quantities import value
from sandbox.cluster.builtin.storage import Store

_COUNTED: Final = {POD: "pods", VOLUME_CLAIM: "persistentvolumeclaims"}
_ENDED: Final = ("Failed", "Succeeded")


def default_requests(store: Store, namespace: str, pod: KubernetesObject) -> None:
    """Each container asks for what the namespace's LimitRanges say, where it says nothing itself, nor has a limit."""
    limits = [limit for each in store.list(LIMIT_RANGE, namespace)[0] for limit in each["spec"]["limits"]]
    if not limits:
        return
    for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
        for limit in (limit for limit in limits if limit["type"] == "Container"):
            limited = container.get("resources", {}).get("limits", {})
            for resource, amount in limit.get("defaultRequest", {}).items():
                asked = container.setdefault("resources", {}).setdefault("requests", {})
                asked.setdefault(resource, limited.get(resource, amount))


def check_quotas(store: Store, kind: Kind, namespace: str, new: KubernetesObject) -> None:
    """Raises ApiError (403) where one more would be more than a ResourceQuota of the namespace allows."""
    counted = _COUNTED.get(kind)
    if counted is None:
        return
    for quota in store.list(RESOURCE_QUOTA, namespace)[0]:
        hard = quota["spec"].get("hard", {}).get(counted)
        if hard is None:
            continue
        there = [each for each in store.list(kind, namespace)[0] if each.get("status", {}).get("phase") not in _ENDED]
        if len(there) + 1 > value(hard):
            why = (
                f"exceeded quota: {quota['metadata']['name']}, requested: {counted}=1, used: {counted}={len(there)}, "
                f"limited: {counted}={hard}"
            )
            raise forbidden(kind, new["metadata"]["name"], why)
