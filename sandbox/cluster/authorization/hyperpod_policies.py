"""What the access policies that AWS made for HyperPod allow.

As AWS describes them, in words and not in rules: SageMaker developer guide, "Setting up an Amazon EKS cluster in
Studio", "Restrict with a cluster-access policy". "Full access" is get, list, watch, create, update, patch and delete
there, "read access" is taken as get, list and watch. A subresource is in only where the words name one: so neither
pods/exec nor a job's status. What the words do not name is refused here, and AWS may allow more.
"""

from typing import Final

from sandbox.cluster.authorization.rules import Rule

_READ: Final = ("get", "list", "watch")
_FULL: Final = (*_READ, "create", "update", "patch", "delete")

_RAY_DASHBOARD: Final = Rule(("create",), ("connection.access.sagemaker.amazonaws.com",), ("raydashboardconnections",))
_CORE_READ: Final = ("configmaps", "events", "limitranges", "pods/log", "resourcequotas", "serviceaccounts", "services")
_APPS_READ: Final = ("deployments", "replicasets", "statefulsets")
_WORKLOADS_READ: Final = (
    Rule(_READ, ("",), _CORE_READ),
    Rule(_READ, ("events.k8s.io",), ("events",)),
    Rule(_READ, ("apps",), _APPS_READ),
    Rule(_READ, ("kueue.x-k8s.io",), ("localqueues", "workloads")),
)

TRAINING: Final = (
    Rule(_FULL, ("ray.io",), ("rayclusters", "raycronjobs", "rayjobs")),
    _RAY_DASHBOARD,
    Rule(_FULL, ("sagemaker.amazonaws.com",), ("hyperpodpytorchjobs",)),
    Rule(_FULL, ("kubeflow.org",), ("mpijobs", "pytorchjobs", "tfjobs")),
    Rule(_FULL, ("batch",), ("jobs",)),
    Rule(_FULL, ("",), ("pods",)),
    *_WORKLOADS_READ,
)

INFERENCE: Final = (
    Rule(_FULL, ("ray.io",), ("rayclusters", "rayservices")),
    _RAY_DASHBOARD,
    Rule(
        _FULL,
        ("inference.sagemaker.aws.amazon.com",),
        ("inferenceendpointconfigs", "jumpstartmodels", "sagemakerendpointregistrations"),
    ),
    Rule(_FULL, ("",), ("pods",)),
    *_WORKLOADS_READ,
    Rule(_READ, ("autoscaling",), ("horizontalpodautoscalers",)),
    Rule(_READ, ("networking.k8s.io",), ("ingresses",)),
)

SPACE: Final = (
    Rule(_FULL, ("workspace.jupyter.org",), ("workspaces",)),
    Rule(_READ, ("workspace.jupyter.org",), ("workspaceaccessstrategies", "workspacetemplates")),
    Rule(("create",), ("connection.workspace.jupyter.org",), ("workspaceconnections",)),
    Rule(
        _READ,
        ("",),
        ("bindings", "events", "persistentvolumeclaims", "pods", "resourcequotas", "serviceaccounts", "services"),
    ),
    Rule(_READ, ("apps",), ("daemonsets", "deployments", "replicasets")),
)

SPACE_TEMPLATE: Final = (Rule(_READ, ("workspace.jupyter.org",), ("workspacetemplates",)),)

USER_CLUSTER: Final = (
    Rule(_READ, ("",), ("namespaces", "nodes")),
    Rule(("get",), ("apiextensions.k8s.io",), ("customresourcedefinitions",)),
    Rule(_READ, ("kueue.x-k8s.io",), ("clusterqueues", "resourceflavors", "workloadpriorityclasses")),
    Rule(("create",), ("authorization.k8s.io",), ("selfsubjectaccessreviews",)),
)

HYPERPOD_POLICIES: Final[dict[str, tuple[Rule, ...]]] = {
    "AmazonSagemakerHyperpodInferencePolicy": INFERENCE,
    "AmazonSagemakerHyperpodSpacePolicy": SPACE,
    "AmazonSagemakerHyperpodSpaceTemplatePolicy": SPACE_TEMPLATE,
    "AmazonSagemakerHyperpodTrainingPolicy": TRAINING,
    "AmazonSagemakerHyperpodUserClusterPolicy": USER_CLUSTER,
}
"""By name, as an identity carries it."""
