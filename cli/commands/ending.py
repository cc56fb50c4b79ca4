"""`extend`, `suspend` and `resume`: when a team ends, and that it stops before."""

from datetime import date
from functools import partial
from typing import Annotated, Any

import typer

from cli import events, executions, stack
from cli.commands.carrying_out import end
from cli.endings import Mistyped
from cli.options import Json, StackName, Team
from cli.registry import record_of

LastDay = Annotated[str, typer.Argument(metavar="DATE", help="The last day, in UTC, such as 2027-03-31.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for those who are suspended.")]


def extend(team: Team, last_day: LastDay, stack_name: StackName = None, as_json: Json = False) -> None:
    """Give a team another last day; one that was suspended because its last day had passed is resumed.

    Exit status: 0 it has it, 1 not, 2 there is no such team or day.
    """
    try:
        date.fromisoformat(last_day)
    except ValueError:
        raise Mistyped(f"{last_day} is no day of the calendar: write it as 2027-03-31.") from None
    _ask("Team Extended", team, stack_name, as_json, expires=last_day)


def suspend(team: Team, reason: Reason = "", stack_name: StackName = None, as_json: Json = False) -> None:
    """Suspend a team: no new pods, and only a view of its namespace. Data, roles and claims are kept.

    Exit status: 0 it is suspended, 1 not, 2 there is no such team.
    """
    _ask("Team Suspended", team, stack_name, as_json, reason=reason)


def resume(team: Team, stack_name: StackName = None, as_json: Json = False) -> None:
    """Give a suspended team back what it had. One whose last day has passed is extended instead.

    Exit status: 0 it is as before, 1 not, 2 there is no such team.
    """
    _ask("Team Resumed", team, stack_name, as_json)


def _ask(kind: str, team: str, stack_name: str | None, as_json: bool, **said: Any) -> None:
    where = stack.find(stack_name)
    record = record_of(where, team)
    if record is None or record.active is None:
        raise Mistyped(f"There is no onboarded team {team} in the registry of {where.name}: `hyperpod-teams list`.")
    end(
        where,
        team,
        partial(executions.start, where, "OnboardTeamArn", events.ending(where, kind, team, **said)),
        as_json,
    )
