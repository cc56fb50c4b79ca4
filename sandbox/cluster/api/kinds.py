"""The kinds of object that the sandbox's Kubernetes knows."""

from dataclasses import dataclass
from typing import Any

KubernetesObject = dict[str, Any]
"""An object as JSON has it."""

RBAC_GROUP = "rbac.authorization.k8s.io"
KUEUE_GROUP = "kueue.x-k8s.io"

BOOTSTRAP_LABEL = "kubernetes.io/bootstrapping"
"""Kubernetes marks the roles and bindings that it makes itself by this label."""

NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"
"""Every namespace has its own name in this label."""

ALL_VERBS = ("create", "delete", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True)
class Kind:
    """One kind: `fields` are the top-level ones that are kept, beside metadata; None keeps them all."""

    group: str
    version: str
    name: str
    plural: str
    namespaced: bool
    fields: tuple[str, ...] | None
    short_names: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS

    @property
    def api_version(self) -> str:
        """The apiVersion of its objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def custom(self) -> bool:
        """Whether a CustomResourceDefinition makes it."""
        return self.fields is None

    @property
    def qualified_plural(self) -> str:
        """The resource as error messages name it: `roles.rbac.authorization.k8s.io`."""
        return qualified(self.plural, self.group)

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """The URL path of the collection, or of one object."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        where = f"/namespaces/{namespace}" if self.namespaced and namespace is not None else ""
        return f"{root}{where}/{self.plural}" + (f"/{name}" if name is not None else "")


def qualified(name: str, group: str) -> str:
    """A resource or kind with its API group, as error messages name it."""
    return f"{name}.{group}" if group else name


NAMESPACE = Kind("", "v1", "Namespace", "namespaces", False, ("spec", "status"), ("ns",))
SERVICE_ACCOUNT = Kind(
    "",
    "v1",
    "ServiceAccount",
    "serviceaccounts",
    True,
    ("secrets", "imagePullSecrets", "automountServiceAccountToken"),
    ("sa",),
)
SECRET = Kind("", "v1", "Secret", "secrets", True, ("data", "type", "immutable"))
POD = Kind(
    "", "v1", "Pod", "pods", True, ("spec", "status"), ("po",), verbs=("create", "delete", "get", "list", "watch")
)
VOLUME = Kind("", "v1", "PersistentVolume", "persistentvolumes", False, ("spec", "status"), ("pv",))
VOLUME_CLAIM = Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", True, ("spec", "status"), ("pvc",))
NETWORK_POLICY = Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", True, ("spec",), ("netpol",))
LIMIT_RANGE = Kind("", "v1", "LimitRange", "limitranges", True, ("spec",), ("limits",))
RESOURCE_QUOTA = Kind("", "v1", "ResourceQuota", "resourcequotas", True, ("spec",), ("quota",))
CSI_DRIVER = Kind("storage.k8s.io", "v1", "CSIDriver", "csidrivers", False, ("spec",))
ROLE = Kind(RBAC_GROUP, "v1", "Role", "roles", True, ("rules",))
CLUSTER_ROLE = Kind(RBAC_GROUP, "v1", "ClusterRole", "clusterroles", False, ("rules",))
ROLE_BINDING = Kind(RBAC_GROUP, "v1", "RoleBinding", "rolebindings", True, ("subjects", "roleRef"))
CLUSTER_ROLE_BINDING = Kind(
    RBAC_GROUP, "v1", "ClusterRoleBinding", "clusterrolebindings", False, ("subjects", "roleRef")
)
ADMISSION_GROUP = "admissionregistration.k8s.io"
ADMISSION_POLICY = Kind(
    ADMISSION_GROUP, "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", False, ("spec",)
)
ADMISSION_POLICY_BINDING = Kind(
    ADMISSION_GROUP, "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", False, ("spec",)
)
CLUSTER_QUEUE = Kind(KUEUE_GROUP, "v1beta2", "ClusterQueue", "clusterqueues", False, None, ("cq",))
LOCAL_QUEUE = Kind(KUEUE_GROUP, "v1beta2", "LocalQueue", "localqueues", True, None, ("lq", "queue", "queues"))

KINDS = (
    NAMESPACE,
    SERVICE_ACCOUNT,
    SECRET,
    POD,
    VOLUME_CLAIM,
    VOLUME,
    CSI_DRIVER,
    NETWORK_POLICY,
    LIMIT_RANGE,
    RESOURCE_QUOTA,
    ROLE,
    CLUSTER_ROLE,
    ROLE_BINDING,
    CLUSTER_ROLE_BINDING,
    CLUSTER_QUEUE,
    LOCAL_QUEUE,
)
ADMISSION = (ADMISSION_POLICY, ADMISSION_POLICY_BINDING)
"""The built-in server's alone: a real one may be older than they are."""

VOLUMES = (VOLUME, VOLUME_CLAIM)
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
BINDINGS = (ROLE_BINDING, CLUSTER_ROLE_BINDING)
ROLES = (ROLE, CLUSTER_ROLE)

REVIEW_GROUP = "authorization.k8s.io"
SUBJECT_ACCESS_REVIEW = Kind(
    REVIEW_GROUP, "v1", "SubjectAccessReview", "subjectaccessreviews", False, ("spec",), verbs=("create",)
)
SELF_SUBJECT_ACCESS_REVIEW = Kind(
    REVIEW_GROUP, "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", False, ("spec",), verbs=("create",)
)
REVIEWS = (SUBJECT_ACCESS_REVIEW, SELF_SUBJECT_ACCESS_REVIEW)
"""Questions that are answered and not stored."""

SERVED = (*KINDS, *ADMISSION, *REVIEWS)


def find_kind(group: str, version: str, plural: str) -> Kind | None:
    """The kind that a URL names, or None."""
    return next((k for k in SERVED if (k.group, k.version, k.plural) == (group, version, plural)), None)
