"""Resolve team: any supported event becomes one validated request or nothing to do, or is refused with its mistakes."""

from typing import Any, Final

from aws_lambda_powertools import Logger

from onboarding import resolved
from onboarding.errors import InvalidRequest
from onboarding.resolved import Resolved
from onboarding.storage import team_folder
from onboarding.strict import shown
from resolve_team.doors import DOORS, door_of
from resolve_team.doors.cloudtrail import opened
from resolve_team.surroundings import Surroundings

logger = Logger(service="resolve_team")

_surroundings: Final = Surroundings()


def handler(event: object, _: Any) -> dict[str, Any]:
    """Which team, whether it leaves, and its request; or why there is none (`Resolved`).

    Raises InvalidRequest with a sentence for every mistake, other errors of `onboarding.errors` where what an event
    points to cannot be read.
    """
    found = _with_places(_resolved(event))
    extra = {"team": found.team, "leaving": found.leaving, "dry_run": found.dry_run, "note": found.note}
    logger.info(found.outcome, extra=extra)
    return found.record()


def _resolved(event: object) -> Resolved:
    if not isinstance(event, dict) or "detail-type" not in event:
        # An operator may give the bare detail.
        return resolved.wanted(event)
    door = door_of(event)
    if door is None:
        source, kind = shown(event.get("source")), shown(event["detail-type"])
        raise InvalidRequest(
            f"The event, of source {source} and detail-type {kind}, is of no kind that is known here, nor the bare "
            f"detail of one: {_kinds()}."
        )
    try:
        return door(opened(event), _surroundings)
    except (KeyError, TypeError, AttributeError) as error:
        # Not the shape that its service documents: somebody has written it by hand.
        raise InvalidRequest(f"The event lacks a field that events of its kind have: {error}.") from error


def _with_places(found: Resolved) -> Resolved:
    """Storage that says not where gets the stack's first file system, and its name below the team's own folder; for
    good: what the stack says may be otherwise one day.
    """
    storages = (found.request or {}).get("storage", [])
    settings = _surroundings.settings if storages else None
    if settings is None or found.team is None:
        return found
    own = team_folder(settings.storage_folder, found.team)
    for storage in storages:
        storage.setdefault("path", f"{own}/{storage['name']}")
        if settings.file_systems:
            storage.setdefault("fileSystemId", settings.file_systems[0])
    return resolved.wanted(found.request, seen=found.watched)


def _kinds() -> str:
    return "; ".join(
        f"source {source}, detail-type {kind}" + (f", event {name}" if name else "") for source, kind, name in DOORS
    )
