"""HTTP on this machine: where the sandbox listens, and a WSGI application called as a function."""

from typing import Any
from wsgiref.types import WSGIApplication

LOOPBACK = "127.0.0.1"
"""Where everything listens, unless containers of this machine are to reach it too."""

Headers = list[tuple[str, str]]


def run(app: WSGIApplication, environ: dict[str, Any]) -> tuple[str, Headers, bytes]:
    """Status line, headers and whole body of the application's answer; raises what the application raises."""
    started: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: object = None) -> object:
        started.append((status, headers))
        return lambda data: None

    chunks = app(environ, start_response)  # type: ignore[arg-type]  # the write callable is never used
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return (*started[-1], body)
