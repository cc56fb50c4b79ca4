"""EKS Pod Identity on the side of pods: what admission puts into them, and the agent that hands out credentials."""

import datetime
import json
import threading
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from moto.eks.models import eks_backends

from sandbox.aws.eks.clusters import extras
from sandbox.aws.eks.pod_identity import Association
from sandbox.aws.gateway.operators import SESSION_SECONDS, NotAssumableError, credentials_for, why_not
from sandbox.aws.sagemaker.clusters import NODES_ROLE
from sandbox.cluster.api.kinds import KubernetesObject
from sandbox.scenery import accounts

SERVICE = "pods.eks.amazonaws.com"
TOKEN_FILE = f"/var/run/secrets/{SERVICE}/serviceaccount/eks-pod-identity-token"


def association_of(pod: KubernetesObject) -> Association | None:
    """The association of a pod's service account, once EKS knows it everywhere."""
    cluster = eks_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION].clusters[accounts.EKS_CLUSTER]
    account = (pod["metadata"]["namespace"], pod["spec"].get("serviceAccountName", "default"))
    known: list[Association] = extras(cluster).associations.listed()
    return next((each for each in known if (each.namespace, each.service_account) == account), None)


def admitted(pod: KubernetesObject, url: str) -> KubernetesObject:
    """The pod as EKS admits it: with the way to its credentials, where it is associated (EKS user guide, "EKS Pod
    Identity")."""
    if association_of(pod) is None:
        return pod
    changed = deepcopy(pod)
    for container in changed["spec"]["containers"]:
        given = container.setdefault("env", [])
        names = {variable["name"] for variable in given}
        for name, value in (
            ("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
            ("AWS_DEFAULT_REGION", accounts.REGION),
            ("AWS_REGION", accounts.REGION),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", TOKEN_FILE),
        ):
            if name not in names:
                given.append({"name": name, "value": value})
    return changed


class Agent:
    """Answers pods that ask for credentials, each known by its token."""

    def __init__(self) -> None:
        self._pods: dict[str, KubernetesObject] = {}
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://{accounts.LOOPBACK}:{self._server.server_port}/v1/credentials"

    def know(self, token: str, pod: KubernetesObject) -> None:
        """From now on the token is this pod's."""
        self._pods[token] = pod

    def stop(self) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, token: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a pod with this token."""
        pod = self._pods.get(token)
        association = association_of(pod) if pod else None
        if pod is None or association is None:
            return 404, {"message": "[AccessDeniedException]: no association for the service account"}
        cluster_arn = f"arn:aws:eks:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:cluster/{association.cluster}"
        node = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{NODES_ROLE}"
        refused = why_not(node, "eks-auth:AssumeRoleForPodIdentity", cluster_arn)
        if refused:
            return 400, {"message": f"[AccessDeniedException]: Unauthorized Exception! {refused}"}
        tags = {
            "eks-cluster-arn": cluster_arn,
            "eks-cluster-name": association.cluster,
            "kubernetes-namespace": association.namespace,
            "kubernetes-service-account": association.service_account,
            "kubernetes-pod-name": pod["metadata"]["name"],
            "kubernetes-pod-uid": pod["metadata"]["uid"],
        }
        try:
            keys = credentials_for(
                association.role_arn,
                f"eks-{association.cluster}-{pod['metadata']['name']}"[:64],
                {} if association.disable_session_tags else tags,
                service=SERVICE,
                source_account=accounts.CLUSTER_ACCOUNT,
                source_arn=cluster_arn,
                transitive=True,
            )
        except NotAssumableError as error:
            return 400, {"message": f"[AccessDeniedException]: Unauthorized Exception! {error}"}
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=SESSION_SECONDS)
        return 200, {
            "AccessKeyId": keys["aws_access_key_id"],
            "SecretAccessKey": keys["aws_secret_access_key"],
            "Token": keys["aws_session_token"],
            "AccountId": accounts.CLUSTER_ACCOUNT,
            "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        super().__init__((accounts.LOOPBACK, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """GET /v1/credentials."""
        status, document = self.server.agent.answer(self.headers.get("Authorization", ""))
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def write_token(folder: Path, token: str) -> Path:
    """The pod's token, as the kubelet mounts it."""
    path = folder / "eks-pod-identity-token"
    path.write_text(token)
    return path
