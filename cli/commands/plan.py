"""`plan`: what applying files would change."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from cli import dry_runs, executions, screen, stack, team_files
from cli.dry_runs import Planned
from cli.executions import Start
from cli.options import Files, Json, StackName
from cli.stack import Stack
from cli.team_files import TeamFile
from cli.views.doctor import show_unmet
from cli.views.plan import show_plan

NOTHING, PROBLEMS, CHANGES = 0, 1, 2
"""Exit statuses, those of `terraform plan -detailed-exitcode`."""


def plan(files: Files, stack_name: StackName = None, as_json: Json = False) -> None:
    """Show what applying files of teams would change, as a diff, what is missing first; nothing is changed.

    Exit status: 0 nothing to do, 1 problems or an error, 2 changes.
    """
    teams = team_files.read(files)
    where = stack.find(stack_name)
    found = planned(where, starts_of(where, teams))
    tell(found, {file.team: file.path for file in teams}, as_json)
    results = {each.result for each in found.values()}
    raise typer.Exit(PROBLEMS if "problems" in results else CHANGES if "changes" in results else NOTHING)


def starts_of(where: Stack, teams: Iterable[TeamFile]) -> dict[str, Start]:
    """What starts a dry run for each file."""
    return {file.team: partial(dry_runs.start, where, file.detail) for file in teams}


def planned(where: Stack, starts: Mapping[str, Start]) -> dict[str, Planned]:
    """The dry runs of teams, a few at a time; by team, in the order given."""
    found = {team: dry_runs.planned(where, ended) for team, ended in executions.waited(where, starts)}
    return {team: found[team] for team in starts}


def tell(found: Mapping[str, Planned], paths: Mapping[str, Path | None], as_json: bool) -> None:
    """All plans, for people or programs; `paths` names the file of each team that has one."""
    if as_json:
        screen.print_json([_as_value(team, paths.get(team), each) for team, each in found.items()])
        return
    console = screen.output()
    for team, each in found.items():
        _show(console, team, each)


def _as_value(team: str, path: Path | None, found: Planned) -> dict[str, object]:
    return {
        "team": team,
        "file": None if path is None else str(path),
        "result": found.result,
        "prerequisites": found.prerequisites,
        "plan": found.plan,
        "cause": found.cause,
    }


def _show(console: Console, team: str, found: Planned) -> None:
    console.print(Rule(escape(team), align="left"))
    show_unmet(console, found.prerequisites)
    if found.cause is not None:
        console.print(f"[bold red]Not planned:[/] {escape(found.cause)}", highlight=False)
    elif found.plan is not None:
        show_plan(console, found.plan)
