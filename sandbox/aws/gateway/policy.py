"""What policy statements say about one request. Pure functions; who is asked which policies is in authorization.py."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sandbox.aws.gateway.conditions import holds
from sandbox.aws.gateway.patterns import Context, matches

Statement = Mapping[str, Any]


class Decision(Enum):
    """What a set of statements says."""

    DENY = "explicit deny"
    ALLOW = "allow"
    NONE = "implicit deny"


@dataclass(frozen=True)
class Request:
    """One action on one resource."""

    action: str
    resource: str
    principal: frozenset[str] = frozenset()
    """Every name by which a Principal element may mean the caller: ARNs, account, unique id, or a service."""
    context: Context = field(default_factory=dict)
    levels: tuple[frozenset[str], ...] = ()
    """The same names, those of the account apart from those of the role or user; empty where there is one level."""
    bounded: bool = False
    """Whether a permissions boundary is on the caller."""


def statements(document: str | bytes | Mapping[str, Any] | None) -> list[Statement]:
    """The statements of a policy document, given as JSON text or parsed; none for no document."""
    if not document:
        return []
    parsed = json.loads(document) if isinstance(document, str | bytes) else document
    found = parsed.get("Statement", [])
    return [found] if isinstance(found, Mapping) else list(found)


def evaluate(policy: Iterable[Statement], request: Request) -> Decision:
    """An explicit deny wins over any allow; without either the answer is NONE."""
    decision = Decision.NONE
    for statement in policy:
        if not applies(statement, request):
            continue
        if statement.get("Effect") == "Deny":
            return Decision.DENY
        decision = Decision.ALLOW
    return decision


def applies(statement: Statement, request: Request) -> bool:
    """Whether principal, action, resource and conditions of a statement all fit the request."""
    return (
        _principal_fits(statement, request)
        and _action_fits(statement, request)
        and _resource_fits(statement, request)
        and holds(statement.get("Condition") or {}, request.context)
    )


def _principal_fits(statement: Statement, request: Request) -> bool:
    if "Principal" in statement:
        return _names(statement["Principal"], request.principal)
    if "NotPrincipal" in statement:
        # Account, then role: whoever is excepted is so at each. With a boundary nobody is (IAM user guide,
        # "NotPrincipal").
        levels = request.levels or (request.principal,)
        return request.bounded or not all(_names(statement["NotPrincipal"], level) for level in levels)
    # An identity policy: it belongs to the caller.
    return True


def _names(element: object, principal: frozenset[str]) -> bool:
    if element == "*":
        return True
    if not isinstance(element, Mapping):
        return False
    listed = {name for names in element.values() for name in _list(names)}
    is_service = any(name.endswith(".amazonaws.com") for name in principal)
    return ("*" in _list(element.get("AWS", [])) and not is_service) or bool(listed & principal)


def _action_fits(statement: Statement, request: Request) -> bool:
    def covered(patterns: object) -> bool:
        return any(matches(pattern, request.action, {}, ignore_case=True) for pattern in _list(patterns))

    return not covered(statement["NotAction"]) if "NotAction" in statement else covered(statement.get("Action", []))


def _resource_fits(statement: Statement, request: Request) -> bool:
    def covered(patterns: object) -> bool:
        return any(matches(pattern, request.resource, request.context) for pattern in _list(patterns))

    if "NotResource" in statement:
        return not covered(statement["NotResource"])
    # A trust policy has no Resource: it is about the role that carries it.
    return "Resource" not in statement or covered(statement["Resource"])


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
