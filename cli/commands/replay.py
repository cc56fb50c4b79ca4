"""`watch` and `replay`: executions, by themselves."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from botocore.exceptions import ClientError

from cli import events, executions, screen, stack, team_files
from cli.commands.carrying_out import carried_out, end
from cli.endings import Mistyped, code_of
from cli.executions import Execution, Start
from cli.options import Json, StackName
from cli.registry import Record, record_of
from cli.stack import Stack

Executions = Annotated[
    list[str], typer.Argument(metavar="EXECUTION...", help="ARNs of executions, or names of teams that are at work.")
]
What = Annotated[
    str, typer.Argument(metavar="TEAM|EXECUTION|FILE", help="A team, an execution's ARN, or a file with a whole event.")
]

_ARN: Final = "arn:"
_NONE: Final = ("ExecutionDoesNotExist", "InvalidArn", "ValidationException")


def watch(execution: Executions, stack_name: StackName = None, as_json: Json = False) -> None:
    """Show executions while they run, and what came of them; Ctrl-C ends the watching alone.

    Exit status: 0 all ended as they should, 1 not all, 2 there is no such execution.
    """
    where = stack.find(stack_name)
    found = [_execution(where, each) for each in execution]
    starts = {_name(each): _known(each) for each in found}
    if len(found) == 1:
        end(where, _name(found[0]), _known(found[0]), as_json)
    outcomes = carried_out(where, starts, quiet=as_json)
    if as_json:
        screen.print_json([each.as_value() for each in outcomes])
    raise typer.Exit(0 if all(each.well for each in outcomes) else 1)


def replay(what: What, stack_name: StackName = None, as_json: Json = False) -> None:
    """Start onboard-team anew: with an execution's input, with what a team is to be, or with the event of a file.

    Of a team that an execution has not come to an end with, it is what that execution was to do.

    Exit status: 0 it ended as it should, 1 not, 2 there is nothing to replay.
    """
    payload = team_files.value_of(Path(what)) if Path(what).is_file() else None
    where = stack.find(stack_name)
    if payload is None and what.startswith(_ARN):
        payload = _execution(where, what).input
    elif payload is None:
        payload = _of_team(where, what)
    start = partial(executions.start, where, "OnboardTeamArn", payload)
    end(where, events.team_in(payload) or Path(what).name, start, as_json)


def _execution(where: Stack, named: str) -> Execution:
    if not named.startswith(_ARN):
        record = record_of(where, named)
        if record is None or record.holder is None:
            raise Mistyped(f"No execution works on a team {named}: name an execution's ARN, as `show` has them.")
        named = record.holder
    try:
        return executions.look(where, named)
    except ClientError as error:
        if code_of(error) in _NONE:
            raise Mistyped(f"There is no execution {named}: `hyperpod-teams show TEAM` has a team's.") from None
        raise


def _of_team(where: Stack, team: str) -> dict[str, Any]:
    record = record_of(where, team)
    if record is None:
        raise Mistyped(f"{team}: neither a team in the registry of {where.name}, nor an execution, nor a file.")
    return unfinished(where, record) or _active(record)


def unfinished(where: Stack, record: Record) -> dict[str, Any] | None:
    """What whoever holds the team is, or was, to do for it; None where nobody does."""
    wanted = record.fields.get("wanted") if record.holder else None
    if wanted is None:
        return None
    asked: dict[str, Any] | None = wanted.get("request")
    return events.departure(where, record.team) if wanted.get("leaving") or asked is None else asked


def _active(record: Record) -> dict[str, Any]:
    if record.active is None:
        raise Mistyped(f"Team {record.team} has never been onboarded: apply its file.")
    return record.active


def _known(execution: Execution) -> Start:
    return lambda: execution.arn


def _name(execution: Execution) -> str:
    return events.team_in(execution.input) or execution.arn
