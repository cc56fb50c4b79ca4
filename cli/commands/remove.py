"""`remove`: a team leaves."""

from functools import partial
from typing import Annotated

import typer

from cli import dry_runs, events, executions, stack
from cli.commands import plan as planning
from cli.commands.asking import confirmed
from cli.commands.carrying_out import end
from cli.endings import Mistyped
from cli.options import Json, StackName, Team, Yes
from cli.registry import record_of
from cli.stack import Stack

PlanOnly = Annotated[bool, typer.Option("--plan", help="Show what would be taken away, and change nothing.")]


def remove(
    team: Team, stack_name: StackName = None, plan: PlanOnly = False, yes: Yes = False, as_json: Json = False
) -> None:
    """Offboard a team: take away all that it was given.

    Exit status: 0 it has left (with --plan: no problems), 1 not, 2 there is no such team.
    """
    where = stack.find(stack_name)
    if record_of(where, team) is None:
        raise Mistyped(f"There is no team {team} in the registry of {where.name}: `hyperpod-teams list` has all.")
    if plan:
        found = planning.planned(where, {team: partial(dry_runs.start_leaving, where, team)})
        planning.tell(found, {team: None}, as_json)
        raise typer.Exit(1 if found[team].result == "problems" else 0)
    confirmed(f"Offboard {team}? Its access is taken away.", yes)
    end(where, team, partial(departure, where, team), as_json)


def departure(where: Stack, team: str) -> str:
    """Starts the execution by which the team leaves; its ARN."""
    return executions.start(where, "OnboardTeamArn", events.departure(where, team))
