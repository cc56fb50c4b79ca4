"""Resolve team: any supported event becomes one validated request, or is refused with all its mistakes."""

import json
from typing import Any, Final

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from onboarding.errors import InvalidRequest
from onboarding.request import TeamRequest
from resolve_team.mistakes import sentences

SOURCE: Final = "hyperpod.teams"
DETAIL_TYPES: Final = frozenset({"Team Created"})

logger = Logger(service="resolve_team")


def handler(event: object, _: Any) -> dict[str, Any]:
    """The request of the event, in its one normal form: defaults filled in, lists in order.

    Raises InvalidRequest with a sentence for every mistake.
    """
    detail = _detail(event)
    try:
        # Through JSON, since strict mode knows lists and numbers as JSON has them.
        request = TeamRequest.model_validate_json(json.dumps(detail))
    except ValidationError as error:
        logger.warning("refused", extra={"mistakes": error.error_count()})
        raise InvalidRequest(sentences(error)) from None
    logger.info("resolved", extra={"team": request.team, "datasets": len(request.datasets), "dry_run": request.dry_run})
    return {"request": request.model_dump(mode="json", by_alias=True, exclude_none=True)}


def _detail(event: object) -> object:
    """The `detail` of a whole event, or the input itself where an operator gave just that."""
    if not isinstance(event, dict) or "detail-type" not in event:
        return event
    if event.get("source") != SOURCE or event["detail-type"] not in DETAIL_TYPES:
        raise InvalidRequest(
            f"The event is neither of source {SOURCE} and detail-type {' or '.join(sorted(DETAIL_TYPES))}, nor the "
            "bare detail of one: send one of these."
        )
    return event.get("detail")
