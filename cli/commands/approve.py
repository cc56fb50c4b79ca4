"""`approve` and `deny`: decisions about what a team's execution waits with."""

import json
from typing import Annotated, Final

import typer

from cli import screen, stack
from cli.endings import Mistyped
from cli.options import StackName
from cli.registry import record_of

Team = Annotated[str, typer.Argument(metavar="TEAM", help="A team that waits for approval.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for those who asked.")]

_SOURCE: Final = "hyperpod.teams"


def approve(team: Team, reason: Reason = "", stack_name: StackName = None) -> None:
    """Approve the very plan that a team waits with; nobody approves what his own account asked for.

    Exit status: 0 the decision was sent, 2 the team waits for none.
    """
    _decide(team, reason, "Team Approved", stack_name)


def deny(team: Team, reason: Reason = "", stack_name: StackName = None) -> None:
    """Deny what a team waits with: it ends as it was.

    Exit status: 0 the decision was sent, 2 the team waits for none.
    """
    _decide(team, reason, "Team Denied", stack_name)


def _decide(team: str, reason: str, kind: str, stack_name: str | None) -> None:
    where = stack.find(stack_name)
    record = record_of(where, team)
    if record is None or record.approval is None:
        raise Mistyped(f"Team {team} waits for no approval: it was decided before, timed out, or was not asked for.")
    detail = {"team": team, "digest": record.approval["digest"], "reason": reason}
    entry = {
        "EventBusName": where.output("TeamsBusArn"),
        "Source": _SOURCE,
        "DetailType": kind,
        "Detail": json.dumps(detail),
    }
    answer = where.client("events").put_events(Entries=[entry])["Entries"][0]
    if "EventId" not in answer:
        raise Mistyped(f"The bus did not take it: {answer.get('ErrorMessage')}.")
    screen.output().print(f"{kind}: sent. `hyperpod-teams watch {team}` shows what comes of it.", highlight=False)
