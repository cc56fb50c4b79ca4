"""The admission policy that task governance puts on a cluster: what a team runs goes through its queue.

In namespaces of its own it denies pods, Deployments and StatefulSets that name no queue (field reports of
`hyperpod-task-governance-admission-policy`). Pods are all of these that are served here.
"""

from typing import Final

from sandbox.cluster.api.errors import ApiError, denied
from sandbox.cluster.api.kinds import NAMESPACE, POD, Kind, KubernetesObject
from sandbox.cluster.builtin.limits import check_quotas, default_requests
from sandbox.cluster.builtin.storage import Store

GOVERNED: Final = {"activate-quota": "Enabled", "sagemaker-managed-queue": "true"}
"""Labels of a namespace in which the policy holds."""

QUEUE_LABEL: Final = "kueue.x-k8s.io/queue-name"
_POLICY: Final = "hyperpod-task-governance-admission-policy"


def admit(store: Store, kind: Kind, namespace: str | None, new: KubernetesObject) -> None:
    """Raises ApiError: 422 for a pod that names no queue where task governance wants one, 403 for one object more than
    the namespace's ResourceQuotas allow. Fills in what its LimitRanges do.
    """
    if namespace is None:
        return
    if kind is POD:
        default_requests(store, namespace, new)
        _ask_for_a_queue(store, namespace, new)
    # Last, as in Kubernetes: what others refuse is not counted.
    check_quotas(store, kind, namespace, new)


def _ask_for_a_queue(store: Store, namespace: str, new: KubernetesObject) -> None:
    if new["metadata"].get("labels", {}).get(QUEUE_LABEL):
        return
    labels = store.get(NAMESPACE, None, namespace)["metadata"].get("labels", {})
    if GOVERNED.items() <= labels.items():
        raise _refusal(new)


def _refusal(new: KubernetesObject) -> ApiError:
    binding = f"{_POLICY}-binding"
    return denied(POD, new["metadata"]["name"], _POLICY, binding, f"the label {QUEUE_LABEL} is required")
