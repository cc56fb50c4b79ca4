"""Who may do what: RBAC over the stored roles and bindings, and EKS access policies."""

from collections.abc import Callable, Iterator
from typing import Protocol

from sandbox.cluster.api.errors import ApiError, forbidden, not_found
from sandbox.cluster.api.identity import MASTERS, Identity
from sandbox.cluster.api.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    RBAC_GROUP,
    ROLE,
    ROLE_BINDING,
    Kind,
    KubernetesObject,
)
from sandbox.cluster.authorization.access_policies import policies_allow
from sandbox.cluster.authorization.rules import Attributes, Rule, quoted, uncovered


class Store(Protocol):
    """The objects of a cluster."""

    def find(self, kind: Kind, namespace: str | None, name: str) -> KubernetesObject | None:
        """The object, or None."""

    def list(
        self, kind: Kind, namespace: str | None = None, fits: Callable[[KubernetesObject], bool] = ...
    ) -> tuple[list[KubernetesObject], str]:
        """The objects of one namespace, or of all, that fit, in order; and the version of the whole."""


class Authorizer:
    """Decides by what the store holds at the moment."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def allows(self, identity: Identity, wanted: Attributes) -> bool:
        """Whether RBAC or an access policy allows it."""
        if MASTERS in identity.groups or policies_allow(identity, wanted):
            return True
        return any(rule.allows(wanted) for rule in self._held(identity, wanted.namespace))

    def check_role(
        self, identity: Identity, kind: Kind, namespace: str | None, url_name: str | None, role: KubernetesObject
    ) -> None:
        """Raises ApiError (403) when a role grants more than its writer holds, unless they may escalate.

        `url_name` is None on create, where the URL has no name: a rule with resourceNames does not match then.
        """
        escalate = Attributes("escalate", RBAC_GROUP, kind.plural, namespace, url_name)
        if not self.allows(identity, escalate):
            wanted = [Rule.read(rule) for rule in role.get("rules") or ()]
            self._check_held(identity, kind, namespace, role["metadata"]["name"], wanted)

    def check_binding(self, identity: Identity, kind: Kind, namespace: str | None, binding: KubernetesObject) -> None:
        """Raises ApiError when a binding grants more than its writer holds, unless they may bind its role.

        403, or 404 when the role does not exist.
        """
        reference = binding["roleRef"]
        role_kind = ROLE if reference["kind"] == ROLE.name else CLUSTER_ROLE
        bind = Attributes("bind", RBAC_GROUP, role_kind.plural, namespace, reference["name"])
        if not self.allows(identity, bind):
            wanted = self._granted(binding, namespace)
            if wanted is None:
                raise not_found(role_kind, reference["name"])
            self._check_held(identity, kind, namespace, binding["metadata"]["name"], wanted)

    def _check_held(self, identity: Identity, kind: Kind, namespace: str | None, name: str, wanted: list[Rule]) -> None:
        missing = uncovered(list(self._held(identity, namespace)), wanted)
        if missing:
            lines = "\n".join(str(rule) for rule in missing)
            who = f'user "{identity.username}" (groups={quoted(identity.groups)})'
            why = f"{who} is attempting to grant RBAC permissions not currently held:\n{lines}"
            raise forbidden(kind, name, why)

    def _held(self, identity: Identity, namespace: str | None) -> Iterator[Rule]:
        """The rules that RBAC gives an identity in one namespace, or in the whole cluster."""

        def names(binding: KubernetesObject) -> bool:
            own = binding["metadata"].get("namespace")
            return any(_is_subject(subject, identity, own) for subject in binding.get("subjects") or ())

        # Every team has a binding, and copies of all for every request cost more than all else.
        bindings = self._store.list(CLUSTER_ROLE_BINDING, fits=names)[0]
        if namespace is not None:
            bindings += self._store.list(ROLE_BINDING, namespace, names)[0]
        for binding in bindings:
            yield from self._granted(binding, binding["metadata"].get("namespace")) or ()

    def _granted(self, binding: KubernetesObject, namespace: str | None) -> list[Rule] | None:
        """The rules of a binding's role; None when there is no such role."""
        reference = binding["roleRef"]
        kind, where = (ROLE, namespace) if reference["kind"] == ROLE.name else (CLUSTER_ROLE, None)
        role = self._store.find(kind, where, reference["name"])
        return None if role is None else [Rule.read(rule) for rule in role.get("rules") or ()]


def denied(kind: Kind, identity: Identity, wanted: Attributes) -> ApiError:
    """The failure of a request that `Authorizer.allows` does not allow."""
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    what = f'resource "{wanted.resource}" in API group "{wanted.group}" {where}'
    return forbidden(kind, wanted.name, f'User "{identity.username}" cannot {wanted.verb} {what}')


def _is_subject(subject: KubernetesObject, identity: Identity, namespace: str | None) -> bool:
    if subject["kind"] == "User":
        return bool(subject["name"] == identity.username)
    if subject["kind"] == "Group":
        return subject["name"] in identity.groups
    account = f"system:serviceaccount:{subject.get('namespace') or namespace}:{subject['name']}"
    return account == identity.username
