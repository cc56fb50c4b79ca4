"""Plays the cases of scenarios that share their worlds, one after another, in one warm cloud."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from proofs.faults.cases import Case, Site, cases, rule, sites
from proofs.faults.cloud import Testbed, testbed
from proofs.faults.scenarios import SCENARIOS, Scenario, text
from proofs.faults.verdict import End, Seen, judge, published
from sandbox.aws.inventory import World, difference
from sandbox.scenery import accounts

FAMILIES: Final = (
    ("fresh", "last"),
    ("beside", "offboarding"),
    ("update",),
    ("adopted",),
    ("mounting", "unmounting"),
    ("approval",),
)
"""Scenarios of one cloud; where there are two, the goal of each is the start of the other."""


@dataclass(frozen=True)
class Result:
    """How one case went."""

    case: Case
    end: End
    complaints: tuple[str, ...]
    seconds: float


class SpoiltError(RuntimeError):
    """No clean run leads back to the start: what a case has left behind stays."""


@dataclass(frozen=True)
class Recording:
    """A clean run of a scenario."""

    scenario: Scenario
    start: World
    goal: World
    warm: tuple[Site, ...]
    cold: tuple[Site, ...]

    @property
    def cases(self) -> list[Case]:
        """Every fault at every call of it."""
        return cases(self.scenario.name, self.warm, self.cold)


class Player:
    """Keeps a cloud in one of the known worlds between cases."""

    def __init__(self, bed: Testbed, family: Iterable[str]) -> None:
        self._testbed = bed
        self._scenarios = [SCENARIOS[name] for name in family]
        self._now = text(bed.cloud.snapshot())
        self.recordings = self._record()

    def play(self, case: Case) -> Result:
        """Plays the case, then the same event without the fault, and judges both."""
        began = time.monotonic()
        recording = self.recordings[case.scenario]
        self._go(recording)
        if case.cold:
            self._recycle(case.site.caller)
        faults = self._testbed.cloud.faults
        faults.add(rule(case, self._testbed.abort))
        run = self._testbed.play(recording.scenario.event)
        struck = faults.struck()
        faults.clear()
        verdict = judge(
            Seen(
                case=case,
                leaving=recording.scenario.event.leaving,
                asks=recording.scenario.event.approver is not None,
                start=recording.start,
                goal=recording.goal,
                end=run.world,
                status=run.status,
                events=published(case, run.entries),
            )
        )
        complaints = [*verdict.complaints]
        if not struck:
            complaints.append("the call was not made, so that the fault never struck")
        if run.unfinished:
            complaints.append("something still ran when the patience was over")
        complaints += self._replay(recording)
        end = End.ELSE if complaints else verdict.end
        if complaints:
            complaints.append(f"cause: {run.cause[:600]}")
        return Result(case, end, tuple(complaints), time.monotonic() - began)

    def _replay(self, recording: Recording) -> list[str]:
        again = self._testbed.play(recording.scenario.event)
        self._now = text(again.world)
        if again.status != "SUCCEEDED":
            return [f"the replay ended {again.status}: {again.cause[:600]}"]
        if self._now != text(recording.goal):
            return ["the replay did not lead to the goal:", *difference(recording.goal, again.world)[:8]]
        return []

    def _go(self, recording: Recording) -> None:
        """To the recording's start. Raises RuntimeError where no clean run leads there."""
        if self._now == text(recording.start):
            return
        there = self._testbed.must(recording.scenario.back).world
        self._now = text(there)
        if self._now != text(recording.start):
            raise SpoiltError("; ".join(difference(recording.start, there)[:8]))

    def _record(self) -> dict[str, Recording]:
        cold, warm = self._pass(cold=True), self._pass(cold=False)
        return {
            name: Recording(SCENARIOS[name], start, goal, tuple(warm[name][2]), tuple(cold[name][2]))
            for name, (start, goal, _) in warm.items()
        }

    def _pass(self, cold: bool) -> dict[str, tuple[World, World, list[Site]]]:
        found = {}
        for scenario in self._scenarios:
            start = self._testbed.cloud.snapshot()
            if cold:
                self._recycle()
            run = self._testbed.must(scenario.event)
            found[scenario.name] = (start, run.world, sites(run.entries))
            self._now = text(run.world)
        if len(self._scenarios) == 1:
            self._now = text(self._testbed.must(scenario.back).world)
        return found

    def _recycle(self, caller: str | None = None) -> None:
        lambdas = self._testbed.cloud.lambdas
        for name in lambdas.names() if caller is None else [f"{accounts.STACK}-{caller.replace('_', '-')}"]:
            lambdas.recycle(name)


@contextmanager
def player(family: Iterable[str], **options: Any) -> Iterator[Player]:
    """A player of these scenarios, for the time of a block."""
    names = tuple(family)
    with testbed(SCENARIOS[names[0]], **options) as bed:
        yield Player(bed, names)


def family_of(scenario: str) -> tuple[str, ...]:
    """The scenarios that share a cloud with this one."""
    return next(family for family in FAMILIES if scenario in family)
