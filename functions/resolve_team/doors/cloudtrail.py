"""What CloudTrail writes of a call, or of what a service did by itself, however it comes here."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from onboarding import account_number
from onboarding.errors import InvalidRequest

API_CALL: Final = "AWS API Call via CloudTrail"
SERVICE_EVENT: Final = "AWS Service Event via CloudTrail"
KINDS: Final = (API_CALL, SERVICE_EVENT)

_PARTS: Final = ("requestParameters", "responseElements", "serviceEventDetails")
"""Fields whose shape is the service's own. CloudTrail Lake's and Athena's tables keep each as text (CloudTrail user
guide, "Supported SQL schemas for event data stores"; Athena user guide, "Create a table for CloudTrail logs").
"""

_ENDS_IN_NUMBER: Final = re.compile(r"(?:^|/)([0-9]{12})$", re.ASCII)


def opened(event: dict[str, Any]) -> dict[str, Any]:
    """The event with those fields read where a log store kept them as text.

    Raises InvalidRequest where such a text is no JSON.
    """
    detail = event.get("detail")
    if event.get("detail-type") not in KINDS or not isinstance(detail, dict):
        return event
    return {**event, "detail": {**detail, **{part: _read(part, detail[part]) for part in _PARTS if part in detail}}}


def failure(detail: dict[str, Any]) -> str | None:
    """Why the call came to nothing, or None where it was carried out."""
    return f"the call failed: {detail['errorCode']}" if "errorCode" in detail else None


def account(detail: dict[str, Any], *path: str) -> str:
    """The account number at a place of the detail.

    Raises InvalidRequest where something else is there, KeyError or TypeError where there is no such place.
    """
    value: Any = detail
    for name in path:
        value = value[name]
    return account_number.checked(value, ".".join(("detail", *path)))


def member(detail: dict[str, Any], management: str) -> str:
    """The one account, beside the management account, that an event names in whatever field.

    For events whose fields AWS does not document. Raises InvalidRequest where it is not just one.
    """
    named = {number for part in _PARTS for number in _numbers(detail.get(part))}
    found = sorted(named - {management, detail.get("recipientAccountId")})
    if len(found) != 1:
        raise InvalidRequest(
            f"The event should name one member account by its 12 digits, and names {', '.join(found) or 'none'}. "
            "The next sweep looks at all accounts; until then send Team Created or Team Deleted for its team."
        )
    return found[0]


def _read(part: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"detail.{part} is text and not JSON ({error}): give it as CloudTrail wrote it.") from None


def _numbers(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, str) and (found := _ENDS_IN_NUMBER.search(value)):
        # By itself, or at the end of the account's ARN.
        yield found[1]
