"""`sweep`: every team compared with what is recorded."""

from functools import partial
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli import executions, screen, stack
from cli.commands.carrying_out import carried_out
from cli.commands.replay import unfinished
from cli.executions import Execution, Start
from cli.options import Json, StackName
from cli.registry import Record, records
from cli.stack import Stack
from cli.views.teams import show_teams, summary

Repair = Annotated[bool, typer.Option("--repair", help="Bring what has drifted or is stuck to what is recorded.")]


def sweep(stack_name: StackName = None, repair: Repair = False, as_json: Json = False) -> None:
    """Start a sweep, wait for it, and show which teams are not as recorded.

    Exit status: 0 all are as recorded, or have been repaired; 1 not.
    """
    where = stack.find(stack_name)
    console = screen.output()
    console.quiet = as_json
    with console.status("Sweeping ..."):
        start = partial(executions.start, where, "SweepArn", {})
        ((_, ended),) = executions.waited(where, {"sweep": start})
    found = [record for record in records(where) if _is_amiss(where, record)]
    _show(console, ended, found)
    starts = {record.team: mend for record in found if repair and (mend := _mending(where, record))}
    outcomes = carried_out(where, starts, quiet=as_json)
    mended = {each.team for each in outcomes if each.well}
    if as_json:
        value = {"execution": ended.arn, "status": ended.status, "why": None if _well(ended) else ended.why}
        repaired = [each.as_value() for each in outcomes]
        screen.print_json({**value, "amiss": [summary(record) for record in found], "repaired": repaired})
    raise typer.Exit(0 if _well(ended) and mended == {record.team for record in found} else 1)


def _well(ended: Execution) -> bool:
    return ended.status == "SUCCEEDED"


def _is_amiss(where: Stack, record: Record) -> bool:
    if record.holder is not None and record.drift is None:
        holder = executions.found(where, record.holder)
        return holder is None or not holder.runs
    return record.drift is not None or record.active is None


def _mending(where: Stack, record: Record) -> Start | None:
    """What brings the team to what it is to be: nothing where only people can, as where a share was taken back."""
    asked = unfinished(where, record)
    drift = record.drift or {}
    if asked is None and drift.get("drift"):
        asked = record.active
    return None if asked is None else partial(executions.start, where, "OnboardTeamArn", asked)


def _show(console: Any, ended: Execution, found: list[Record]) -> None:
    if not _well(ended):
        console.print(f"[bold red]{ended.status}[/] {escape(ended.why)}", highlight=False)
        return
    console.print(f"{ended.output['teams']} teams looked at, {len(found)} not as recorded.", highlight=False)
    if found:
        show_teams(console, found)
