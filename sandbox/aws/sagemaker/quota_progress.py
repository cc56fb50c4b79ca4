"""How a compute quota moves from status to status, by the clock or by a script."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from moto.core.utils import utcnow

from sandbox.aws.moto.installation import current, is_current

Verb = Literal["Creat", "Updat", "Delet"]
_OUTCOMES = {f"{verb}e{end}": verb for verb in ("Creat", "Updat", "Delet") for end in ("d", "Failed", "RollbackFailed")}
_STUCK = "stuck"


@dataclass(frozen=True)
class Effect:
    """What task governance does in Kubernetes at that sandbox second."""

    due: float
    action: Literal["make", "remove"]


@dataclass(kw_only=True)
class Progress:
    """The changing half of a compute quota."""

    status: str = ""
    failure: str | None = None
    ended: float = 0.0
    """The sandbox second of the last transition."""
    next: tuple[float, str] | None = None
    """The second of the coming transition, and its status."""
    effects: list[Effect] = field(default_factory=list)
    activation: str = "Enabled"
    previous: dict[str, Any] = field(default_factory=dict)
    """The fields that a failed update goes back to."""
    modified: datetime = field(default_factory=utcnow)


def script_quota(team: str, outcomes: list[str]) -> None:
    """Sets how the team's next quota operations end, one after another, e.g. ["CreateFailed", "stuck"].

    An outcome of another verb than the operation's waits for its turn; "stuck" leaves an operation unfinished for good.
    Raises ValueError for an unknown outcome.
    """
    unknown = [outcome for outcome in outcomes if outcome not in _OUTCOMES and outcome != _STUCK]
    if unknown:
        raise ValueError(f"no such outcome: {', '.join(unknown)}")
    with current().lock:
        current().quota_scripts[team] = deque(outcomes)


def start(quota: Progress, team: str, verb: Verb, settle: Callable[[], None]) -> None:
    """Puts the quota into the verb's …ing status and plans what follows; `settle` is called when effects are due."""
    quota.status, quota.failure, quota.next, quota.modified = f"{verb}ing", None, None, utcnow()
    if verb == "Delet":
        quota.previous = {}
        quota.effects.clear()
    outcome = _outcome(team, verb)
    if outcome == _STUCK:
        return
    delays = current().delays
    due = current().clock.now() + delays.quota
    quota.next = (due, outcome)
    if outcome == "Deleted" and current().removes_namespace:
        quota.effects.append(Effect(due + delays.namespace, "remove"))
    elif outcome in ("Created", "Updated") and (quota.activation == "Enabled" or current().disabled_makes_namespace):
        quota.effects.append(Effect(due + delays.namespace, "make"))
    else:
        return
    current().clock.spawn(_wake, due + delays.namespace, settle, name="task-governance")


def advance(quota: Progress) -> None:
    """Lets a due transition happen."""
    if quota.next is None or current().clock.now() < quota.next[0]:
        return
    quota.ended, quota.status = quota.next
    quota.next, quota.modified = None, utcnow()
    if quota.status.endswith("Failed"):
        quota.failure = f"{quota.status}: the task governance add-on reported an internal error."
        # What could not be rolled back is as it was being made.
        for name, value in () if "Rollback" in quota.status else quota.previous.items():
            setattr(quota, name, value)
    quota.previous = {}


def take_due_effects(quota: Progress) -> list[Effect]:
    """The effects whose time has come, each handed out once."""
    now = current().clock.now()
    due = [effect for effect in quota.effects if effect.due <= now]
    quota.effects = [effect for effect in quota.effects if effect.due > now]
    return due


def _outcome(team: str, verb: Verb) -> str:
    script = current().quota_scripts.get(team)
    if script and _OUTCOMES.get(script[0], verb) == verb:
        return script.popleft()
    return f"{verb}ed"


def _wake(due: float, settle: Callable[[], None]) -> None:
    installation = current()
    installation.clock.sleep(due - installation.clock.now())
    if is_current(installation):
        settle()
