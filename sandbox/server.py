"""moto's server on a free port of this machine, with room for a middleware in front."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from wsgiref.types import WSGIApplication

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.places import LOOPBACK


class _Quiet(WSGIRequestHandler):
    """HTTP/1.1, so that clients keep their connections; no access log, which the gateway's call log replaces."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


@dataclass(frozen=True)
class Server:
    """A running server; `url` has no trailing slash."""

    url: str
    _server: BaseWSGIServer
    _thread: Thread

    def stop(self) -> None:
        """Ends the server and closes its port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def start(wrap: Callable[[WSGIApplication], WSGIApplication] = lambda app: app, address: str = LOOPBACK) -> Server:
    """Serves moto, wrapped, on an address of this machine at a port that the system chooses."""
    app = wrap(DomainDispatcherApplication(create_backend_app))
    server = make_server(address, 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]  # a hanging call must not hold up the shutdown
    server.block_on_close = False  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="moto", daemon=True)
    thread.start()
    return Server(f"http://{address}:{server.server_port}", server, thread)
