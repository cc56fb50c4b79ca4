"""boto3 clients of what runs in the sandbox's own process."""

import threading
from functools import cache
from typing import Any

import boto3

from sandbox.runtime.activity import add_header

_LOCK = threading.Lock()


@cache
def _session() -> Any:
    return boto3.session.Session()


def client(service: str, **arguments: Any) -> Any:
    """A client by the arguments of boto3.client; they must name region and credentials.

    All are of one session: a new one reads the endpoints of all AWS services first, which takes longer than most calls.
    """
    # Sessions are not thread-safe; clients are.
    with _LOCK:
        made = _session().client(service, **arguments)
    made.meta.events.register("before-call", add_header)
    return made
