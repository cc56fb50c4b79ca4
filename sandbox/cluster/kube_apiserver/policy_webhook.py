"""The authorizer that a real kube-apiserver asks after RBAC: EKS access policies, as EKS has them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox.cluster.api.identity import Identity
from sandbox.cluster.api.kinds import KubernetesObject
from sandbox.cluster.authorization.access_policies import policies_allow
from sandbox.cluster.authorization.reviews import asked

EXTRA = "policies"
"""The key of a user's extra information under which the policies travel through the API server."""


def write_policies(identity: Identity) -> str:
    """The policies as a value of a user's extra information."""
    return json.dumps(identity.policies, separators=(",", ":"))


class PolicyWebhook:
    """A SubjectAccessReview webhook at `url`, which only says yes or "no opinion"."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/authorize"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def configuration(self) -> KubernetesObject:
        """The kubeconfig that tells the API server where the webhook is."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "policies", "cluster": {"server": self.url}}],
            "users": [{"name": "apiserver", "user": {}}],
            "contexts": [{"name": "policies", "context": {"cluster": "policies", "user": "apiserver"}}],
            "current-context": "policies",
        }

    def stop(self) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def decide(review: KubernetesObject) -> KubernetesObject:
    """A SubjectAccessReview with its status."""
    spec = review["spec"]
    given = (spec.get("extra") or {}).get(EXTRA, ["[]"])[0]
    policies = tuple((role, None if scope is None else tuple(scope)) for role, scope in json.loads(given))
    identity = Identity(spec.get("user", ""), policies=policies)
    status = {"allowed": policies_allow(identity, asked(spec))}
    return {"apiVersion": review["apiVersion"], "kind": review["kind"], "status": status}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(decide(review)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the API server logs what it asks."""
