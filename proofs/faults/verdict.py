"""How a run with a fault ended: as wanted, as before, less, stuck and named, or anything else, which is a defect."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from proofs.faults.cases import ABORT, ERROR_AFTER, LASTING_AFTER, MACHINES, Case, site_of
from proofs.faults.resources import differing, locks, record, resources
from proofs.faults.scenarios import TEAM, text
from sandbox.aws.inventory import World, difference
from sandbox.runtime.call_log import Entry

RECORD = f"registry record team/{TEAM}"
_FAILED = ("FAILED", "ABORTED", "TIMED_OUT")
_ANNOUNCEMENTS = {
    False: ("Team Onboarded", "Team Onboarding Failed"),
    True: ("Team Offboarded", "Team Offboarding Failed"),
}
_ASKED = "Team Needs Approval"


class End(Enum):
    """The columns of the table."""

    WANTED = "as wanted"
    BEFORE = "as before"
    LESS = "less and named"
    """An update whose plan has problems has taken away what it was to take away, and nothing else."""
    STUCK = "stuck and named"
    ELSE = "anything else"


@dataclass(frozen=True)
class Seen:
    """All that counts of a run with a fault."""

    case: Case
    leaving: bool
    start: World
    goal: World
    end: World
    status: str
    events: Sequence[tuple[str, dict[str, Any]]]
    """What the bus took: detail type and detail."""
    asks: bool = False
    """Whether somebody has to approve it."""


@dataclass(frozen=True)
class Verdict:
    """The end, and what does not fit where it is anything else."""

    end: End
    complaints: tuple[str, ...] = ()


def judge(seen: Seen) -> Verdict:
    """Which end it was."""
    asked = [said for kind, said in seen.events if kind == _ASKED]
    answers = [(kind, said) for kind, said in seen.events if kind != _ASKED]
    verdict = _judged(replace(seen, events=answers))
    complaints = _of_waiting(seen, asked, verdict.end)
    return Verdict(End.ELSE, (*verdict.complaints, *complaints)) if complaints else verdict


def _of_waiting(seen: Seen, asked: Sequence[dict[str, Any]], end: End) -> list[str]:
    """Who has to approve is asked, and in the end nothing waits for him any more."""
    complaints = []
    if "approvalToken" in (record(seen.end, TEAM) or {}):
        complaints.append("the registry says that the team waits for approval, and nothing runs any more")
    if asked and not seen.asks:
        complaints.append(f"approval was asked for, and no rule wants that: {asked}")
    if seen.asks and not asked and end is End.WANTED and not _excused(seen.case):
        complaints.append("nobody was asked for approval")
    return complaints


def _judged(seen: Seen) -> Verdict:
    now = text(seen.end)
    if now == text(seen.goal):
        return _verdict(End.WANTED, [*_status(seen, success=True), *_announced(seen, success=True)])
    if now == text(seen.start):
        return _verdict(
            End.BEFORE, [*_status(seen, success=False), *_announced(seen, success=False), *_untouched(seen)]
        )
    if seen.case.lasting and (narrowed := _narrowed(seen)) is not None:
        return _verdict(End.LESS, [*_status(seen, success=False), *_lessened(seen, narrowed, set())])
    if seen.case.lasting:
        return _verdict(
            End.STUCK, [*_status(seen, success=False), *_named(seen), *_shrunk(seen), *_others_harmed(seen)]
        )
    changes = difference(seen.start, seen.end)[:8]
    return Verdict(End.ELSE, (f"the world is neither as before nor as wanted; execution {seen.status}", *changes))


def published(case: Case, entries: Sequence[Entry]) -> list[tuple[str, dict[str, Any]]]:
    """The events of a run that the bus took, also where the answer to that was lost."""
    found = []
    for entry in entries:
        if (entry.call.service, entry.call.operation) != ("events", "PutEvents") or site_of(entry.call) is None:
            continue
        lost = str(entry.error).startswith("fault:") and case.fault in (ERROR_AFTER, LASTING_AFTER)
        if entry.error is None or lost:
            found += [(e["DetailType"], json.loads(e["Detail"])) for e in entry.call.parameters["Entries"]]
    return found


def _verdict(end: End, complaints: list[str]) -> Verdict:
    return Verdict(End.ELSE, (f"{end.value}, but", *complaints)) if complaints else Verdict(end)


def _status(seen: Seen, success: bool) -> list[str]:
    fitting = ("SUCCEEDED",) if success else _FAILED
    # What recovery finishes after an execution has ended does not change how that ended.
    recovered = seen.leaving and seen.case.lasting and seen.case.site.service == "states" and seen.status == "FAILED"
    if seen.status in fitting or recovered or (seen.case.fault == ABORT and seen.status == "ABORTED"):
        return []
    return [f"the execution ended {seen.status}"]


def _announced(seen: Seen, success: bool) -> list[str]:
    wanted = _ANNOUNCEMENTS[seen.leaving][0 if success else 1]
    complaints = [f"the event says {kind}: {said}" for kind, said in seen.events if kind != wanted]
    complaints += [f"the event names as left over {said['left']}" for _, said in seen.events if said.get("left")]
    if not seen.events and not _excused(seen.case):
        complaints.append(f"no event says {wanted}")
    return complaints


def _excused(case: Case) -> bool:
    """A fault that keeps every event from the bus."""
    return case.lasting and case.site.operation == "PutEvents"


def _untouched(seen: Seen) -> list[str]:
    fits = seen.case.lasting or seen.case.fault == ABORT
    return [] if fits else ["a passing fault kept the team from its goal"]


def _named(seen: Seen) -> list[str]:
    """Registry and event name what differs from where the team should have come to, and nothing else."""
    if seen.case.site.service == "dynamodb" and seen.case.site.caller in MACHINES:
        return _refused(seen)
    item = record(seen.end, TEAM) or {}
    status = item.get("status", {}).get("S")
    if status != "stuck":
        changes = difference(seen.start, seen.end)[:8]
        return [f"the registry says {status}, not stuck; the execution {seen.status}", *changes]
    left = json.loads(item["left"]["S"])
    if item.get("goal", {}).get("S") == "less":
        planned = {change["address"] for step in json.loads(item["plan"]["S"]) for change in step["changes"]}
        told = {entry["resource"] for _, said in seen.events for entry in said.get("left", [])}
        named = {entry["resource"] for entry in left}
        complaints = [] if told == named else [f"the event names {sorted(told)}, the registry {sorted(named)}"]
        return [*complaints, *_lessened(seen, planned, named)]
    complaints = _names(seen, left, "the registry")
    if seen.events:
        complaints += _names(seen, seen.events[-1][1].get("left", []), "the event")
        wanted = _ANNOUNCEMENTS[seen.leaving][1]
        complaints += [f"the event says {kind}" for kind, _ in seen.events if kind != wanted]
    elif not _excused(seen.case):
        complaints.append("no event names what is left")
    return complaints


def _narrowed(seen: Seen) -> set[str] | None:
    """What an event says was taken away though the rest of an update could not be carried out."""
    status = (record(seen.end, TEAM) or {}).get("status", {}).get("S")
    told = [said["narrowed"] for _, said in seen.events if "narrowed" in said]
    return {address for each in told for address in each} if told and status == "active" else None


def _lessened(seen: Seen, planned: set[str], left: set[str]) -> list[str]:
    """All that was to become less has, but for what is named as left; nothing else has changed, nothing has come."""
    changed = differing(seen.start, seen.end)
    added = resources(seen.end).keys() - resources(seen.start).keys()
    return [
        *(
            f"{address} was to become less, is as before, and is not named"
            for address in sorted(planned - changed - left)
        ),
        *(f"{address} was changed, and was not to become less" for address in sorted(changed - planned)),
        *(f"{address} was made" for address in sorted(added)),
    ]


def _refused(seen: Seen) -> list[str]:
    """Where the fault refuses the record the event alone can tell, and all else is as before or as wanted."""
    named = {entry["resource"] for _, said in seen.events for entry in said.get("left", [])}
    complaints = [] if RECORD in named else ["no event names the registry's record"]
    if differing(seen.start, seen.end) and differing(seen.goal, seen.end):
        complaints.append("the resources are neither as before nor as wanted")
    return complaints


def _names(seen: Seen, left: list[dict[str, str]], who: str) -> list[str]:
    target = seen.goal if seen.leaving else seen.start
    # The record itself may be what could not be given up; it differs whenever a team is stuck.
    wrong = differing(target, seen.end)
    named = {entry["resource"] for entry in left} - {RECORD}
    unreadable = {entry["resource"] for entry in left if _cannot_be_read(seen.case, entry["reason"])}
    complaints = [f"{who} does not name {address}" for address in sorted(wrong - named)]
    # Whose statement it was that locked a bucket, the lock does not tell: any of that bucket is named rightly.
    before = locks(target)
    locked = {address for address, holder in locks(seen.end).items() if holder != before.get(address)}
    complaints += [
        f"{who} names nothing that may have locked {address}..."
        for address in sorted(locked)
        if not any(one.startswith(address) for one in named)
    ]
    fitting = wrong | unreadable | {one for one in named if one.startswith(tuple(locked))}
    complaints += [f"{who} names {address}, which is as it should be" for address in sorted(named - fitting)]
    if len({entry["resource"] for entry in left}) != len(left):
        complaints.append(f"{who} names something twice: {left}")
    return complaints


def _cannot_be_read(case: Case, reason: str) -> bool:
    """Whether something is named because the fault refuses to let anybody read it."""
    if case.site.service == "kubernetes":
        return case.site.operation.startswith("get ") and "GET /" in reason
    if case.site.service == "lambda":
        return "Lambda." in reason
    return not case.site.changes and f"{case.site.operation} was refused" in reason


def _shrunk(seen: Seen) -> list[str]:
    """Access once taken away is not given back."""
    if not seen.leaving:
        return []
    added = resources(seen.end).keys() - resources(seen.start).keys()
    return [f"{address} was made while the team left" for address in sorted(added)]


def _others_harmed(seen: Seen) -> list[str]:
    ours = differing(seen.start, seen.goal)
    changed = differing(seen.start, seen.end)
    return [f"{address} is not the team's and was changed" for address in sorted(changed - ours)]
