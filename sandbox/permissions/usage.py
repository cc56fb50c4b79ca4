"""Held against used: what is granted and never used, and what was refused."""

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from sandbox import places
from sandbox.gateway.call import Entry
from sandbox.gateway.needs import Need
from sandbox.gateway.operators import why_not
from sandbox.permissions.grants import Grant, grants_of, role_arns
from sandbox.permissions.service_needs import service_needs
from sandbox.world import World

KUBERNETES = "hyperpod-onboarding (Kubernetes groups)"
_FUNCTIONS = tuple(f"assumed-role/{places.STACK}-{name}/" for name in ("quota-namespace", "fsx-storage"))
_CLUSTER_ROLES = ("ClusterRole/hyperpod-onboarding", "ClusterRole/hyperpod-onboarding-storage")
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")

Right = tuple[str, str, str]
"""API group, resource and verb."""


@dataclass
class Usage:
    """What all runs together have shown."""

    granted: dict[Grant, None] = field(default_factory=dict)
    used: set[Grant] = field(default_factory=set)
    missing: dict[tuple[str, str], None] = field(default_factory=dict)
    """Role and what it was refused."""
    rights: set[Right] = field(default_factory=set)
    """What the ClusterRoles of the stack's functions hold for the functions themselves."""
    exercised: set[Right] = field(default_factory=set)

    def add(self, world: World, entries: Iterable[Entry], parameters: Mapping[str, str]) -> None:
        """Counts one deployment's grants and calls. Faults are no refusals."""
        names = role_arns(world)
        grants = grants_of(world)
        self.granted.update(dict.fromkeys(grants))
        self.rights |= _own_rights(world)
        for entry in entries:
            call = entry.call
            if call.service == "kubernetes":
                self._add_kubernetes(entry)
            elif call.principal in names:
                role = names[call.principal]
                if entry.error in _DENIED and not str(entry.error).startswith("fault:"):
                    self.missing[role, f"{', '.join(call.actions)} on {call.resource}"] = None
                self.use(grants, role, call.needs)
        for role, need in service_needs(parameters):
            self.use(grants, role, [need])
            arn = next(arn for arn, name in names.items() if name == role)
            if why_not(arn, need.action, need.resource, context=dict(need.context)):
                self.missing[role, f"{need.action} on {need.resource} (as AWS itself)"] = None

    def use(self, grants: Iterable[Grant], role: str, needs: Iterable[Need]) -> None:
        """Marks the role's grants that cover any of the needs."""
        wanted = list(needs)
        self.used |= {grant for grant in grants if grant.role == role and any(map(grant.allows, wanted))}

    def _add_kubernetes(self, entry: Entry) -> None:
        if not any(function in entry.call.principal for function in _FUNCTIONS):
            return
        verb, resource = entry.call.operation.split(" ", 1)
        if resource == "selfsubjectaccessreviews":
            # Everybody may ask what he may do (the built-in ClusterRole system:basic-user).
            return
        right = (str(entry.call.parameters["group"]), resource, verb)
        self.exercised.add(right)
        if entry.status == 403 and not str(entry.error).startswith("fault:"):
            self.missing[KUBERNETES, f"{verb} {resource}"] = None

    @property
    def roles(self) -> list[str]:
        """Every role that is granted something."""
        return list(dict.fromkeys(grant.role for grant in self.granted))

    def unused(self, role: str) -> list[Grant]:
        """Grants that no run and no service used."""
        return [grant for grant in self.granted if grant.role == role and grant not in self.used]

    @property
    def unused_rights(self) -> set[Right]:
        """Rights in Kubernetes that the function neither used nor hands out to teams."""
        return self.rights - self.exercised


def _own_rights(world: World) -> set[Right]:
    """The functions' ClusterRoles without what they hold only to hand it out."""
    held: set[Right] = set()
    handed: set[Right] = set()
    for key, item in world["kubernetes"].items():
        kind, _, name = key.partition("/")
        rights = {right for rule in item.get("rules", []) for right in _rights(rule)}
        if key in _CLUSTER_ROLES:
            held |= rights
        elif kind in ("Role", "ClusterRole") and fnmatch.fnmatchcase(name, "*hyperpod-ns-*"):
            handed |= rights
    return held - handed


def _rights(rule: Mapping[str, Any]) -> Iterable[Right]:
    return product(rule.get("apiGroups", []), rule.get("resources", []), rule.get("verbs", []))
