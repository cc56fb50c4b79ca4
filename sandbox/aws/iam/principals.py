"""IAM principals as the services see them: existing, visible by now, and pinned by their unique id.

A policy that names a role means that very role. Once it is deleted, the policy shows its `AROA…` id, and a role made
later under the same name is another one. moto keeps the text of policies only, so the ids are pinned here when a policy
is written and resolved when it is read.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.iam.models import Role, iam_backends

from sandbox.aws.moto.installation import current

_PARTITION = "aws"
_ARN = re.compile(r"arn:aws:iam::(?P<account>\d{12}):(?P<kind>role|user)/.+")
_UNIQUE_ID = re.compile(r"A(RO|ID)A[A-Z0-9]{12,}")
# An account by number or ARN, a session, and what CloudFront reads an owner's bucket as.
_OTHERS = re.compile(
    r"\d{12}|arn:aws:iam::\d{12}:root|arn:aws:sts::\d{12}:.+/.+"
    r"|arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity [A-Z0-9]+"
)


def unique_id(arn: str, *, even_if_new: bool = False) -> str | None:
    """The unique id of the role or user with that ARN, None if it does not exist or is not visible yet."""
    match = _ARN.fullmatch(arn)
    if not match or match["account"] not in iam_backends:
        return None
    backend = iam_backends[match["account"]][_PARTITION]
    if match["kind"] == "role":
        role = next((role for role in list(backend.get_roles()) if role.arn == arn), None)
        return role.id if role and (even_if_new or _is_visible(role)) else None
    return next((user.id for user in list(backend.users.values()) if user.arn == arn), None)


def arn_of(principal_id: str) -> str | None:
    """The ARN of the role or user with that unique id, None if there is no such principal any more."""
    for account in list(iam_backends):
        backend = iam_backends[account][_PARTITION]
        role = backend.get_role_by_id(principal_id)
        if role is not None:
            return str(role.arn)
        for user in list(backend.users.values()):
            if user.id == principal_id:
                return str(user.arn)
    return None


def shown(principal_id: str) -> str:
    """How the services show a pinned principal: its ARN while it lives, then its id."""
    return arn_of(principal_id) or principal_id


def invalid_principal(document: Any) -> str | None:
    """The first AWS principal of a policy that does not exist, or is not visible yet."""
    return next((name for name in _named(document) if not _is_valid(name)), None)


class PinnedPolicy:
    """A class attribute that holds a policy's text (str or bytes): written with ARNs, read as the services show it."""

    def __init__(self, name: str) -> None:
        self._slot = f"_pinned_{name}"
        self._name = name

    def __get__(self, owner: object | None, _: type | None = None) -> Any:
        if owner is None:
            return self
        text: Any = vars(owner).get(self._name)
        pins: dict[str, str] = vars(owner).get(self._slot, {})
        changed = {written: shown(pin) for written, pin in pins.items() if shown(pin) != written}
        if not changed:
            return text
        document = json.loads(text)
        for principal in _elements(document):
            _replace(principal, changed)
        replaced = json.dumps(document)
        return replaced.encode() if isinstance(text, bytes) else replaced

    def __set__(self, owner: object, text: str | bytes | None) -> None:
        pins: dict[str, str] = {}
        for name in _named(_parsed(text)):
            pin = unique_id(name, even_if_new=True) or (name if _UNIQUE_ID.fullmatch(name) else None)
            if pin:
                pins[name] = pin
        vars(owner)[self._name], vars(owner)[self._slot] = text, pins


def parsed_policy(text: str | bytes | None) -> dict[str, Any] | None:
    """The policy, or None if it is no JSON object with statements."""
    document = _parsed(text)
    return document if isinstance(document, dict) and list(_statements(document)) else None


def _parsed(text: str | bytes | None) -> Any:
    try:
        return json.loads(text or "null")
    except ValueError:
        return None


def _is_visible(role: Role) -> bool:
    born = vars(role).get("born")
    return born is None or current().clock.now() - born >= current().delays.role_visible


def _is_valid(name: str) -> bool:
    if _UNIQUE_ID.fullmatch(name):
        return arn_of(name) is not None
    if _ARN.fullmatch(name):
        return unique_id(name) is not None
    return name == "*" or bool(_OTHERS.fullmatch(name))


def _statements(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        statements = document.get("Statement", [])
        yield from (part for part in (statements if isinstance(statements, list) else [statements]) if part)


def _elements(document: Any) -> Iterator[Any]:
    for statement in _statements(document):
        yield from (statement[name] for name in ("Principal", "NotPrincipal") if name in statement)


def _named(document: Any) -> Iterator[str]:
    for principal in _elements(document):
        names = principal.get("AWS", []) if isinstance(principal, dict) else []
        yield from names if isinstance(names, list) else [names]


def _replace(principal: Any, changed: dict[str, str]) -> None:
    names = principal.get("AWS") if isinstance(principal, dict) else None
    if isinstance(names, list):
        principal["AWS"] = [changed.get(name, name) for name in names]
    elif isinstance(names, str):
        principal["AWS"] = changed.get(names, names)
