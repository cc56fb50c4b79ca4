"""What a team's group may do in Kubernetes beside the managed access policy, which covers no custom resources.

Modelled on HyperPod's own team chart (sagemaker-hyperpod-cli, charts/team-role-and-bindings), less what the managed
policy scoped to the namespace already gives. Kubernetes lets nobody hand out more than he holds: the functions' own
ClusterRoles (accounts/cluster-rbac.yaml) have just these rules, and a test holds them together.
"""

from typing import Any, Final

from onboarding import names
from onboarding.kubernetes_rights import RBAC_GROUP
from onboarding.request import TeamRequest

Rule = dict[str, Any]

_READ: Final = ["get", "list", "watch"]
_WRITE: Final = ["create", "delete", "get", "list", "patch", "update", "watch"]
_QUEUES: Final = "kueue.x-k8s.io"

JOB_KINDS: Final = (
    ("kubeflow.org", ["pytorchjobs", "pytorchjobs/status"]),
    ("sagemaker.amazonaws.com", ["hyperpodpytorchjobs", "hyperpodpytorchjobs/status"]),
)


def namespaced_rules(request: TeamRequest) -> list[Rule]:
    """The rules of the team's Role: its jobs, and how they stand in the queue; then the event's own rules."""
    verbs = _READ if request.access.policy == "view" else _WRITE
    workload_verbs = _READ if request.access.policy == "view" else sorted([*_READ, "patch"])
    return [
        *({"apiGroups": [group], "resources": resources, "verbs": verbs} for group, resources in JOB_KINDS),
        {"apiGroups": [_QUEUES], "resources": ["workloads"], "verbs": workload_verbs},
        # Kueue writes there whether a workload is admitted, and to how much: nobody's to write but Kueue's.
        {"apiGroups": [_QUEUES], "resources": ["localqueues", "workloads/status"], "verbs": _READ},
        *(rule.model_dump(by_alias=True, exclude_none=True) for rule in request.access.rules),
    ]


def cluster_rules(team: str) -> list[Rule]:
    """The rules of the team's ClusterRole: its own namespace and queue, and what all teams share."""
    return [
        {"apiGroups": [""], "resourceNames": [names.namespace(team)], "resources": ["namespaces"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["nodes"], "verbs": _READ},
        {
            "apiGroups": [_QUEUES],
            "resourceNames": [names.cluster_queue(team)],
            "resources": ["clusterqueues"],
            "verbs": _READ,
        },
        {"apiGroups": [_QUEUES], "resources": ["resourceflavors", "workloadpriorityclasses"], "verbs": _READ},
    ]


def binding(role_kind: str, role: str, team: str) -> dict[str, Any]:
    """Binds a role to the team's group."""
    return {
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": role_kind, "name": role},
        "subjects": [{"apiGroup": RBAC_GROUP, "kind": "Group", "name": names.kubernetes_group(team)}],
    }
