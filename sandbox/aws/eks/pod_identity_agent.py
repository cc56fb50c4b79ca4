"""EKS Pod Identity on the side of pods: what admission puts into them, and the agent that hands out credentials."""

import datetime
import json
import secrets
import threading
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from moto.eks.models import eks_backends

from sandbox.aws.eks.clusters import extras
from sandbox.aws.eks.pod_identity import Association
from sandbox.aws.iam.service_roles import SESSION_SECONDS, CredentialsFor, RoleError, WhyNot, assume
from sandbox.aws.sagemaker.clusters import NODES_ROLE
from sandbox.cluster.api.kinds import KubernetesObject
from sandbox.runtime.http import LOOPBACK

SERVICE = "pods.eks.amazonaws.com"
TOKEN_FILE = f"/var/run/secrets/{SERVICE}/serviceaccount/eks-pod-identity-token"


@dataclass
class PodIdentityAgent:
    """Answers pods of one cluster that ask for credentials, each known by its token."""

    account: str
    region: str
    cluster: str
    """Its name."""
    credentials_for: CredentialsFor
    why_not: WhyNot
    _pods: dict[str, KubernetesObject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Opens its port."""
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://{LOOPBACK}:{self._server.server_port}/v1/credentials"

    def admit(self, pod: KubernetesObject) -> KubernetesObject:
        """The pod as EKS admits it: with the way to its credentials, where it is associated (EKS user guide, "EKS Pod
        Identity").
        """
        if self._association_of(pod) is None:
            return pod
        changed = deepcopy(pod)
        for container in changed["spec"]["containers"]:
            given = container.setdefault("env", [])
            names = {variable["name"] for variable in given}
            for name, value in (
                ("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
                ("AWS_DEFAULT_REGION", self.region),
                ("AWS_REGION", self.region),
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", self.url),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", TOKEN_FILE),
            ):
                if name not in names:
                    given.append({"name": name, "value": value})
        return changed

    def mount(self, pod: KubernetesObject, folder: Path) -> Mapping[str, str]:
        """Writes the token by which the pod is known from now on; its path in the pod, and in this machine."""
        token = secrets.token_urlsafe(32)
        path = folder / "eks-pod-identity-token"
        path.write_text(token)
        self._pods[token] = pod
        return {TOKEN_FILE: str(path)}

    def stop(self) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, token: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a pod with this token."""
        pod = self._pods.get(token)
        association = self._association_of(pod) if pod else None
        if pod is None or association is None:
            return 404, {"message": "[AccessDeniedException]: no association for the service account"}
        cluster_arn = f"arn:aws:eks:{self.region}:{self.account}:cluster/{association.cluster}"
        node = f"arn:aws:iam::{self.account}:role/{NODES_ROLE}"
        refused = self.why_not(node, "eks-auth:AssumeRoleForPodIdentity", cluster_arn)
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
            session = f"eks-{association.cluster}-{pod['metadata']['name']}"[:64]
            given = {} if association.disable_session_tags else tags
            keys = assume(
                self.credentials_for, association.role_arn, session, SERVICE, cluster_arn, given, transitive=True
            )
        except RoleError as error:
            return 400, {"message": f"[AccessDeniedException]: Unauthorized Exception! {error}"}
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=SESSION_SECONDS)
        return 200, {
            "AccessKeyId": keys["aws_access_key_id"],
            "SecretAccessKey": keys["aws_secret_access_key"],
            "Token": keys["aws_session_token"],
            "AccountId": self.account,
            "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _association_of(self, pod: KubernetesObject) -> Association | None:
        """The association of a pod's service account, once EKS knows it everywhere."""
        cluster = eks_backends[self.account][self.region].clusters[self.cluster]
        account = (pod["metadata"]["namespace"], pod["spec"].get("serviceAccountName", "default"))
        known: list[Association] = extras(cluster).associations.listed()
        return next((each for each in known if (each.namespace, each.service_account) == account), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, agent: PodIdentityAgent) -> None:
        self.agent = agent
        super().__init__((LOOPBACK, 0), _Handler)


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
