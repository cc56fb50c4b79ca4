"""What a team waits for somebody to approve, in a line with what to do about it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

_WAITS: Final = ".waitForTaskToken"


def show_waiting(console: Console, team: str, approval: Mapping[str, Any]) -> None:
    """One line; `approval` as the registry has it."""
    reasons = "; ".join(approval["reasons"])
    console.print(
        f"[yellow]{escape(team)} waits for approval[/] ({escape(reasons)}): `hyperpod-teams approve {escape(team)}`, "
        "or deny, by somebody of another account than asked.",
        highlight=False,
        soft_wrap=True,
    )


def waiting_in(event: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The team, and what it waits with, where an event of a history says that; else None."""
    details = event.get("taskScheduledEventDetails", {})
    if not str(details.get("resource", "")).endswith(_WAITS):
        return None
    asked = json.loads(details["parameters"])
    team = str(asked["Key"]["id"]["S"]).removeprefix("team/")
    return team, json.loads(asked["ExpressionAttributeValues"][":approval"]["S"])
