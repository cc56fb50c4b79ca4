"""Makes every call of every scenario fail in every way, and says how it ended.

Exits with 1 where anything ended otherwise than promised.
"""

import argparse
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from proofs.faults.cases import FAULTS, Case
from proofs.faults.journal import Calls, Journal
from proofs.faults.play import FAMILIES, Result, SpoiltError, family_of, player
from proofs.faults.report import Sweep, print_table, write
from proofs.faults.scenarios import SCENARIOS
from proofs.faults.verdict import End

COMMAND: Final = ".venv/bin/python -m proofs.faults"
_PROGRESS: Final = 50
"""Cases between two signs of life."""


@dataclass(frozen=True)
class Choice:
    """Which cases are played; empty for all."""

    scenarios: tuple[str, ...] = ()
    fault: str = ""
    caller: str = ""
    cases: tuple[str, ...] = ()
    part: int = 1
    parts: int = 1
    done: frozenset[str] = frozenset()
    """Cases that have been played before."""
    job: int = 0
    jobs: int = 1

    def of(self, cases: Sequence[Case]) -> list[Case]:
        """The ones of a scenario's cases that this job plays."""
        fitting = [case for case in cases if self._fits(case)][self.part - 1 :: self.parts]
        return [case for case in fitting if str(case) not in self.done][self.job :: self.jobs]

    def families(self) -> Iterator[tuple[str, ...]]:
        """The families that have a chosen scenario."""
        scenarios = set(self.scenarios) or {case.split("/", 1)[0] for case in self.cases}
        wanted = {family_of(scenario) for scenario in scenarios}
        return (family for family in FAMILIES if not wanted or family in wanted)

    def _fits(self, case: Case) -> bool:
        return (
            (not self.scenarios or case.scenario in self.scenarios)
            and self.fault in ("", case.fault)
            and self.caller in ("", case.site.caller)
            and (not self.cases or str(case) in self.cases)
        )


def played(choice: Choice, say: Callable[[Any], None]) -> None:
    """Plays the chosen cases and says each Result."""
    for family in choice.families():
        waiting: list[Case] | None = None
        while waiting is None or waiting:
            with player(family) as playing:
                if waiting is None:
                    recordings = playing.recordings.values()
                    for recording in recordings:
                        known = recording.cases
                        say(Calls(recording.scenario.name, len({case.site for case in known}), len(known)))
                    waiting = _in_turns([choice.of(recording.cases) for recording in recordings])
                try:
                    while waiting:
                        say(playing.play(waiting[0]))
                        waiting.pop(0)
                except SpoiltError as spoilt:
                    # The case before has said so itself; the rest goes on in a new cloud.
                    print(f"a new cloud, since this is left: {spoilt}", file=sys.stderr, flush=True)  # noqa: T201


def _in_turns(groups: Sequence[Sequence[Case]]) -> list[Case]:
    """A case ends where the next scenario of its family begins, so that taking turns saves the way back."""
    return [case for turn in zip_longest(*groups) for case in turn if case is not None]


def _worker(choice: Choice, results: Any) -> None:
    try:
        played(choice, results.put)
    except Exception as error:
        results.put(error)
        raise
    finally:
        results.put(None)


def sweep(choice: Choice, jobs: int, journal: Journal | None = None) -> Sweep:
    """Plays the chosen cases in so many processes; with a journal, those that are not in it.

    Raises RuntimeError where a process breaks down.
    """
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    results: Any = context.Queue()
    found = journal.read() if journal else Sweep()
    done = frozenset(str(result.case) for result in found.results)
    choices = [replace(choice, done=done, job=job, jobs=jobs) for job in range(jobs)]
    workers = [context.Process(target=_worker, args=(one, results), daemon=True) for one in choices]
    for worker in workers:
        worker.start()
    try:
        _collect(results, jobs, found, journal)
    except KeyboardInterrupt:
        print("stopped; what follows is what there was until then", file=sys.stderr)  # noqa: T201
        found.stopped = True
    finally:
        for worker in workers:
            worker.terminate()
    elapsed = time.monotonic() - began
    found.seconds += elapsed
    if journal:
        journal.note(elapsed)
    return found


def _collect(results: Any, jobs: int, found: Sweep, journal: Journal | None) -> None:
    ended = 0
    while ended < jobs:
        said = results.get()
        if journal and isinstance(said, Result | Calls):
            journal.note(said)
        match said:
            case None:
                ended += 1
            case Result():
                found.results.append(said)
                _report(said)
                if len(found.results) % _PROGRESS == 0:
                    print(f"{len(found.results)} cases", file=sys.stderr, flush=True)  # noqa: T201
            case Calls():
                found.know(said.scenario, said.count, said.cases)
            case error:
                raise RuntimeError("a worker broke down") from error


def _report(result: Result) -> None:
    if result.end is End.ELSE:
        lines = "\n".join(f"    {complaint}" for complaint in result.complaints)
        print(f"{result.case}\n{lines}\n    again: {COMMAND} --case '{result.case}'", flush=True)  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m proofs.faults", description=__doc__)
    parser.add_argument("--scenario", default=[], action="append", choices=SCENARIOS)
    parser.add_argument("--fault", default="", choices=["", *FAULTS])
    parser.add_argument("--caller", default="", help="a function or state machine, such as iam_roles or unwind_team")
    parser.add_argument("--case", default=[], action="append", help="a case by its name, as a failing one prints it")
    parser.add_argument("--part", default="1/1", help="as in 1/8: the first of eight parts of the cases")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--journal", type=Path, help="a file that keeps the results: what is in it is not played again")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    chosen = parser.parse_args(arguments)
    # As Ctrl-C: a death by signal would leave the workers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    part, parts = (int(number) for number in chosen.part.split("/"))
    choice = Choice(tuple(chosen.scenario), chosen.fault, chosen.caller, tuple(chosen.case), part, parts)
    journal = Journal(chosen.journal) if chosen.journal else None
    found = sweep(choice, min(chosen.jobs, len(chosen.case) or chosen.jobs), journal)
    print_table(found)
    if chosen.write and not found.stopped:
        write(found, " ".join([COMMAND, *(arguments if arguments is not None else sys.argv[1:])]))
    if not found.results:
        print("no case fits", file=sys.stderr)  # noqa: T201
        return 2
    return 1 if found.stopped or any(result.end is End.ELSE for result in found.results) else 0
