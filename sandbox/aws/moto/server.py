"""moto's server on a free port of this machine, with room for a middleware in front."""

import contextlib
import io
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from threading import Thread
from typing import Any
from wsgiref.types import WSGIApplication

from botocore.loaders import JSONFileLoader
from moto.core.loaders import Loader
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from sandbox.runtime.wsgi import Headers, run
from sandbox.scenery.accounts import LOOPBACK

_LOG = logging.getLogger(__name__)
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

# botocore's clients change the paths of S3 in what they share (sandbox.runtime.service_models); moto routes by them.
Loader.FILE_LOADER_CLASS = JSONFileLoader


class _Handler(WSGIRequestHandler):
    """HTTP/1.1 with connections that are kept; no access log, which the gateway's call log replaces."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """werkzeug's own ends every connection after one answer, and a new one costs more than most answers."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        # Read whole, so that the next request begins where this one ends.
        stream = environ["wsgi.input"]
        chunked = environ.get("wsgi.input_terminated")
        body = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            self._answer(*run(self.server.app, environ))
        except ConnectionError:
            self.close_connection = True
        except Exception:
            _LOG.exception("%s %s", self.command, self.path)
            self._answer(f"{HTTPStatus.INTERNAL_SERVER_ERROR.value} Internal Server Error", [], b"")

    def _answer(self, status: str, headers: Headers, body: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        if int(code) not in _NO_BODY and "content-length" not in {name.lower() for name, _ in headers}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


class _Server(ThreadedWSGIServer):
    # A hanging call must not hold up the shutdown.
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: str, app: WSGIApplication) -> None:
        super().__init__(address, 0, app, _Handler)
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Ends the connections that clients keep for their next call."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Server:
    """A running server; `url` has no trailing slash."""

    url: str
    _server: _Server
    _thread: Thread

    def stop(self) -> None:
        """Ends the server and closes its port and every connection."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.close_connections()


def start(wrap: Callable[[WSGIApplication], WSGIApplication] = lambda app: app, address: str = LOOPBACK) -> Server:
    """Serves moto, wrapped, on an address of this machine at a port that the system chooses."""
    dispatcher = DomainDispatcherApplication(create_backend_app)
    # Upstream: the folders of moto are listed anew for every request, which takes longer than answering most.
    dispatcher.get_backend_for_host = lru_cache(dispatcher.get_backend_for_host)  # type: ignore[method-assign]
    server = _Server(address, wrap(dispatcher))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="moto", daemon=True)
    thread.start()
    return Server(f"http://{address}:{server.server_port}", server, thread)
