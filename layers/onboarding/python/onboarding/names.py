"""Every name that the stack gives, in one place. Same team, same names.

Limits: role 64 characters, access point 50, Kubernetes label value 63, inline policy 128 (IAM, S3 and Kubernetes API
references). With a name prefix of at most 8 characters and a team of at most 40, each fits.
"""

import hashlib

PREFIX_LIMIT = 8
TEAM_LIMIT = 40
"""`hyperpod-ns-<team>-localqueue` becomes a label value on every job: 63 - 12 - 11 characters are left for the team."""

NAMESPACE_PREFIX = "hyperpod-ns-"
"""Task governance makes the namespace and gives it this prefix."""

RESERVED_TEAM = "idle-resource-sharing"
"""Task governance has cluster queues `hyperpod-ns-idle-resource-sharing-N` of its own."""

STACK_GROUP = "hyperpod-onboarding"
"""The Kubernetes group of the stack's own function (template.yaml, accounts/cluster-rbac.yaml); never a team's."""

GRANTABLE_ROLE = "hyperpod-onboarding-grantable"
"""The ClusterRole that bounds what an event may ask for in `access.rules` (accounts/cluster-rbac.yaml)."""

PROBE = "hyperpod-onboarding-probe"
"""The pod that proves a team's access, and the group of the function that makes it (accounts/cluster-probe.yaml)."""

POD_POLICY = "hyperpod-onboarding-pods"
"""The admission policy, and its binding, that says what a pod of a team may be (accounts/cluster-pods.yaml)."""

STORAGE_GROUP = "hyperpod-onboarding-storage"
"""The group of the function that makes volumes."""

FENCE = "hyperpod-onboarding-fence"
"""The NetworkPolicy, LimitRange and ResourceQuota in each team's namespace."""

SERVICE_ACCOUNT = "hyperpod-training"
"""The service account of a team that names none. It has the team's plain data access role also beside others, so that
its running pods keep their credentials when a team comes to have several."""

READERS_GROUP = "hyperpod-onboarding-readers"
"""The group of people who see what every team uses of the cluster (accounts/cluster-rbac.yaml)."""

STACK_GROUPS = frozenset({STACK_GROUP, STORAGE_GROUP, PROBE, READERS_GROUP})

_ACCESS_POINT_LIMIT = 50
_ROLE_LIMIT = 64
_DIGEST_LENGTH = 10


def cluster_access_role(prefix: str, team: str) -> str:
    """The role in the cluster's account that the team's scientists assume."""
    return f"{prefix}-cluster-access-{team}"


def profile(prefix: str, team: str) -> str:
    """The profile in a scientist's own AWS configuration by which he is in the cluster access role."""
    return f"{prefix}-{team}"


def data_access_role(prefix: str, team: str, own: str | None = None) -> str:
    """The role in the cluster's account that the team's pods get through EKS Pod Identity; `own` is the service account
    that has it for itself, where the team has several.

    The dot is in no team's name, and the low line neither in a team's nor in a service account's, so that no two roles
    share a name. One that would be too long is cut, and ends in a digest of both.
    """
    shared = f"{prefix}-data-access-{team}"
    if own is None:
        return shared
    if len(f"{shared}.{own}") <= _ROLE_LIMIT:
        return f"{shared}.{own}"
    digest = hashlib.sha256("\n".join((team, own)).encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{shared[: _ROLE_LIMIT - _DIGEST_LENGTH - 1]}_{digest}"


def is_data_access_role(prefix: str, team: str, name: str) -> bool:
    """Whether it is a name that a data access role of the team can have; a service account may be in its digest."""
    shared = f"{prefix}-data-access-{team}"
    cut = f"{shared[: _ROLE_LIMIT - _DIGEST_LENGTH - 1]}_"
    own = name.removeprefix(f"{shared}.")
    return name in (shared, data_access_role(prefix, team, own)) or _is_digest(name.removeprefix(cut))


def access_point(prefix: str, team: str, account: str, bucket: str, dataset_prefix: str | None) -> str:
    """The team's access point for one dataset.

    A digest of all that tells two datasets apart ends the name, so that a long team name can be cut without a clash.
    """
    distinct = "\n".join((team, account, bucket, dataset_prefix or ""))
    digest = hashlib.sha256(distinct.encode()).hexdigest()[:_DIGEST_LENGTH]
    room = _ACCESS_POINT_LIMIT - len(prefix) - len(digest) - 2
    return f"{prefix}-{team[:room].rstrip('-')}-{digest}"


def is_access_point(prefix: str, team: str, name: str) -> bool:
    """Whether it is a name that the team's access points can have; the datasets are in its digest."""
    room = _ACCESS_POINT_LIMIT - len(prefix) - _DIGEST_LENGTH - 2
    return _is_digest(name.removeprefix(f"{prefix}-{team[:room].rstrip('-')}-"))


def is_link_sid(stack: str, account: str, sid: str) -> bool:
    """Whether it is the Sid of a statement for a folder; whose folder is in its digest."""
    return _is_digest(sid.removeprefix(f"{sid_prefix(stack, account)}Link"))


def _is_digest(text: str) -> bool:
    return len(text) == _DIGEST_LENGTH and all(each in "0123456789abcdef" for each in text)


def sid_prefix(stack: str, account: str) -> str:
    """Begins every statement of this stack in a bucket's policy; a Sid has letters and digits only."""
    return f"{''.join(word.capitalize() for word in stack.split('-'))}{account}"


def delegation_sid(stack: str, account: str) -> str:
    """The one statement of this stack for the access points of all its teams."""
    return f"{sid_prefix(stack, account)}AccessPoints"


def key_grant(prefix: str, team: str, own: str | None = None) -> str:
    """The team's grant on a key, or that of a service account's own role; a grant's name is what makes CreateGrant
    idempotent. It takes no dot (KMS API reference, CreateGrant).
    """
    return f"{prefix}-data-access-{team}" if own is None else f"{prefix}-data-access-{team}/{own}"


def namespace(team: str) -> str:
    """The namespace that task governance makes for the team."""
    return f"{NAMESPACE_PREFIX}{team}"


def cluster_queue(team: str) -> str:
    """The Kueue ClusterQueue that task governance makes for the team."""
    return f"{namespace(team)}-clusterqueue"


def local_queue(team: str) -> str:
    """The Kueue LocalQueue that task governance makes in the team's namespace."""
    return f"{namespace(team)}-localqueue"


def priority_class(name: str) -> str:
    """The Kueue WorkloadPriorityClass that task governance makes for a priority class of the cluster's policy."""
    return f"{name}-priority"


def kubernetes_group(team: str) -> str:
    """The group of the team's scientists, named as HyperPod's own team chart names it."""
    return f"{namespace(team)}-namespace-level-group"


def compute_quota(team: str) -> str:
    """The team's compute quota; at most 63 characters (SageMaker API reference, EntityName)."""
    return f"{namespace(team)}-quota"


def namespaced_role(team: str) -> str:
    """The Role, and its RoleBinding, in the team's namespace."""
    return f"{namespace(team)}-jobs"


def cluster_reader(team: str) -> str:
    """The ClusterRole, and its ClusterRoleBinding, by which the team reads its own queue."""
    return f"{namespace(team)}-queue-reader"


def link_sid(stack: str, account: str, team: str, file_system: str, path: str) -> str:
    """The statement in a bucket's policy that lets one folder of a file system show it."""
    digest = hashlib.sha256("\n".join((team, file_system, path)).encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{sid_prefix(stack, account)}Link{digest}"


def storage_grant(prefix: str, team: str, file_system: str) -> str:
    """The team's grant on a key to a file system; at most 256 characters (KMS API reference, CreateGrant)."""
    return f"{prefix}-storage-{team}-{file_system}"


def volume(team: str, claim: str) -> str:
    """The PersistentVolume behind a claim of the team; volumes are the whole cluster's.

    The dot is in no team's name, so that no two teams and claims share one.
    """
    return f"{namespace(team)}.{claim}"


def link_role(file_system: str) -> str:
    """The service-linked role by which a file system reaches buckets; FSx makes it with the first link.

    FSx for Lustre user guide, "Using service-linked roles for Amazon FSx".
    """
    return f"aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_{file_system}"
