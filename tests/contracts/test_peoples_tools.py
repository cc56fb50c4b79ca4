"""What people's tools may do: the table in docs/security.md, the cluster access role's policy, and a team's rights."""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import pytest

from eks_access_entry import access_policies
from iam_roles import policies
from quota_namespace import rbac
from sandbox.aws.policies.policy import Decision, Request, evaluate
from sandbox.cluster.api.identity import Identity
from sandbox.cluster.authorization.access_policies import policies_allow
from sandbox.cluster.authorization.builtin_roles import initial_objects
from sandbox.cluster.authorization.rules import Rule
from tests.contracts.machines import ROOT
from tests.contracts.peoples_tools import COMMANDS, NO, OWN, TEAM, YES, Ask, Call, Command
from tests.contracts.stack import as_list
from tests.unit.given import SETTINGS, request

SCOPES = {"Training": OWN, "Inference": OWN, "Space": OWN, "UserCluster": None}
"""HyperPod's own policies that an event may ask for, and where they hold."""

BASIC = [
    Rule.read(rule)
    for _, role in initial_objects()
    if role["metadata"]["name"] == "system:basic-user"
    for rule in role.get("rules", ())
]
"""What Kubernetes lets everybody ask."""


def statements() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policies.cluster_access_permissions(SETTINGS)["Statement"]
    return found


def may_call(call: Call) -> bool:
    return evaluate(statements(), Request(call.action, call.resource)) is Decision.ALLOW


def may_ask(ask: Ask, given: Iterable[str] = ()) -> bool:
    """Whether a scientist of the team may, with `edit`, the team's Roles and these policies of HyperPod's."""
    asked = [{"name": each, "scope": "namespace" if SCOPES[each] else "cluster"} for each in given]
    team = request(team=TEAM, access={"policies": asked})
    ours = ((access_policies.hyperpods(p.name), (OWN,) if SCOPES[p.name] else None) for p in team.access.policies)
    identity = Identity("ana", policies=(("edit", (OWN,)), *ours))
    wanted = ask.attributes
    rules = [Rule.read(rule) for rule in rbac.cluster_rules(TEAM)] + BASIC
    if wanted.namespace == OWN:
        rules += [Rule.read(rule) for rule in rbac.namespaced_rules(team)]
    return policies_allow(identity, wanted) or any(rule.allows(wanted) for rule in rules)


def is_allowed(command: Command, given: Iterable[str] = ()) -> bool:
    return all(map(may_call, command.calls)) and all(may_ask(ask, [*given]) for ask in command.asks)


def row(command: Command) -> str:
    """The command's line of the table, which says of each call and request whether it is refused."""
    calls = [f"{'' if may_call(call) else 'not '}`{call.action}`" for call in command.calls]
    asks = [
        f"{'' if allowed else 'not '}{', '.join(ask.verb for ask in same)} {about}"
        for (allowed, about), same in groupby(command.asks, key=lambda ask: (may_ask(ask), ask.about))
    ]
    enough = " or ".join(f"`{each}`" for each in command.policies)
    verdict = f"with {enough}" if enough else command.allowed
    cells = (command.tool, command.typed, ", ".join(calls), "; ".join(asks), verdict, command.shown)
    return "| " + " | ".join(cells) + " |"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command.tool} {command.typed}")
def test_a_command_is_allowed_as_the_table_says(command: Command) -> None:
    assert is_allowed(command) is (command.allowed == YES)
    assert is_allowed(command, SCOPES) is (command.allowed != NO)
    if command.allowed != YES:
        assert [each for each in SCOPES if is_allowed(command, [each])] == list(command.policies)
    assert bool(command.shown) is (command.allowed != YES)
    assert command.source


def test_the_table_in_the_text_is_this_one() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    table = text[text.index("## What people's tools may do") :]
    table = table[: table.index("\n## ", 1)]
    written = [line.replace("  ", " ") for line in re.findall(r"^\|.*\|$", table, re.MULTILINE)][2:]
    assert written == [row(command).replace("  ", " ") for command in COMMANDS]


def test_the_cluster_access_role_may_call_nothing_that_no_tool_calls() -> None:
    held = {action for statement in statements() for action in as_list(statement["Action"])}
    called = {call.action for command in COMMANDS if command.allowed == YES for call in command.calls}
    assert held == called


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.calls], ids=lambda c: f"{c.tool} {c.typed}")
def test_no_call_reaches_another_cluster(command: Command) -> None:
    for call in command.calls:
        elsewhere = re.sub(r"(cluster|addon)/[^/]+", r"\1/another", call.resource)
        assert elsewhere == call.resource or not may_call(Call(call.action, elsewhere)), call
