"""The roles that are there from the start: those of EKS access policies, and what every user may ask."""

from sandbox.cluster.api.identity import AUTHENTICATED, MASTERS
from sandbox.cluster.api.kinds import (
    BOOTSTRAP_LABEL,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    RBAC_GROUP,
    Kind,
    KubernetesObject,
)
from sandbox.cluster.authorization.rules import Rule

_READ = ("get", "list", "watch")
_WRITE = ("create", "delete", "deletecollection", "patch", "update")
_NETWORKING = ("ingresses", "networkpolicies")
_WORKLOADS = {
    "apps": ("daemonsets", "deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets"),
    "autoscaling": ("horizontalpodautoscalers",),
    "batch": ("cronjobs", "jobs"),
    "networking.k8s.io": _NETWORKING,
    "policy": ("poddisruptionbudgets",),
}
_CORE = (
    "configmaps",
    "endpoints",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "replicationcontrollers/scale",
    "serviceaccounts",
    "services",
)
_CORE_READ = (
    *_CORE,
    "bindings",
    "events",
    "limitranges",
    "namespaces",
    "namespaces/status",
    "pods/log",
    "pods/status",
    "resourcequotas",
    "resourcequotas/status",
)
_CORE_WRITE = (*_CORE, "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy")

_VIEW = (
    Rule(_READ, ("",), _CORE_READ),
    *(Rule(_READ, (group,), resources) for group, resources in _WORKLOADS.items()),
)
_EDIT = (
    *_VIEW,
    Rule(_READ, ("",), ("pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy")),
    Rule(("impersonate",), ("",), ("serviceaccounts",)),
    Rule(_WRITE, ("",), _CORE_WRITE),
    *(Rule(_WRITE, (group,), resources) for group, resources in _WORKLOADS.items()),
)
_ADMIN = (
    *_EDIT,
    Rule(("create",), ("authorization.k8s.io",), ("localsubjectaccessreviews",)),
    Rule((*_READ, *_WRITE), (RBAC_GROUP,), ("rolebindings", "roles")),
)

CLUSTER_ROLES: dict[str, tuple[Rule, ...]] = {
    "view": _VIEW,
    "edit": _EDIT,
    "admin": _ADMIN,
    "cluster-admin": (Rule(("*",), ("*",), ("*",)), Rule(("*",), paths=("*",))),
}
"""The roles that people are given. As upstream, none but cluster-admin covers custom resources."""

_ASK_ABOUT_ONESELF = Rule(
    ("create",), ("authorization.k8s.io",), ("selfsubjectaccessreviews", "selfsubjectrulesreviews")
)


def initial_objects() -> list[tuple[Kind, KubernetesObject]]:
    """The cluster roles and bindings of a new cluster."""
    roles = CLUSTER_ROLES | {"system:basic-user": (_ASK_ABOUT_ONESELF,)}
    made = [(CLUSTER_ROLE, _object(CLUSTER_ROLE, n, {"rules": [r.written() for r in rs]})) for n, rs in roles.items()]
    for role, group in (("cluster-admin", MASTERS), ("system:basic-user", AUTHENTICATED)):
        content = {
            "subjects": [{"kind": "Group", "apiGroup": RBAC_GROUP, "name": group}],
            "roleRef": {"kind": "ClusterRole", "apiGroup": RBAC_GROUP, "name": role},
        }
        made.append((CLUSTER_ROLE_BINDING, _object(CLUSTER_ROLE_BINDING, role, content)))
    return made


def _object(kind: Kind, name: str, content: KubernetesObject) -> KubernetesObject:
    metadata = {"name": name, "labels": {BOOTSTRAP_LABEL: "rbac-defaults"}}
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata, **content}
