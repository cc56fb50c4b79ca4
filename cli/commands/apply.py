"""`apply`: teams become as their files say."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import dry_runs, executions, screen, stack, team_files
from cli.commands import plan as planning
from cli.commands.asking import confirmed
from cli.commands.carrying_out import carried_out, watched
from cli.commands.remove import departure
from cli.executions import Start
from cli.options import Files, Json, StackName, Yes
from cli.registry import Record, records
from cli.stack import Stack
from cli.team_files import TeamFile
from cli.views.outcomes import Outcome

PlanOnly = Annotated[bool, typer.Option("--plan", help="Show the diff of each team, and change nothing.")]
Prune = Annotated[bool, typer.Option("--prune", help="Offboard the teams that have no file, after asking.")]


def apply(
    files: Files,
    stack_name: StackName = None,
    plan: PlanOnly = False,
    prune: Prune = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Send what differs from the registry, a few teams at a time, and show what comes of it.

    A team is sent where its file asks for something else than what was onboarded last, and where it is stuck, has
    drifted, or was never onboarded.

    Exit status: 0 all teams are as their files say (with --plan: no problems), 1 not all, 2 a file cannot be read.
    """
    teams = team_files.read(files)
    where = stack.find(stack_name)
    known = {record.team: record for record in records(where)}
    there = {team for team, record in known.items() if record.active is not None}
    fileless = sorted(there - {file.team for file in teams}) if prune else []
    if plan:
        _plan(where, teams, fileless, as_json)
    sent = [file for file in teams if differs(file, known.get(file.team))]
    if fileless:
        confirmed(f"Offboard {', '.join(fileless)}, which have no file? Their access is taken away.", yes)
    starts: dict[str, Start] = {
        file.team: partial(executions.start, where, "OnboardTeamArn", file.detail) for file in sent
    }
    found = [Outcome(file.team, "unchanged") for file in teams if file not in sent]
    if len(teams) == 1 and not as_json:
        found += [watched(where, team, start) for team, start in starts.items()]
    else:
        found += carried_out(where, starts, quiet=as_json)
    if all(each.well for each in found):
        leaving: dict[str, Start] = {team: partial(departure, where, team) for team in fileless}
        found += carried_out(where, leaving, quiet=as_json)
    else:
        why = "not every file could be applied, so nothing was offboarded"
        found += [Outcome(team, "kept", why) for team in fileless]
    _end(found, as_json)


def differs(file: TeamFile, record: Record | None) -> bool:
    """Whether a team is to be sent: it is not as its file says, or not known to be."""
    if record is None or record.active is None or record.status != "active" or record.drift is not None:
        return True
    return _placed(file.request, record.active) != record.active


def _placed(request: Mapping[str, Any], active: Mapping[str, Any]) -> dict[str, Any]:
    """The request with what the stack fills in: where storage lies that its file leaves to the stack stays as it is,
    and so do its last day and its suspension.
    """
    there = {each["name"]: each for each in active.get("storage", [])}
    kept = ("path", "fileSystemId")
    storage = [
        {**{name: value for name, value in there.get(each["name"], {}).items() if name in kept}, **each}
        for each in request.get("storage", [])
    ]
    suspended = {"suspension": active["suspension"]} if "suspension" in active else {}
    ends = {"expires": active["expires"]} if "expires" in active else {}
    return {**ends, **request, "storage": storage, **suspended}


def _plan(where: Stack, teams: Sequence[TeamFile], fileless: Sequence[str], as_json: bool) -> None:
    leaving = {team: partial(dry_runs.start_leaving, where, team) for team in fileless}
    found = planning.planned(where, planning.starts_of(where, teams) | leaving)
    paths: dict[str, Path | None] = {file.team: file.path for file in teams}
    planning.tell(found, paths, as_json)
    raise typer.Exit(1 if any(each.result == "problems" for each in found.values()) else 0)


def _end(found: Sequence[Outcome], as_json: bool) -> None:
    if as_json:
        screen.print_json([each.as_value() for each in found])
    elif len(found) > 1 or any(each.result == "unchanged" for each in found):
        counts = [each.result for each in found]
        said = ", ".join(f"{counts.count(result)} {result}" for result in dict.fromkeys(counts))
        screen.output().print(f"\n{said}.", highlight=False)
    raise typer.Exit(0 if all(each.well for each in found) else 1)
