"""`list` and `show`: what the registry has of teams, and what their executions have said."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer

from cli import events, executions, screen, stack, team_files, usage
from cli.endings import Mistyped
from cli.executions import Execution
from cli.options import Json, StackName, Team
from cli.registry import Record, record_of, records
from cli.stack import Stack
from cli.views.teams import show_record, show_teams, summary

_LOOKED_AT: Final = 50
"""Executions, the newest, among which a team's are looked for: an execution's name does not say its team."""

AsFile = Annotated[
    bool, typer.Option("--file", help="The team's file, as `apply` takes it: YAML, or JSON with --json.")
]


def list_teams(stack_name: StackName = None, as_json: Json = False) -> None:
    """List every team: its account, state, quota (asked, used, borrowed), since when and by whom, and its last sweep.

    Exit status: 0.
    """
    where = stack.find(stack_name)
    found, used = records(where), usage.read(where)
    if as_json:
        _say_unknown(used)
        screen.print_json([summary(record, used) for record in found])
    else:
        show_teams(screen.output(), found, used)


def show(team: Team, stack_name: StackName = None, as_file: AsFile = False, as_json: Json = False) -> None:
    """Show what a team has by account, who may reach what, what a pod has proven, and its latest executions.

    Exit status: 0; 2 where there is no such team.
    """
    where = stack.find(stack_name)
    record = record_of(where, team)
    if record is None:
        raise Mistyped(f"There is no team {team} in the registry of {where.name}: `hyperpod-teams list` has all.")
    if as_file:
        _file(record, as_json)
        return
    onboarded, history, used = _onboarded(where, record), list(_history(where, record)), usage.read(where)
    if as_json:
        _say_unknown(used)
        value = {**summary(record, used), "active": record.active, "probe": record.fields.get("probe")}
        plan = (onboarded.output or {}).get("plan") if onboarded else None
        screen.print_json({**value, "plan": plan, "executions": history})
    else:
        show_record(screen.output(), record, onboarded, history, where.account, used)


def _say_unknown(used: usage.Usage) -> None:
    if used.unknown:
        screen.errors().print(f"usage is unknown: {used.unknown}", highlight=False, markup=False, soft_wrap=True)


def _file(record: Record, as_json: bool) -> None:
    if record.active is None:
        raise Mistyped(f"Team {record.team} has never been onboarded, so there is nothing to write a file of.")
    if as_json:
        screen.print_json(
            {name: value for name, value in record.active.items() if name not in ("dryRun", "suspension")}
        )
    else:
        screen.output().file.write(team_files.text(record.active))


def _onboarded(where: Stack, record: Record) -> Execution | None:
    """The execution that made the team what it is; None where it is not known any more, after 90 days."""
    arn = record.fields.get("execution")
    return None if arn is None else executions.found(where, arn)


def _history(where: Stack, record: Record) -> Iterator[dict[str, Any]]:
    client, machine = where.client("stepfunctions"), where.output("OnboardTeamArn")
    newest = client.list_executions(stateMachineArn=machine, maxResults=_LOOKED_AT)["executions"]
    # The registry's own as well: a sweep alone starts an execution for each team.
    known = [record.holder, record.fields.get("execution"), *(each["executionArn"] for each in newest)]
    looked_at = (executions.found(where, arn) for arn in dict.fromkeys(known) if arn)
    those = (each for each in looked_at if each and record.team in (events.team_in(each.input), _said(each, "team")))
    for found in sorted(those, key=lambda each: str(each.started), reverse=True):
        yield {
            "execution": found.arn,
            "status": found.status,
            "started": found.started,
            "outcome": _said(found, "outcome"),
            "why": None if found.runs or found.status == "SUCCEEDED" else found.why,
        }


def _said(execution: Execution, name: str) -> Any:
    return execution.output.get(name) if isinstance(execution.output, dict) else None
