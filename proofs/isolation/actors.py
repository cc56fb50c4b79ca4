"""Those who try: scientists, pods and others, with credentials as they really come by them."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import kubernetes
from botocore import UNSIGNED
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from proofs.isolation.teams import Team
from sandbox.aws import clients
from sandbox.aws.gateway.operators import NotAssumableError, credentials_for
from sandbox.cloud import Cloud
from sandbox.scenery import accounts

PODS = "pods.eks.amazonaws.com"
CLUSTER_ARN = f"arn:aws:eks:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:cluster/{accounts.EKS_CLUSTER}"
SERVICE_ACCOUNT = "hyperpod-training"
_DENIED = ("AccessDenied", "AccessDeniedException", "403")

Keys = dict[str, str]
"""Credentials as boto3's arguments."""


@dataclass
class Actors:
    """Hands out credentials and clients in one cloud; sessions are kept."""

    cloud: Cloud
    _sessions: dict[str, Keys] = field(default_factory=dict)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def signed_in(self, role_arn: str) -> Keys:
        """Somebody who has signed in to a role, however that is done there."""
        if role_arn not in self._sessions:
            self._sessions[role_arn] = credentials_for(role_arn, "matrix")
        return self._sessions[role_arn]

    def scientist(self, team: Team) -> Keys:
        """A scientist of the team on the way to the cluster.

        Raises PermissionError where the team cannot even become its own cluster access role.
        """
        name = f"scientist {team.name}"
        if name not in self._sessions:
            found = self.assume(self.signed_in(team.scientists), team.cluster_access_role)
            if found is None:
                raise PermissionError(f"team {team.name} cannot assume {team.cluster_access_role}")
            self._sessions[name] = found
        return self._sessions[name]

    def pod(
        self,
        role_arn: str,
        namespace: str,
        service_account: str = SERVICE_ACCOUNT,
        cluster_arn: str = CLUSTER_ARN,
    ) -> Keys | None:
        """What EKS gives a pod that is associated with a role; None where the role's trust refuses it."""
        account, cluster = cluster_arn.split(":")[4], cluster_arn.rsplit("/", 1)[1]
        tags = {
            "eks-cluster-arn": cluster_arn,
            "eks-cluster-name": cluster,
            "kubernetes-namespace": namespace,
            "kubernetes-service-account": service_account,
            "kubernetes-pod-name": "trainer-0",
            "kubernetes-pod-uid": "00000000-0000-0000-0000-000000000000",
        }
        try:
            return credentials_for(
                role_arn,
                "eks-matrix",
                tags,
                service=PODS,
                source_account=account,
                source_arn=cluster_arn,
                transitive=True,
            )
        except NotAssumableError:
            return None

    def pod_of(self, team: Team) -> Keys:
        """A pod of the team.

        Raises PermissionError where the team's own pods do not get their role.
        """
        name = f"pod {team.name}"
        if name not in self._sessions:
            found = self.pod(team.data_access_role, team.namespace)
            if found is None:
                raise PermissionError(f"pods of team {team.name} do not get {team.data_access_role}")
            self._sessions[name] = found
        return self._sessions[name]

    def assume(self, keys: Keys, role_arn: str, **more: str) -> Keys | None:
        """A session of a role; None where that is refused."""
        sts = self.client("sts", keys)
        found: dict[str, Any] = {}
        arguments = {"RoleArn": role_arn, "RoleSessionName": "matrix", **more}
        if not allowed(lambda: found.update(sts.assume_role(**arguments)["Credentials"])):
            return None
        return {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }

    def client(self, service: str, keys: Keys) -> Any:
        """A client with these credentials; S3 reaches access points as its proxy, since their names resolve nowhere."""
        known = (service, keys["aws_access_key_id"])
        if known not in self._clients:
            url = self.cloud.endpoints["AWS_ENDPOINT_URL_S3_CONTROL"] if service == "s3control" else self.cloud.url
            proxies = {"http": self.cloud.url} if service == "s3" else None
            config = Config(retries={"total_max_attempts": 1}, proxies=proxies)
            self._clients[known] = clients.client(
                service, endpoint_url=url, region_name=accounts.REGION, config=config, **keys
            )
        return self._clients[known]

    def unsigned_s3(self) -> Any:
        """S3 for somebody who does not say who he is."""
        known = ("s3", "")
        if known not in self._clients:
            config = Config(
                signature_version=UNSIGNED, retries={"total_max_attempts": 1}, proxies={"http": self.cloud.url}
            )
            self._clients[known] = clients.client(
                "s3", endpoint_url=self.cloud.url, region_name=accounts.REGION, config=config
            )
        return self._clients[known]

    def kubernetes(self, keys: Keys) -> kubernetes.client.ApiClient:
        """A Kubernetes client with a token of EKS for these credentials."""
        known = ("kubernetes", keys["aws_access_key_id"])
        if known not in self._clients:
            configuration = kubernetes.client.Configuration(
                host=self.cloud.kubernetes.endpoint, ca_cert_data=self.cloud.kubernetes.certificate_authority
            )
            configuration.api_key = {"authorization": f"Bearer {self._token(keys)}"}
            self._clients[known] = kubernetes.client.ApiClient(configuration)
        client: kubernetes.client.ApiClient = self._clients[known]
        return client

    def _token(self, keys: Keys) -> str:
        """As `aws eks get-token` makes it."""
        credentials = Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"], keys["aws_session_token"])
        url = f"{self.cloud.url}/?Action=GetCallerIdentity&Version=2011-06-15"
        request = AWSRequest("GET", url, headers={"x-k8s-aws-id": accounts.EKS_CLUSTER})
        SigV4QueryAuth(credentials, "sts", accounts.REGION, expires=60).add_auth(request)
        return "k8s-aws-v1." + base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")


def allowed(call: Callable[[], object], passed: tuple[str, ...] = ()) -> bool:
    """Whether a call goes through; False where it is refused. Errors in `passed` come after it has been let through.

    Raises ClientError where it fails otherwise: then it has shown nothing.
    """
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in (*_DENIED, *passed):
            raise
        return code in passed
    return True
