"""Policy documents in one form, so that equal policies compare equal."""

import json
from typing import Any

Document = dict[str, Any]


def document(*statements: Document) -> Document:
    """A policy of these statements, canonical."""
    return canonical({"Version": "2012-10-17", "Statement": list(statements)})


def canonical(policy: Document | str) -> Document:
    """The policy with lists sorted and one-element lists as their element, as AWS may return either.

    The order of statements is kept: it means nothing to AWS, but a change of it is somebody's edit.
    """
    parsed: Document = json.loads(policy) if isinstance(policy, str) else policy
    return {
        "Version": parsed.get("Version", "2012-10-17"),
        "Statement": [canonical_statement(statement) for statement in statements(parsed)],
    }


def statements(policy: Document) -> list[Document]:
    """A policy's statements; a single one may stand there without a list."""
    found = policy.get("Statement", [])
    return found if isinstance(found, list) else [found]


def canonical_statement(statement: Document) -> Document:
    """One statement in that form."""
    return {key: _canonical(value) for key, value in sorted(statement.items())}


def text(policy: Document) -> str:
    """As it is sent: compact, since the limits on a policy's size count characters."""
    return json.dumps(policy, separators=(",", ":"), sort_keys=True)


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return value[0] if len(value) == 1 else sorted(value)
    return value
