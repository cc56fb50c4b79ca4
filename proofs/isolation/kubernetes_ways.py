"""Every way of one team to another's things in Kubernetes, asked of the API server by access reviews."""

from collections.abc import Callable
from typing import Any

from kubernetes.client import AuthorizationV1Api

from onboarding import names
from proofs.isolation.actors import Actors
from proofs.isolation.teams import Team
from proofs.isolation.ways import Way, no, yes

Attributes = dict[str, str]
Asked = Callable[[Team], Attributes]

RBAC, KUEUE = "rbac.authorization.k8s.io", "kueue.x-k8s.io"


def within(verb: str, resource: str, group: str = "", name: str = "") -> Asked:
    """An action in the owner's namespace."""

    def attributes(owner: Team) -> Attributes:
        named = {"name": name.format(owner.name)} if name else {}
        return {"namespace": owner.namespace, "verb": verb, "resource": resource, "group": group, **named}

    return attributes


def _cluster_queue(verb: str) -> Asked:
    def attributes(owner: Team) -> Attributes:
        queue = names.cluster_queue(owner.name)
        return {"verb": verb, "resource": "clusterqueues", "group": KUEUE, "name": queue}

    return attributes


def _namespace(verb: str) -> Asked:
    # Of a cluster-wide object that is a namespace, the namespace of the question is its own name.
    return within(verb, "namespaces", name=f"{names.NAMESPACE_PREFIX}{{}}")


def _volume(verb: str) -> Asked:
    # Volumes are the whole cluster's; their names begin with the team's namespace.
    return lambda owner: {"verb": verb, "resource": "persistentvolumes", "name": names.volume(owner.name, "folder")}


QUESTIONS: tuple[tuple[str, bool, Asked], ...] = (
    ("create pods", True, within("create", "pods")),
    ("create jobs", True, within("create", "jobs", "batch")),
    ("create pytorchjobs", True, within("create", "pytorchjobs", "kubeflow.org")),
    ("create hyperpodpytorchjobs", True, within("create", "hyperpodpytorchjobs", "sagemaker.amazonaws.com")),
    ("create mpijobs", True, within("create", "mpijobs", "kubeflow.org")),
    ("create rayjobs", True, within("create", "rayjobs", "ray.io")),
    ("see what pods use", True, within("list", "pods", "metrics.k8s.io")),
    ("read secrets", True, within("get", "secrets")),
    ("see the namespace", True, _namespace("get")),
    ("see its cluster queue", True, _cluster_queue("get")),
    ("make claims", True, within("create", "persistentvolumeclaims")),
    ("delete its claim", True, within("delete", "persistentvolumeclaims", name="folder")),
    ("see its volume", False, _volume("get")),
    ("make a volume for it", False, _volume("create")),
    ("change its volume", False, _volume("patch")),
    ("delete its volume", False, _volume("delete")),
    ("bind roles", False, within("create", "rolebindings", RBAC)),
    ("change roles", False, within("patch", "roles", RBAC)),
    ("change its cluster queue", False, _cluster_queue("patch")),
    ("change its local queue", False, within("patch", "localqueues", KUEUE)),
    ("change resource quotas", False, within("create", "resourcequotas")),
    ("change the namespace", False, _namespace("patch")),
    ("delete the namespace", False, _namespace("delete")),
)
"""What is asked, whether a team may do it to its own, and how."""


def _review(asked: Asked) -> Callable[[Actors, Team, Team], bool]:
    def attempt(actors: Actors, actor: Team, owner: Team) -> bool:
        api: Any = AuthorizationV1Api(actors.kubernetes(actors.scientist(actor)))
        spec = {"resourceAttributes": asked(owner)}
        return bool(api.create_self_subject_access_review({"spec": spec}).status.allowed)

    return attempt


KUBERNETES = tuple(Way("Kubernetes", name, yes if own else no, _review(asked)) for name, own, asked in QUESTIONS)
