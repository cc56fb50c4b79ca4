"""Calls and transitions of an onboarding, against the least possible; and what a duplicate event writes."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofs.bench import teams
from proofs.bench.calls import ours, reads, records, writes
from proofs.bench.figures import Figure, Section, ratio
from proofs.bench.work import created, least_writes
from sandbox.aws.stepfunctions.history import entered
from sandbox.cloud import Options, running
from sandbox.runtime.call_log import Entry


@dataclass(frozen=True)
class Counts:
    """What one event led to."""

    event: str
    resources: int
    """Created, by the plan."""
    least: int
    """The fewest writes that make these."""
    writes: int
    """On what the team has."""
    records: int
    """On what the stack itself records, locks and announces."""
    reads: int
    invocations: int
    transitions: int

    @property
    def row(self) -> list[str]:
        """For a table with HEADER."""
        made = (self.resources, self.least, self.writes, self.records)
        return [self.event, *map(str, (*made, self.reads, self.invocations, self.transitions))]


HEADER = (
    "event",
    "resources created",
    "fewest writes",
    "writes for the team",
    "writes of records",
    "reads",
    "invocations",
    "transitions",
)


class Transitions:
    """Counts the states that executions enter, which is what Step Functions bills."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self, execution: str, event: Mapping[str, Any]) -> None:
        """Takes one history event."""
        with self._lock:
            self.count += entered(event)


def counted(event: str, plan: Sequence[Mapping[str, Any]], entries: Iterable[Entry], transitions: int) -> Counts:
    """The counts of one execution, by its plan and its calls."""
    changes = created(plan)
    calls = [entry.call for entry in ours(entries)]
    made = Counter(records(call) for call in calls if writes(call))
    return Counts(
        event=event,
        resources=len(changes),
        least=least_writes(changes),
        writes=made[False],
        records=made[True],
        reads=sum(map(reads, calls)),
        invocations=sum(call.operation == "Invoke" for call in calls),
        transitions=transitions,
    )


def measured() -> Section:
    """Onboards a team without folders, sends its event again, and onboards one with folders, each once.

    Once will do, since the order of things is the same in every run. Raises RuntimeError where an onboarding fails.
    """
    transitions = Transitions()
    with running(Options(on_history=transitions)) as cloud:
        found = []
        for name, detail in (
            ("team-created.json", teams.PLAIN),
            ("the same again", teams.PLAIN),
            ("team-with-storage.json", {**teams.WITH_FOLDERS, "team": "folders"}),
        ):
            cloud.settle()
            cloud.calls.clear()
            before = transitions.count
            plan = teams.onboard(cloud, detail).output["plan"]
            found.append(counted(name, plan, cloud.calls.entries(), transitions.count - before))
    return section(*found)


def section(plain: Counts, duplicate: Counts, folders: Counts) -> Section:
    """The figures."""
    return Section(
        title="Calls and transitions",
        subject="calls",
        text="""\
From the call log and the history of one execution each. The fewest writes are told from the plan: for each resource it
creates, the calls that make one by the services' documentation (proofs/bench/work.py), and one a bucket for all
statements of its policy. Records are the stack's own: who has a team or a bucket, the plan, the announcement. Reads are
all others but invocations; a transition is a state entered.""",
        figures=[
            ratio("writes for the team, times the fewest", plain.writes, plain.least),
            ratio("writes in all, times the fewest", plain.writes + plain.records, plain.least),
            ratio("writes in all, times the fewest, with folders", folders.writes + folders.records, folders.least),
            Figure("reads, for each resource", plain.reads / plain.resources, digits=1),
            Figure("reads, for each resource, with folders", folders.reads / folders.resources, digits=1),
            Figure("transitions", plain.transitions),
            Figure("transitions, with folders", folders.transitions),
            Figure("writes for a duplicate event: for the team", duplicate.writes, goal=0),
            Figure("writes for a duplicate event: of records", duplicate.records, goal=0),
        ],
        details={"In numbers": (HEADER, [plain.row, duplicate.row, folders.row])},
    )
