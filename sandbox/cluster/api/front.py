"""The HTTPS front of both servers: who calls, what hooks say, and then the server's own answer."""

import contextlib
import json
import secrets
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import kubernetes

from sandbox.cluster.api.api import Node
from sandbox.cluster.api.calls import Observe, Response
from sandbox.cluster.api.certificates import CertificateAuthority
from sandbox.cluster.api.errors import ApiError, unauthorized
from sandbox.cluster.api.identity import ADMINISTRATOR, AUTHENTICATED, Authenticate, Identity
from sandbox.cluster.api.kinds import POD
from sandbox.cluster.api.requests import Answer, Request

Respond = Callable[[Request, Identity], Answer]
"""Answers an authenticated request; may raise ApiError."""

_HEALTH = ("/healthz", "/livez", "/readyz")


class Front:
    """An HTTPS server on a free port. `endpoint` and `certificate_authority` (PEM) are how to reach it."""

    def __init__(self, authenticate: Authenticate, observe: Observe | None, respond: Respond, address: str) -> None:
        self._authenticate = authenticate
        self._observe = observe
        self._respond = respond
        self.node: Node | None = None
        self._admin_token = secrets.token_urlsafe(32)
        with contextlib.ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kubernetes-front-")))
            authority = CertificateAuthority(directory, "kubernetes-ca")
            pair = authority.issue("kubernetes", address)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.certificate, pair.key)
            self._server = _Server(context, self, address)
            stack.callback(self._server.close)
            self._authority_file = authority.path
            self._resources = stack.pop_all()
        self.certificate_authority = authority.pem
        self.endpoint = f"https://{address}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def admin(self) -> kubernetes.client.ApiClient:
        """A client that may do everything."""
        configuration = kubernetes.client.Configuration(host=self.endpoint)
        configuration.ssl_ca_cert = str(self._authority_file)
        configuration.api_key = {"authorization": f"Bearer {self._admin_token}"}
        return kubernetes.client.ApiClient(configuration)

    def stop(self) -> None:
        """Closes the port and every connection, and removes the certificates."""
        self._server.shutdown()
        self._thread.join()
        self._resources.close()

    def answer(self, request: Request) -> Answer:
        """The whole way of one request."""
        if request.path in _HEALTH:
            return Answer(200, b"ok", "text/plain")
        try:
            identity = self._identify(request.token)
            call = request.call(identity)
            if call is None or self._observe is None:
                return self._outcome(request, identity)
            early = self._observe.before(call)
            if early is not None:
                return _replacement(early)
            answer = self._outcome(request, identity)
            late = self._observe.after(call, answer.status)
            return answer if late is None else _replacement(late)
        except ApiError as error:
            return Answer.failure(error)

    def _outcome(self, request: Request, identity: Identity) -> Answer:
        try:
            path = request.resource
            if self.node is None or path is None or (path.group, path.resource) != ("", POD.plural):
                return self._respond(request, identity)
            return self._about_pods(self.node, request, path.namespace, identity)
        except ApiError as error:
            return Answer.failure(error)

    def _about_pods(self, node: Node, request: Request, namespace: str | None, identity: Identity) -> Answer:
        if request.verb == "create":
            pod = request.document()
            metadata = {**(pod.get("metadata") or {}), "namespace": namespace}
            if pod.get("spec", {}).get("containers"):
                body = json.dumps(node.admit({**pod, "metadata": metadata})).encode()
                request = replace(request, body=body, headers={**request.headers, "content-type": "application/json"})
        answer = self._respond(request, identity)
        done = answer.status < 300 and "dryRun" not in request.query
        if request.verb in ("create", "delete") and done and isinstance(answer.body, bytes):
            found = json.loads(answer.body)
            if request.verb == "create":
                node.created(found)
            else:
                node.deleted(found.get("details", found["metadata"]).get("uid", ""))
        return answer

    def _identify(self, token: str | None) -> Identity:
        if token is None:
            raise unauthorized()
        known = secrets.compare_digest(token.encode(), self._admin_token.encode())
        identity = ADMINISTRATOR if known else self._authenticate(token)
        if identity is None:
            raise unauthorized()
        return replace(identity, groups=(*identity.groups, AUTHENTICATED))


def _replacement(response: Response) -> Answer:
    status, reason, message = response
    return Answer.failure(ApiError(status, reason, message))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, context: ssl.SSLContext, front: Front, address: str) -> None:
        self.front = front
        self._context = context
        self._connections: set[socket.socket] = set()
        super().__init__((address, 0), _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        # The handshake is left to the connection's own thread: a client that stalls in it must not hold up the others.
        wrapped = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._connections.add(wrapped)
        return wrapped, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""

    def close(self) -> None:
        self.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        answer = self.server.front.answer(Request(self.command, self.path, headers, body))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if isinstance(answer.body, bytes):
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in answer.body:
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Calls are recorded by the observer, not here."""
