"""Our own events: they say all there is to say about a team."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from onboarding import resolved
from onboarding.ending import Suspension
from onboarding.errors import InvalidRequest
from onboarding.mistakes import sentences
from onboarding.request import TeamEnding, TeamRequest, recorded
from onboarding.resolved import Resolved
from resolve_team.surroundings import Surroundings

SOURCE: Final = "hyperpod.teams"


def wanted(event: dict[str, Any], _: Surroundings) -> Resolved:
    """Team Created and Team Updated mean the same: the team as it should be."""
    return resolved.wanted(event.get("detail"))


def leaving(event: dict[str, Any], _: Surroundings) -> Resolved:
    """Team Deleted."""
    return resolved.leaving(event.get("detail"))


def extended(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """Team Extended: another last day, later or earlier."""
    asked = _ending(event)
    if asked.expires is None:
        raise InvalidRequest("expires: give the team's last day, such as 2027-03-31.")
    return _changed(asked, surroundings, expires=asked.expires)


def suspended(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """Team Suspended, from now on and until it is resumed."""
    asked = _ending(event)
    said = {"by": str(event.get("account")), "since": datetime.now(UTC).date().isoformat(), "reason": asked.reason}
    return _changed(asked, surroundings, suspension=Suspension.model_validate(said))


def recorded_again(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """Team Resumed and Team Expired: the team as it is recorded, with what then becomes of its suspension."""
    return _changed(_ending(event), surroundings)


def _ending(event: dict[str, Any]) -> TeamEnding:
    try:
        return TeamEnding.model_validate_json(json.dumps(event.get("detail")))
    except ValidationError as error:
        raise InvalidRequest(sentences(error)) from None


def _changed(asked: TeamEnding, surroundings: Surroundings, **changes: Any) -> Resolved:
    record = surroundings.registry.team(asked.team) or {}
    if "active" not in record:
        return resolved.ignored(f"team {asked.team} is not onboarded", asked.team)
    request: TeamRequest = recorded(json.loads(record["active"]))
    return resolved.again(request.model_copy(update=changes), dry_run=asked.dry_run)
