"""When a team ends, and whether it is suspended, whatever an event asks for: as recorded, as due, as its asker may say.

A suspension is lifted by an administrator alone, and by no event that only says what the team should be. A date that
has passed suspends with the next event of any kind, also where no sweep has come by.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from onboarding import ending, resolved
from onboarding.ending import Suspension
from onboarding.errors import InvalidRequest, NotAuthorized
from onboarding.resolved import Resolved
from onboarding.settings import Settings

EXTENDED: Final = "Team Extended"
SUSPENDED: Final = "Team Suspended"
RESUMED: Final = "Team Resumed"
EXPIRED: Final = "Team Expired"
"""What the sweep asks for: that of a team whose date has passed be done what is due."""

_ADMINISTRATORS: Final = "an administrator (the cluster's account and the stack's AdministratorAccountIds)"


def ended(
    found: Resolved,
    kind: str | None,
    record: Mapping[str, Any],
    settings: Settings,
    today: date,
    *,
    administrator: bool,
) -> Resolved:
    """The same with the end and the suspension that the team is to have.

    `kind` is the detail-type of an event of ours, None for whatever else brings a team. Raises NotAuthorized where the
    asker may not say that, InvalidRequest for a day that cannot be.
    """
    if found.request is None or found.leaving:
        return found
    active = json.loads(record["active"]) if "active" in record else None
    had, last = _suspension(active or {}), (active or {}).get("expires")
    if kind in (SUSPENDED, RESUMED, EXPIRED) and not administrator:
        raise NotAuthorized(
            f"A team is suspended and resumed by {_ADMINISTRATORS} alone. To end team {found.team} earlier, send Team "
            "Extended with an earlier date."
        )
    if kind == EXPIRED and (due := _due(found, record, had, last, settings, today)) is not None:
        return due
    given = _suspension(found.request)
    if given is not None and kind not in (SUSPENDED, EXTENDED, RESUMED, EXPIRED, None):
        raise InvalidRequest("suspension: no event of a team as it should be suspends it; send Team Suspended.")
    expires = last
    if kind not in (SUSPENDED, RESUMED, EXPIRED):
        expires = _date(found, active, settings, today, administrator=administrator)
    suspension = had
    if kind == SUSPENDED and (had is None or had.expired):
        suspension = given
    if kind == RESUMED:
        if ending.is_past(last, today):
            raise InvalidRequest(
                f"expires: the last day of team {found.team} was {last}. `hyperpod-teams extend {found.team} DATE` "
                "gives it another, and resumes it where it was suspended for that alone."
            )
        suspension = None
    past = ending.is_past(expires, today)
    if past and suspension is None:
        by = found.asker or settings.account
        suspension = Suspension.model_validate({"by": by, "since": today.isoformat(), "expired": True})
    elif not past and suspension is not None and suspension.expired:
        suspension = None
    return _with(found, expires, suspension)


def _suspension(request: Mapping[str, Any]) -> Suspension | None:
    found = request.get("suspension")
    return Suspension.model_validate(found) if found else None


def _with(found: Resolved, expires: str | None, suspension: Suspension | None) -> Resolved:
    others = {name: value for name, value in (found.request or {}).items() if name not in ("expires", "suspension")}
    end: dict[str, Any] = {} if expires is None else {"expires": expires}
    if suspension is not None:
        end["suspension"] = suspension.model_dump(mode="json", by_alias=True, exclude_none=True)
    return replace(found, request={**others, **end})


def _due(
    found: Resolved,
    record: Mapping[str, Any],
    had: Suspension | None,
    last: str | None,
    settings: Settings,
    today: date,
) -> Resolved | None:
    """What is due instead of a suspension: nothing, or that the team leaves."""
    due = ending.due(last, had, record.get("warned"), today, settings.grace_days)
    if due.what == "suspend":
        return None
    if due.what == "over" and settings.after_grace == "offboard":
        gone = resolved.leaving({"team": found.team, "dryRun": found.dry_run}, owner=found.owner)
        return replace(gone, asker=found.asker)
    return resolved.ignored(f"of the end of team {found.team} nothing is due on {today.isoformat()}", found.team)


def _date(
    found: Resolved, active: dict[str, Any] | None, settings: Settings, today: date, *, administrator: bool
) -> str | None:
    """The team's last day: what is asked for, if its asker may; else what it has, or what the stack gives a new one."""
    asked, last = (found.request or {}).get("expires"), (active or {}).get("expires")
    if asked is None:
        days = settings.default_days or (0 if administrator else settings.most_days)
        return _after(today, days) if active is None and days else last
    if asked == last:
        return str(asked)
    if ending.is_past(asked, today):
        raise InvalidRequest(
            f"expires: {asked} has passed in UTC, where it is {today.isoformat()}. Give a day to come; `hyperpod-teams "
            "suspend` suspends at once."
        )
    if not administrator:
        _refuse_longer(found, str(asked), last, settings, today, new=active is None)
    return str(asked)


def _refuse_longer(
    found: Resolved, asked: str, last: str | None, settings: Settings, today: date, *, new: bool
) -> None:
    """Raises NotAuthorized for a day that a team's own account may not give it."""
    latest = _after(today, settings.most_days) if settings.most_days else None
    if ending.is_past(last, today):
        why = f"its last day was {last}, and so it is suspended"
    elif (last is not None and asked < last) or (latest is not None and asked <= latest):
        return
    elif (new and latest is None) or (not new and last is None):
        # Sooner than never.
        return
    else:
        why = f"its account may ask for {latest} at most" if latest else f"its last day is {last}"
    raise NotAuthorized(
        f"expires: {asked} is later than team {found.team} may ask for: {why}. Ask for an earlier day, or let "
        f"{_ADMINISTRATORS} extend it."
    )


def _after(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()
