"""Resolve team: any supported event becomes one validated request, or is refused with all its mistakes."""

import json
from typing import Any, Final

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from onboarding.errors import InvalidRequest
from onboarding.request import TeamDeparture, TeamRequest
from resolve_team.mistakes import sentences

SOURCE: Final = "hyperpod.teams"
CREATED: Final = "Team Created"
DELETED: Final = "Team Deleted"

logger = Logger(service="resolve_team")


def handler(event: object, _: Any) -> dict[str, Any]:
    """Which team, whether it leaves, and its request in the one normal form: defaults filled in, lists in order.

    Raises InvalidRequest with a sentence for every mistake.
    """
    leaving, detail = _taken_apart(event)
    text = _text(detail)
    try:
        asked = TeamDeparture.model_validate_json(text) if leaving else TeamRequest.model_validate_json(text)
    except ValidationError as error:
        logger.warning("refused", extra={"mistakes": error.error_count()})
        raise InvalidRequest(sentences(error)) from None
    logger.info("resolved", extra={"team": asked.team, "leaving": leaving, "dry_run": asked.dry_run})
    request = None if leaving else asked.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {"team": asked.team, "leaving": leaving, "dryRun": asked.dry_run, "request": request}


def _text(detail: object) -> str:
    # Through JSON, since strict mode knows lists and numbers as JSON has them.
    try:
        return json.dumps(detail)
    except (RecursionError, ValueError):
        raise InvalidRequest("The event is nested too deeply or holds a number too long to read: correct it.") from None


def _taken_apart(event: object) -> tuple[bool, object]:
    """Whether the team leaves, and the `detail` of a whole event, or the input itself where an operator gave that."""
    if not isinstance(event, dict) or "detail-type" not in event:
        return False, event
    if event.get("source") != SOURCE or event["detail-type"] not in (CREATED, DELETED):
        raise InvalidRequest(
            f"The event is neither of source {SOURCE} and detail-type {CREATED} or {DELETED}, nor the bare detail of a "
            f"{CREATED} event: send one of these."
        )
    return event["detail-type"] == DELETED, event.get("detail")
