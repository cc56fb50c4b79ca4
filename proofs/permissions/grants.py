"""What the deployed roles of the stack may do, action by action and resource by resource."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws.inventory import World
from sandbox.aws.policies.policy import Request, applies
from sandbox.aws.policies.reference import supplied
from sandbox.runtime.call_log import Need
from sandbox.scenery import accounts

MEMBER_ROLES = {
    "hyperpod-onboarding-scientists": accounts.SCIENTISTS_ACCOUNT,
    "hyperpod-onboarding-data": accounts.DATA_ACCOUNT,
    "hyperpod-onboarding-storage": accounts.DATA_ACCOUNT,
    "hyperpod-onboarding-organization": accounts.MANAGEMENT_ACCOUNT,
    f"hyperpod-onboarding-forward-{accounts.ORGANIZATION_REGION}": accounts.MANAGEMENT_ACCOUNT,
}
"""Role to its account, for every role of accounts/."""
OWNERS_LISTS = ("role/Data", "role/Research", "s3:::", ":key/")
"""Where the owner of a member account lists what may be touched, the list counts as one resource."""

_SERVICES = {"sts": "iam"}
"""Prefix of an action to the service of its resources, where they differ."""


@dataclass(frozen=True)
class Grant:
    """One action that a statement allows on one resource pattern (or on an owner's list of them)."""

    role: str
    action: str
    resources: tuple[str, ...]
    statement: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grant) and self.key == other.key

    @property
    def key(self) -> tuple[str, str, tuple[str, ...], str]:
        """What two deployments of the same template have in common."""
        return self.role, self.action, self.resources, str(self.statement.get("Condition"))

    def allows(self, need: Need) -> bool:
        """Whether this grant alone covers the need, its conditions included."""
        context = supplied(need.action, need.resource, need.context)
        narrowed = {**self.statement, "Action": self.action, "Resource": list(self.resources)}
        return applies(narrowed, Request(need.action, need.resource, context=context))

    def __str__(self) -> str:
        condition = " if " + ", ".join(_condition(self.statement)) if self.statement.get("Condition") else ""
        return f"{self.action} on {' | '.join(self.resources)}{condition}"


def role_arns(world: World) -> dict[str, str]:
    """ARN to name of every role that the stack and the member templates make, and of people's (`people`)."""
    ours = {
        f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{name}": name
        for name in world[accounts.CLUSTER_ACCOUNT]["roles"]
        if name.startswith(f"{accounts.STACK}-")
    }
    members = {f"arn:aws:iam::{account}:role/{name}": name for name, account in MEMBER_ROLES.items()}
    return {**ours, **members}


def grants_of(world: World) -> list[Grant]:
    """Every grant of those roles."""
    found = []
    for arn, name in role_arns(world).items():
        account = world[arn.split(":")[4]]
        role = account["roles"][name]
        documents = [*role["inline"].values(), *(account["policies"][attached] for attached in role["attached"])]
        for document in documents:
            for statement in document["Statement"]:
                found += list(_grants(name, statement))
    return found


def _grants(role: str, statement: Mapping[str, Any]) -> Iterator[Grant]:
    listed = [each for each in _list(statement["Resource"]) if any(mark in each for mark in OWNERS_LISTS)]
    groups = [tuple(listed)] if listed else [(each,) for each in _list(statement["Resource"])]
    for action in _list(statement["Action"]):
        for resources in groups:
            # An action on another service's resource allows nothing: the pair comes of writing two of a kind together.
            if resources[0] == "*" or resources[0].split(":")[2] == _SERVICES.get(
                service := action.split(":")[0], service
            ):
                yield Grant(role, action, resources, statement)


def _condition(statement: Mapping[str, Any]) -> list[str]:
    return [
        f"{key} {'/'.join(_list(value))}" for keys in statement["Condition"].values() for key, value in keys.items()
    ]


def _list(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
