"""When a team ends: its last day, its suspension, and what is due on a day. Talks to nothing.

A date means the end of that day in UTC. Nothing here is set off by an event: what is due follows from the request, the
suspension and the day alone, so that a sweep which runs late, twice or not at all loses nothing.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from onboarding.account_number import ACCOUNT
from onboarding.strict import Strict

DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
WARNINGS: Final = (1, 7, 14)
"""Days before the last one on which people are warned, the latest first."""
OVER: Final = "over"


def _real(day: str | None) -> str | None:
    try:
        date.fromisoformat(day or "2000-01-01")
    except ValueError:
        raise ValueError("the calendar has no such day; write it as 2027-03-31") from None
    return day


LastDay = Annotated[
    str | None,
    Field(pattern=DAY, description="The team's last day, such as 2027-03-31: it ends when that day does in UTC."),
    AfterValidator(_real),
]


class Suspension(Strict):
    """That a team has only what it may look at: who said so, on which day (UTC), and why."""

    by: Annotated[str, Field(pattern=ACCOUNT)]
    since: Annotated[str, Field(pattern=DAY), AfterValidator(_real)]
    expired: bool = False
    """Whether it is its date that has passed, and nobody who suspended it."""
    reason: Annotated[str | None, Field(max_length=1024)] = None


@dataclass(frozen=True)
class Due:
    """What is to be done about a team's end."""

    what: Literal["nothing", "warn", "suspend", "over"]
    days: int = 0
    """How many whole days are left after the present one; for `warn` alone."""
    mark: str = ""
    """To be recorded once it was told, so that it is told once."""


_NOTHING: Final = Due("nothing")


def is_past(expires: str | None, today: date) -> bool:
    """Whether the last day is over."""
    return expires is not None and date.fromisoformat(expires) < today


def due(expires: str | None, suspension: Suspension | None, told: str | None, today: date, grace: int) -> Due:
    """What is due today of a team with such a last day, `told` being the mark of what was told last.

    Of several warnings that were missed the latest is due alone. The grace time, in days, runs from the last day or, of
    a team that was suspended late, from that day, so that no team goes without having been suspended so long.
    """
    if expires is None:
        return _NOTHING
    last = date.fromisoformat(expires)
    if last >= today:
        return _warning(last, told, (last - today).days)
    if suspension is None:
        return Due("suspend")
    began = max(last, date.fromisoformat(suspension.since))
    mark = f"{expires} {OVER}"
    return Due("over", mark=mark) if (today - began).days > grace and told != mark else _NOTHING


def _warning(last: date, told: str | None, left: int) -> Due:
    step = next((days for days in WARNINGS if left <= days), None)
    if step is None:
        return _NOTHING
    day, _, before = (told or "").partition(" ")
    if day == last.isoformat() and (before == OVER or int(before) <= step):
        return _NOTHING
    return Due("warn", left, f"{last.isoformat()} {step}")
