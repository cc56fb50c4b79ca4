"""How long an onboarding takes where AWS takes its time, against the critical path of the work itself."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from proofs.bench import latencies, teams
from proofs.bench.calls import ours
from proofs.bench.figures import Section, ratio
from proofs.bench.work import created, critical_path
from sandbox.cloud import Cloud, Options, running
from sandbox.runtime.call_log import Call, Entry
from sandbox.runtime.faults import Fault, Kind

CASES: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("a team", teams.PLAIN),
    ("a team with one folder", teams.WITH_A_FOLDER),
    ("a team with three folders", teams.WITH_FOLDERS),
)
RUNS: Final = 3


@dataclass(frozen=True)
class Wait:
    """One case, in sandbox seconds."""

    case: str
    took: float
    """Infinite where the team was not onboarded."""
    path: float
    calls: float
    """What all its calls took, added up; some of them ran at once."""
    cause: str = ""
    """Why it was not onboarded."""


def measured() -> Section:
    """Plays each case, each time in a sandbox of its own. One that fails is a figure too."""
    return section([middle([_wait(case, detail) for _ in range(RUNS)]) for case, detail in CASES])


def middle(waits: Sequence[Wait]) -> Wait:
    """Of runs of one case, the one that took the median time. Of an even number, the longer of the two."""
    return sorted(waits, key=lambda wait: wait.took)[len(waits) // 2]


def section(waits: Sequence[Wait]) -> Section:
    """The figures."""
    return Section(
        title="Waiting for AWS",
        subject="waiting",
        text=f"""\
On the virtual clock, from the event to the execution's end. Every call that the stack makes takes what its service
takes, and what AWS does after its answer takes what the second table says. The critical path is the longest chain of
writes and waits of which each needs the one before (proofs/bench/work.py), were all else done at once: no reads, no
state machine; links of one file system are made in turn, as FSx does. What code computes takes no time here, nor do
transitions. Retries are jittered: of {RUNS} runs each, the one of median time.""",
        figures=[ratio(f"{wait.case}: time, times the critical path", wait.took, wait.path, 1.1) for wait in waits],
        details={
            "In seconds": (
                ("case", "took", "critical path", "calls, added up"),
                [
                    [wait.case, wait.cause or f"{wait.took:.1f}", f"{wait.path:.1f}", f"{wait.calls:.1f}"]
                    for wait in waits
                ],
            ),
            "A call": (
                ("service", "seconds", "source"),
                [
                    ["all others" if name == latencies.OTHERS else name, f"{one.seconds:g}", one.source]
                    for name, one in latencies.CALLS.items()
                ],
            ),
            "What comes after the answer": (
                ("what", "seconds", "source"),
                [[name, f"{one.seconds:g}", one.source] for name, one in latencies.WAITS.items()],
            ),
        },
    )


def _wait(case: str, detail: Mapping[str, Any]) -> Wait:
    with running(Options(delays=latencies.DELAYS)) as cloud:
        changes = created(teams.planned(cloud, detail))
        _slow_down(cloud)
        cloud.calls.clear()
        began = cloud.clock.now()
        execution = cloud.onboard(detail)
        took = cloud.clock.now() - began if execution.status == "SUCCEEDED" else math.inf
        path, calls = critical_path(changes, latencies.DELAYS), ours(cloud.calls.entries())
        return Wait(case, took, path, _added_up(calls), execution.cause or "")


def _slow_down(cloud: Cloud) -> None:
    def takes_its_time(call: Call) -> None:
        cloud.clock.sleep(latencies.of(call))

    def of_the_stack(call: Call) -> bool:
        return bool(ours([Entry(0, call, None)]))

    cloud.faults.add(Fault(of_the_stack, Kind.CALLBACK, times=None, callback=takes_its_time))


def _added_up(entries: Sequence[Entry]) -> float:
    return sum(latencies.of(entry.call) for entry in entries)
