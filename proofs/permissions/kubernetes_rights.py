"""What the stack's functions, and people, hold in Kubernetes, group by group, and which of it a call has used."""

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from onboarding import names
from proofs.permissions.people import READER
from sandbox.aws.inventory import World
from sandbox.runtime.call_log import Call
from sandbox.scenery import accounts

MEMBERS = {
    names.STACK_GROUP: "quota-namespace",
    names.STORAGE_GROUP: "fsx-storage",
    names.PROBE: "probe",
    names.READERS_GROUP: READER,
}
"""Group to the function, or the person, that is in it. Its ClusterRole has the same name (accounts/cluster-*.yaml)."""


def titled(group: str) -> str:
    """How the report calls a group: roles have the same names."""
    return f"{group} (Kubernetes group)"


@dataclass(frozen=True, order=True)
class Right:
    """One verb on one kind."""

    holder: str
    """The group that holds it."""
    group: str
    """The kind's API group."""
    resource: str
    verb: str

    def __str__(self) -> str:
        return f"{self.verb} {self.resource} ({self.group or 'core'})"


def rights_of(world: World) -> set[Right]:
    """Every right of those groups, but for what one holds since nobody can hand out what he does not hold."""
    held: set[Right] = set()
    handed: set[Right] = set()
    for key, item in world["kubernetes"].items():
        kind, _, name = key.partition("/")
        if kind == "ClusterRole" and name in MEMBERS:
            held |= set(_rights(name, item))
        elif kind in ("Role", "ClusterRole") and fnmatch.fnmatchcase(name, "*hyperpod-ns-*"):
            handed |= set(_rights(names.STACK_GROUP, item))
    return held - handed


def right_for(call: Call) -> Right | None:
    """The right that a call to Kubernetes needs; none where none of these makes it, or anybody may."""
    verb, resource = call.operation.split(" ", 1)
    # Everybody may ask what he may do (the built-in ClusterRole system:basic-user).
    if resource == "selfsubjectaccessreviews":
        return None
    for holder, function in MEMBERS.items():
        if f"assumed-role/{accounts.STACK}-{function}/" in call.principal:
            return Right(holder, str(call.parameters["group"]), resource, verb)
    return None


def _rights(holder: str, role: Mapping[str, Any]) -> Iterator[Right]:
    for rule in role.get("rules", []):
        for named in product(rule.get("apiGroups", []), rule.get("resources", []), rule.get("verbs", [])):
            yield Right(holder, *named)
