"""What a sweep is to do about the end of a team, before it looks at anything else of it."""

import json
from datetime import UTC, datetime
from typing import Any

from onboarding.ending import due
from onboarding.request import recorded
from onboarding.settings import Settings, settings


def ending_of(team: str, record: dict[str, Any]) -> dict[str, Any]:
    """`ending` with what is to be told and its mark, or with the `input` of an execution; nothing where nothing is due.

    Whoever resolves that input looks again what is due: the team may have been extended meanwhile.
    """
    stack, today = settings(), datetime.now(UTC).date()
    active = json.loads(record["active"])
    if not active.get("expires"):
        return {}
    request = recorded(active)
    found = due(request.expires, request.suspension, record.get("warned"), today, stack.grace_days)
    match found.what:
        case "nothing":
            return {}
        case "warn":
            then = "then it is suspended: no new pods, a view only; data, roles and claims are kept"
            when = "today" if found.days == 0 else f"in {found.days} day{'' if found.days == 1 else 's'}"
            reason = f"its last day is {request.expires} (UTC), {when}; {then}"
            told = {"team": team, "expires": request.expires, "days": found.days, "reason": reason}
            return {"ending": {"type": "Team Expires Soon", "detail": told, "mark": found.mark}}
        case "over" if stack.after_grace != "offboard":
            reason = (
                f"its last day was {request.expires} (UTC), and it has been suspended for more than "
                f"{stack.grace_days} days. Offboard it, or extend it"
            )
            told = {"team": team, "execution": None, "reason": reason}
            return {"ending": {"type": "Team Needs Attention", "detail": told, "mark": found.mark}}
    return {"ending": {"input": _expired(team, stack)}}


def _expired(team: str, stack: Settings) -> dict[str, Any]:
    return {
        "source": "hyperpod.teams",
        "detail-type": "Team Expired",
        "account": stack.account,
        "detail": {"team": team},
    }
