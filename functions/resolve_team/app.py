"""Resolve team: any supported event becomes one validated request or nothing to do, or is refused: for its mistakes, or
for who asks.
"""

import json
import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeGuard
from typing import Final as Constant

from aws_lambda_powertools import Logger

from onboarding import resolved
from onboarding.approval import decided, rules
from onboarding.connect import connect
from onboarding.errors import Final, InvalidRequest, NewerRecord
from onboarding.narrowing import narrowed
from onboarding.registry import accounts_in
from onboarding.request import recorded
from onboarding.resolved import Resolved
from onboarding.storage import team_folder
from onboarding.strict import shown
from resolve_team import authority
from resolve_team.decision import decision
from resolve_team.doors import DOORS, door_of, own
from resolve_team.doors.cloudtrail import opened
from resolve_team.ending import ended
from resolve_team.surroundings import Surroundings

logger = Logger(service="resolve_team")

_surroundings: Constant = Surroundings()

_RECOVERED: Constant = "recovered"
_NARROWING: Constant = "narrowing"
_APPROVAL: Constant = "approval"
_DECISION: Constant = "decision"


def handler(event: object, _: Any) -> dict[str, Any]:
    """Which team, whether it leaves, its request and what its people will need to get in; or why there is none
    (`Resolved`).

    An event of an execution that has ended, as `recovered`, is only understood: what that execution holds shows that it
    was granted, and whoever recovers it asks for nothing. Of an update that was granted and cannot be carried out as a
    whole, as `narrowing` with the team as it was (`previous`) and as it is `wanted`, the answer is the `request` that
    only takes away, or None, with its `connect`. Of a plan, as `approval`, the answer is why it has to wait, if it does
    (`onboarding.approval`); of an event that decides about such a plan, as `decision`, what is to be told to whom.

    Raises InvalidRequest with a sentence for every mistake, NotAuthorized where the asker may not ask for that, other
    errors of `onboarding.errors` where what an event points to cannot be read.
    """
    _surroundings.registry.forget()
    if isinstance(event, dict) and set(event) == {_NARROWING}:
        return _less(**event[_NARROWING])
    if isinstance(event, dict) and set(event) == {_APPROVAL}:
        return _approval(**event[_APPROVAL])
    if isinstance(event, dict) and set(event) == {_DECISION}:
        return decision(event[_DECISION], _surroundings.settings, _surroundings.registry)
    if isinstance(event, dict) and set(event) == {_RECOVERED}:
        found = _understood(event[_RECOVERED])
    else:
        found = _granted(event)
        found = _with_end(found, event)
    found = _with_closed_accounts(found)
    extra = {"team": found.team, "leaving": found.leaving, "dry_run": found.dry_run, "note": found.note}
    logger.info(found.outcome, extra=extra)
    return {**found.record(), "connect": _connect(found)}


def _connect(found: Resolved) -> dict[str, Any] | None:
    return None if found.request is None else connect(recorded(found.request), _surroundings.settings)


def _less(previous: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    less = narrowed(recorded(previous), recorded(wanted))
    if less is None:
        return {"request": None, "connect": None}
    request = less.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {"request": request, "connect": connect(less, _surroundings.settings)}


def _approval(
    plan: list[dict[str, Any]],
    wanted: dict[str, Any] | None,
    previous: dict[str, Any] | None,
    approved: dict[str, Any] | None,
) -> dict[str, Any]:
    asked, had = recorded(wanted) if wanted else None, recorded(previous) if previous else None
    if asked is not None and asked.suspension is None and had is not None:
        # To resume a team widens what it has.
        had = had.in_force
    found = decided(
        plan,
        asked,
        had,
        rules(os.environ),
        approved["digest"] if approved else None,
    )
    logger.info("approval", extra=found.record())
    return found.record()


def _granted(event: object) -> Resolved:
    settings = _surroundings.settings
    if not _is_whole(event):
        return authority.by(_understood(event), authority.operator(settings))
    source = str(event.get("source"))
    asker = authority.asker(event, settings)
    authority.speaks(asker, source)
    found = _understood(event)
    if source == own.SOURCE:
        return authority.granted(found, asker, _surroundings.registry)
    return authority.by(found, asker)


def _with_end(found: Resolved, event: object) -> Resolved:
    if found.request is None or found.team is None:
        return found
    settings, kind = _surroundings.settings, None
    administrator = True
    if _is_whole(event) and event.get("source") == own.SOURCE:
        kind, administrator = str(event["detail-type"]), authority.asker(event, settings).is_administrator
    record: dict[str, Any] = {}
    # The claim refuses what a newer release wrote, and says so better.
    with suppress(NewerRecord):
        record = _surroundings.registry.team(found.team) or {}
    return ended(found, kind, record, settings, datetime.now(UTC).date(), administrator=administrator)


def _is_whole(event: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is an event as EventBridge delivers it; an operator may give the bare detail."""
    return isinstance(event, dict) and "detail-type" in event


def _understood(event: object) -> Resolved:
    return _with_places(_resolved(event))


def _resolved(event: object) -> Resolved:
    if not _is_whole(event):
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
    return resolved.wanted(found.request, seen=found.watched, owner=found.owner)


def _with_closed_accounts(found: Resolved) -> Resolved:
    """A team that leaves, or is to have nothing more in some accounts, with those of them in which nothing can be taken
    away any more.

    Only Organizations says so, never a role that cannot be assumed: that is up to the account's owner.
    """
    if not (found.outcome == "request" and found.team and _surroundings.organization.is_watched):
        return found
    record = _surroundings.registry.team(found.team) or {}
    kept = accounts_in({"active": json.dumps(found.request or {}), "account": found.account})
    left = [one for one in accounts_in(record) if one not in kept]
    closed = [one for one in left if _is_closed(one, was_member=one == record.get("watched"))]
    return replace(found, closed=tuple(closed))


def _is_closed(account: str, *, was_member: bool) -> bool:
    if account == _surroundings.settings.account:
        return False
    try:
        return _surroundings.organization.has_lost(account, was_member=was_member)
    except Final as error:
        # Not to be told is no answer, and what cannot be reached is then left over by name.
        logger.warning("account not looked up", extra={"account": account, "reason": error.reason})
        return False


def _kinds() -> str:
    return "; ".join(
        f"source {source}, detail-type {kind}" + (f", event {name}" if name else "") for source, kind, name in DOORS
    )
