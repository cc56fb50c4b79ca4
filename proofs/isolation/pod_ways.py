"""What a team may have for pods: each is really made, in the owner's namespace, by a scientist with `edit`."""

from collections.abc import Callable
from typing import Any

from kubernetes.client import ApiException, CoreV1Api

from onboarding import names
from proofs.isolation.actors import Actors
from proofs.isolation.teams import Team
from proofs.isolation.ways import Way, no, yes
from sandbox.cluster.builtin.admission import QUEUE_LABEL

_NAME = "matrix"
_REFUSED = (403, 422)
"""By RBAC, and by an admission policy."""

Spec = dict[str, Any]


def _body(owner: Team, spec: Spec, context: Spec) -> Spec:
    container = {"name": "main", "image": "example/training", **({"securityContext": context} if context else {})}
    labels = {QUEUE_LABEL: names.local_queue(owner.name)}
    return {"metadata": {"name": _NAME, "labels": labels}, "spec": {"containers": [container], **spec}}


def made(client: Any, owner: Team, spec: Spec, context: Spec) -> bool:
    """Whether a pod with these fields of its own, and this security context of its container, is let in; it goes again.

    Raises ApiException where it fails otherwise: then it has shown nothing.
    """
    api: Any = CoreV1Api(client)
    try:
        api.create_namespaced_pod(owner.namespace, _body(owner, spec, context))
    except ApiException as error:
        if error.status not in _REFUSED:
            raise
        return False
    api.delete_namespaced_pod(_NAME, owner.namespace)
    return True


def _by_a_scientist(spec: Spec, context: Spec) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        return made(actors.kubernetes(actors.scientist(actor)), owner, spec, context)

    return attempt


def _disk(path: str) -> Spec:
    return {"volumes": [{"name": "disk", "hostPath": {"path": path}}]}


PRIVILEGED: Spec = {"privileged": True}
PODS = tuple(
    Way("Pods", name, yes if own else no, _by_a_scientist(spec, context))
    for name, own, spec, context in (
        ("run one that pins memory", True, {}, {"capabilities": {"add": ["IPC_LOCK"]}}),
        ("run a privileged one", False, {}, PRIVILEGED),
        ("run one that mounts its node's disk", False, _disk("/"), {}),
        ("run one that mounts all of its node's NVMe", False, _disk("/opt/dlami/nvme"), {}),
        ("run one in its node's network", False, {"hostNetwork": True}, {}),
        ("run one among its node's processes", False, {"hostPID": True}, {}),
        ("run one that may administer the kernel", False, {}, {"capabilities": {"add": ["SYS_ADMIN"]}}),
    )
)
