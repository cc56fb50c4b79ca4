"""Pods that no team may make: the API server is asked for them, as dry runs, in the team's own namespace.

The policy for teams' pods asks nobody who he is (accounts/cluster-pods.yaml). So what it says to this function it says
to the team's scientists and to whatever makes pods for them.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from onboarding import names
from onboarding.cluster import Cluster, Object
from onboarding.errors import AccessDenied, Busy, ServiceRefused
from probe.fence import Part

_MEND: Final = "kubectl apply -f accounts/cluster-pods.yaml"
_OWN_MEND: Final = "kubectl apply -f accounts/cluster-probe.yaml"

FORBIDDEN_PODS: Final[dict[str, tuple[Object, Object]]] = {
    "a privileged container": ({}, {"securityContext": {"privileged": True}}),
    "its node's disk (hostPath /)": (
        {"volumes": [{"name": "disk", "hostPath": {"path": "/"}}]},
        {"volumeMounts": [{"name": "disk", "mountPath": "/disk", "readOnly": True}]},
    ),
    "its node's processes (hostPID)": ({"hostPID": True}, {}),
}
"""Each as fields of the pod and of its container. No parameter of the policy lets one of them in."""

_REFUSED: Final = (f"ValidatingAdmissionPolicy '{names.POD_POLICY}'", "violates PodSecurity")
"""How a refusal begins that is about what the pod is (apiserver, validating admission policies; Pod Security)."""


def forbidden_parts(cluster: Cluster, collection: str, pod: Object) -> Iterator[Part]:
    """What becomes of each; `pod` is one that may be made, of a name that the function may make pods of.

    Raises Throttled, ServiceUnavailable, NotYetVisible or Busy where the API server gives no answer.
    """
    for what, (fields, container) in FORBIDDEN_PODS.items():
        yield _part(what, _refusal(cluster, collection, _changed(pod, fields, container)))


def _part(what: str, refusal: str | None) -> Part:
    if refusal is None:
        return Part("open", f"the API server lets in a pod with {what}: {_MEND}")
    if any(words in refusal for words in _REFUSED):
        return Part("holds", f"the API server refuses a pod with {what}")
    # The function's own policy, of a file that knew nothing of dry runs.
    mend = f": {_OWN_MEND}" if f"'{names.PROBE}'" in refusal else ""
    return Part("unproven", f"the API server refuses a pod with {what} for another reason: {refusal}{mend}")


def _refusal(cluster: Cluster, collection: str, pod: Object) -> str | None:
    try:
        cluster.create(f"{collection}?dryRun=All", pod)
    except Busy as error:
        # The probe's own pod is still there: what comes last, after all that could refuse.
        if "already exists" in error.reason:
            return None
        raise
    except (AccessDenied, ServiceRefused) as error:
        return error.reason
    return None


def _changed(pod: Object, fields: Object, container: Object) -> Object:
    changed: dict[str, Any] = deepcopy(pod)
    (only,) = changed["spec"]["containers"]
    changed["spec"] = {**changed["spec"], **fields, "containers": [{**only, **container}]}
    return changed
