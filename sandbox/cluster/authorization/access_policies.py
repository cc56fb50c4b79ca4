"""What EKS access policies allow: beside RBAC, as an authorizer of its own.

EKS decides by them outside RBAC. So they let their owner act, but do not count as permissions held when a role is
written: AmazonEKSAdminPolicy may write Roles, yet none that grants more than RBAC gives its owner.
"""

from fnmatch import fnmatchcase

from sandbox.cluster.api.identity import Identity
from sandbox.cluster.authorization.builtin_roles import CLUSTER_ROLES
from sandbox.cluster.authorization.hyperpod_policies import HYPERPOD_POLICIES
from sandbox.cluster.authorization.rules import Attributes, Rule

_RULES: dict[str, tuple[Rule, ...]] = CLUSTER_ROLES | HYPERPOD_POLICIES


def policies_allow(identity: Identity, wanted: Attributes) -> bool:
    """Whether one of the identity's access policies allows it."""
    return any(
        rule.allows(wanted)
        for role, namespaces in identity.policies
        if _in_scope(namespaces, wanted.namespace)
        for rule in _RULES[role]
    )


def _in_scope(namespaces: tuple[str, ...] | None, namespace: str | None) -> bool:
    if namespaces is None:
        return True
    return namespace is not None and any(fnmatchcase(namespace, pattern) for pattern in namespaces)
