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

_JOBS: Final = (
    ("kubeflow.org", ["mpijobs", "pytorchjobs", "pytorchjobs/status"]),
    ("ray.io", ["rayclusters", "raycronjobs", "rayjobs", "rayservices"]),
    ("sagemaker.amazonaws.com", ["hyperpodpytorchjobs", "hyperpodpytorchjobs/status"]),
)

TRAINING: Final = "Training"
COVERED_BY_TRAINING: Final = frozenset(
    {
        ("kubeflow.org", "mpijobs"),
        ("kubeflow.org", "pytorchjobs"),
        ("ray.io", "rayclusters"),
        ("ray.io", "raycronjobs"),
        ("ray.io", "rayjobs"),
        ("sagemaker.amazonaws.com", "hyperpodpytorchjobs"),
    }
)
"""What HyperPod's own access policy Training gives "full access" to, which AWS spells out: get, list, watch, create,
update, patch, delete (SageMaker developer guide, "Setting up an Amazon EKS cluster in Studio"). It names no
subresource, and does not say what "read access" is, so what it only reads stays here."""


def namespaced_rules(request: TeamRequest) -> list[Rule]:
    """The rules of the team's Role: its jobs, less those that an access policy of its own gives it, and how they stand
    in the queue; what its pods use; then the event's own rules."""
    verbs = _READ if request.access.policy == "view" else _WRITE
    workload_verbs = _READ if request.access.policy == "view" else sorted([*_READ, "patch"])
    covered = COVERED_BY_TRAINING if any(p.name == TRAINING for p in request.access.policies) else frozenset()
    return [
        *(
            {"apiGroups": [group], "resources": left, "verbs": verbs}
            for group, resources in _JOBS
            if (left := [each for each in resources if (group, each) not in covered])
        ),
        {"apiGroups": [_QUEUES], "resources": ["workloads"], "verbs": workload_verbs},
        # Kueue writes there whether a workload is admitted, and to how much: nobody's to write but Kueue's.
        {"apiGroups": [_QUEUES], "resources": ["localqueues", "workloads/status"], "verbs": _READ},
        # `kubectl top pods` and k9s. Kubernetes' own roles get it from the metrics server, EKS' policies do not.
        {"apiGroups": ["metrics.k8s.io"], "resources": ["pods"], "verbs": ["get", "list"]},
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
