"""What the stack's registry has of teams. Commands read it; the state machines write it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cli.endings import Refusal
from cli.stack import Stack
from onboarding.schema import is_newer, newer_sentence

_TEAM: Final = "team/"
_JSON: Final = ("active", "approval", "approved", "drift", "left", "plan", "probe", "wanted", "connect")
"""Fields that are JSON themselves (docs/operating.md, "The registry")."""


@dataclass(frozen=True)
class Record:
    """A team's item."""

    team: str
    fields: dict[str, Any]

    @property
    def active(self) -> dict[str, Any] | None:
        """The request that was last onboarded, in normal form; None for a team that never was."""
        return self.fields.get("active")

    @property
    def status(self) -> str:
        """onboarding, active, offboarding or stuck."""
        return str(self.fields.get("status", "unknown"))

    @property
    def holder(self) -> str | None:
        """ARN of the execution that works on the team."""
        return self.fields.get("holder")

    @property
    def approval(self) -> dict[str, Any] | None:
        """What it waits for somebody to approve, with `digest` and `reasons`; None where it does not wait."""
        return self.fields.get("approval")

    @property
    def drift(self) -> dict[str, Any] | None:
        """What the last sweep found, with `drift`, `problem` and `repaired`; None where the team is as recorded."""
        return self.fields.get("drift")


def record_of(stack: Stack, team: str) -> Record | None:
    """A team's item, or None. Refuses one that a newer release wrote."""
    table = stack.output("RegistryTable")
    found = stack.client("dynamodb").get_item(TableName=table, Key={"id": {"S": _TEAM + team}}, ConsistentRead=True)
    return _record(team, found["Item"]) if "Item" in found else None


def records(stack: Stack) -> list[Record]:
    """All teams' items, by name. Refuses as `record_of`."""
    return sorted(_records(stack), key=lambda record: record.team)


def _records(stack: Stack) -> Iterator[Record]:
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.output("RegistryTable"), ConsistentRead=True):
        for item in page["Items"]:
            if item["id"]["S"].startswith(_TEAM):
                yield _record(item["id"]["S"].removeprefix(_TEAM), item)


def _record(team: str, item: dict[str, Any]) -> Record:
    fields = {name: next(iter(value.values())) for name, value in item.items() if name != "id"}
    if is_newer(fields):
        raise Refusal(newer_sentence(team, fields, "this hyperpod-teams", "hyperpod-teams"))
    return Record(team, {name: json.loads(value) if name in _JSON else value for name, value in fields.items()})
