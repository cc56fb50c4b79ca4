"""`doctor`: what must be so before a team can join."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.rule import Rule

from cli import dry_runs, screen, stack, team_files
from cli.commands import plan as planning
from cli.dry_runs import Planned
from cli.endings import Mistyped
from cli.options import Json, StackName
from cli.registry import records
from cli.views.doctor import show_prerequisites

Some = Annotated[
    list[Path] | None,
    typer.Argument(help="Files of teams, or folders of such files; else every team that is onboarded."),
]


def doctor(files: Some = None, stack_name: StackName = None, as_json: Json = False) -> None:
    """List every prerequisite with its state, and the commands that mend what is not met; nothing is changed.

    Exit status: 0 nothing is missing, 1 something is, 2 there is no such file.
    """
    teams = team_files.read(files or [])
    where = stack.find(stack_name)
    starts = planning.starts_of(where, teams)
    if not files:
        active = {record.team: record.active for record in records(where)}
        starts = {team: partial(dry_runs.start, where, asked) for team, asked in active.items() if asked}
    if not starts:
        raise Mistyped(f"No team is onboarded by {where.name}: name a file of a team that is to be.")
    found = planning.planned(where, starts)
    if as_json:
        screen.print_json(
            [
                {"team": team, "well": _well(one), "prerequisites": one.prerequisites, "cause": _cause(one)}
                for team, one in found.items()
            ]
        )
    else:
        console = screen.output()
        for team, one in found.items():
            if len(found) > 1:
                console.print(Rule(escape(team), align="left"))
            if cause := _cause(one):
                console.print(f"[bold red]Not examined:[/] {escape(cause)}", highlight=False)
            else:
                show_prerequisites(console, one.prerequisites)
    raise typer.Exit(0 if all(_well(one) for one in found.values()) else 1)


def _cause(found: Planned) -> str | None:
    # What was found missing is in the list.
    return None if found.prerequisites else found.cause


def _well(found: Planned) -> bool:
    return _cause(found) is None and all(each["verdict"] != "problem" for each in found.prerequisites)
