"""The Lambda Runtime API, by which one function process takes its invocations and answers them."""

import json
import queue
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from sandbox.runtime.clock import Handover

_PREFIX = "/2018-06-01/runtime"
RESPONSE_LIMIT = 6_291_556
"""Bytes that a synchronous answer may have."""


@dataclass(frozen=True)
class Outcome:
    """What became of an invocation: the payload, and "Unhandled" when it is an error."""

    payload: bytes
    function_error: str | None = None


def failure(error_type: str, message: str) -> Outcome:
    """An outcome that Lambda itself, not the function, words."""
    return Outcome(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), "Unhandled")


@dataclass
class Invocation:
    """One event on its way through a function."""

    request_id: str
    payload: bytes
    function_arn: str
    timeout: float
    """Seconds of code from the moment that the process takes it."""
    handover: Handover = field(default_factory=Handover)
    """By whoever waits for it."""
    outcome: Outcome | None = None
    taken: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def finish(self, outcome: Outcome) -> None:
        """Keeps the first outcome."""
        if self.outcome is None:
            self.outcome = outcome
            self.handover.back()
        self.taken.set()
        self.done.set()


class RuntimeApi:
    """Serves one process at `address` (host:port) until closed."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: Invocation | None = None
        self.initialised = threading.Event()
        self.init_error: Outcome | None = None
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.address = f"127.0.0.1:{self._server.server_port}"
        serve = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serve.start()

    def send(self, invocation: Invocation) -> None:
        """Hands an invocation to the process when it next asks."""
        self._current = invocation
        self._waiting.put(invocation)

    def close(self) -> None:
        """Closes the port; a process that waits for work ends."""
        self._waiting.put(None)
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> Invocation | None:
        """Blocks until there is work; None when the API closes."""
        self.initialised.set()
        return self._waiting.get()

    def current(self, request_id: str) -> Invocation | None:
        """The invocation that is being worked on, if it has this id."""
        return self._current if self._current and self._current.request_id == request_id else None

    def fail_init(self, payload: bytes) -> None:
        """The process cannot load its handler."""
        self.init_error = Outcome(payload, "Unhandled")
        self.initialised.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is one packet: sent as two, the second would wait 40 ms for the first one's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    api: ClassVar[RuntimeApi]

    def do_GET(self) -> None:
        """.../invocation/next."""
        if self.path != f"{_PREFIX}/invocation/next":
            self._answer(404)
            return
        invocation = self.api.next()
        if invocation is None:
            self.close_connection = True
            return
        invocation.taken.set()
        deadline = int((time.time() + invocation.timeout) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            # Not sampled: there is no X-Ray daemon to send segments to.
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Sampled=0",
            "Content-Type": "application/json",
        }
        self._answer(200, invocation.payload, headers)

    def do_POST(self) -> None:
        """.../invocation/ID/response, .../invocation/ID/error and .../init/error."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) if not self._chunked() else self._chunks()
        if self.path == f"{_PREFIX}/init/error":
            self.api.fail_init(body)
            self._answer(202)
            return
        request_id, _, kind = self.path.removeprefix(f"{_PREFIX}/invocation/").partition("/")
        invocation = self.api.current(request_id)
        if invocation is None or kind not in ("response", "error"):
            self._answer(404)
        elif len(body) > RESPONSE_LIMIT:
            message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            self._answer(413)
            invocation.finish(failure("Function.ResponseSizeTooLarge", message))
        else:
            self._answer(202)
            invocation.finish(Outcome(body, "Unhandled" if kind == "error" else None))

    def _chunked(self) -> bool:
        return "chunked" in (self.headers.get("Transfer-Encoding") or "").lower()

    def _chunks(self) -> bytes:
        """A body in chunks, which is how the runtime client sends long answers."""
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the function's own log is what matters."""
