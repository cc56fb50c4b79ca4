"""What CloudFormation is told, and the telling."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final

from custom_resource.response_url import ResponseUrl
from onboarding.errors import ServiceRefused, ServiceUnavailable

MOST_BYTES: Final = 4096
"""Of the whole answer (CloudFormation user guide, "Custom resource response objects")."""

_SECONDS: Final = 10
_CUT: Final = " …"
_WIDEST: Final = 12
"""Bytes of a character in JSON, at most: two escapes."""


def body(request: dict[str, Any], physical_id: str, data: dict[str, str], reason: str | None) -> bytes:
    """The answer to a request: SUCCESS with the attributes, or FAILED where there is a reason, which is cut to fit."""
    told: dict[str, Any] = {
        **{name: request[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        "PhysicalResourceId": physical_id,
    }
    if reason is None:
        return _encoded({**told, "Status": "SUCCESS", "Data": data})
    told["Status"] = "FAILED"
    shown = reason
    while len(found := _encoded({**told, "Reason": shown if shown == reason else shown + _CUT})) > MOST_BYTES:
        shown = shown[: len(shown) - max(1, (len(found) - MOST_BYTES) // _WIDEST)]
    return found


def put(url: ResponseUrl, answer: bytes) -> None:
    """Puts the answer where CloudFormation looks for it.

    Raises ServiceUnavailable where no answer of S3 comes or none that lasts, ServiceRefused where it will not take this
    one: the address is good for two hours, and CloudFormation waits for one at most.
    """
    connection = (HTTPSConnection if url.secure else HTTPConnection)(url.host, timeout=_SECONDS)
    try:
        # The signature is over an empty type, and http.client follows no redirection.
        connection.request("PUT", url.target, answer, {"Content-Type": ""})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise ServiceUnavailable(f"CloudFormation's bucket could not be reached: {type(error).__name__}") from None
    finally:
        connection.close()
    if status >= 500 or status == 429:
        raise ServiceUnavailable(f"CloudFormation's bucket answered {status}")
    if status >= 300:
        raise ServiceRefused(
            f"CloudFormation takes no answer any more (its bucket said {status}): the stack has gone on without it. "
            "Update or delete the stack again, which finds what there is."
        )


def _encoded(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode()
