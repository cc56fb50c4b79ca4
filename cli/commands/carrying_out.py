"""Executions that change something, carried out before people's eyes."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Final, NoReturn

import typer
from rich.markup import escape
from rich.rule import Rule

from cli import executions, screen
from cli.executions import Start
from cli.registry import record_of
from cli.stack import Stack
from cli.views.outcomes import Outcome, outcome_of, show_end, show_outcome
from cli.views.progress import Progress
from cli.views.waiting import show_waiting

_EVERY: Final = 5
"""Looks at an execution for one at the registry: a plan takes some seconds, and an approval hours."""


def carried_out(where: Stack, starts: Mapping[str, Start], *, quiet: bool) -> list[Outcome]:
    """Several teams' executions, a line when each has ended."""
    console, found = screen.output(), list[Outcome]()
    console.quiet = quiet
    with console.status("") as status:
        status.update(f"{len(starts)} teams ...")
        for team, ended in executions.waited(where, starts, still=_Waiting(where)):
            found.append(outcome_of(team, ended))
            show_outcome(console, found[-1])
            status.update(f"{len(found)} of {len(starts)} teams ...")
    return found


class _Waiting:
    """Says once of each team that it waits for approval: on standard error, since it may take days."""

    def __init__(self, where: Stack) -> None:
        self._where = where
        self._looks = Counter[str]()
        self._said = set[str]()

    def __call__(self, team: str) -> None:
        self._looks[team] += 1
        if self._looks[team] % _EVERY or team in self._said:
            return
        record = record_of(self._where, team)
        if record is not None and record.approval is not None:
            self._said.add(team)
            show_waiting(screen.errors(), team, record.approval)


def watched(where: Stack, team: str, start: Start) -> Outcome:
    """One team's execution, state by state, and then all that came of it."""
    console, started = screen.output(), time.monotonic()
    console.print(Rule(escape(team), align="left"))
    with Progress(console) as progress:
        ((_, ended),) = executions.waited(where, {team: start}, progress)
    outcome = outcome_of(team, ended)
    show_end(console, outcome, ended, time.monotonic() - started, where.account)
    return outcome


def end(where: Stack, team: str, start: Start, as_json: bool) -> NoReturn:
    """One team's execution, for people or programs; ends the command with 0 where all is as was asked, else with 1."""
    if as_json:
        (outcome,) = carried_out(where, {team: start}, quiet=True)
        screen.print_json(outcome.as_value())
    else:
        outcome = watched(where, team, start)
    raise typer.Exit(0 if outcome.well else 1)
