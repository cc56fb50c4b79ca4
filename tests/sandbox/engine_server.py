"""What tests of the engine share: who calls, from where, and patience."""

import time
from collections.abc import Callable, Mapping
from typing import Any

REGION = "us-west-2"

ACCOUNT = "123456789012"
"""The account that moto takes callers with unknown keys to be in."""

CREDENTIALS = {"aws_access_key_id": "operator", "aws_secret_access_key": "secret"}


def credentials(role_arn: str, session_name: str, **asked: Any) -> Mapping[str, str]:
    """A session of any role but one called nobody."""
    if role_arn.endswith("/nobody"):
        raise LookupError(f"{role_arn} cannot be assumed")
    return CREDENTIALS


def eventually(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """The first true value of a condition that comes true within so many real seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError("it did not come true in time")
