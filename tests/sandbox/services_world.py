"""A small world for the tests of sandbox.aws.services: moto in this process, two accounts, a clock that jumps."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.aws import services
from sandbox.aws.eks.clusters import register_cluster as register_eks_cluster
from sandbox.aws.sagemaker.clusters import register_cluster
from sandbox.runtime.clock import Clock
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, EKS_CLUSTER, HYPERPOD_CLUSTER, REGION

EDIT = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"


@cache
def _session() -> boto3.Session:
    # One for all tests, because a session reads the service models anew.
    return boto3.Session()


class JumpingClock(Clock):
    """A clock that stands still until told to jump."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def now(self) -> float:
        """Sandbox seconds jumped so far."""
        return self.seconds


@dataclass
class Namespaces:
    """Records what task governance did."""

    done: list[tuple[str, str]] = field(default_factory=list)

    def make(self, team: str, quota: Mapping[str, Any]) -> None:
        """Records it."""
        self.done.append(("make", team))

    def remove(self, team: str) -> None:
        """Records it."""
        self.done.append(("remove", team))


@dataclass
class World:
    """What a test needs."""

    clock: JumpingClock
    delays: services.Delays
    namespaces: Namespaces
    eks_arn: str
    cluster_arn: str

    def client(self, service: str, account: str = CLUSTER_ACCOUNT) -> Any:
        """A client with an assumed role's credentials in that account."""
        sts = _session().client("sts", REGION, aws_access_key_id="any", aws_secret_access_key="any")
        credentials = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/administrator", RoleSessionName="tester")[
            "Credentials"
        ]
        return _session().client(
            service,  # type: ignore[call-overload]  # boto3-stubs want a literal
            region_name=REGION,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    def role(self, name: str, account: str = CLUSTER_ACCOUNT) -> str:
        """Makes a role. Returns its ARN."""
        trust = policy("sts:AssumeRole", None, {"Service": "pods.eks.amazonaws.com"})
        role = self.client("iam", account).create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        return str(role["Role"]["Arn"])


@contextmanager
def world(**delays: float) -> Iterator[World]:
    """moto with the backends, an EKS cluster and its HyperPod cluster."""
    with mock_aws():
        clock, slow, namespaces = JumpingClock(), services.Delays(**delays), Namespaces()
        services.install(clock, slow, namespaces)
        try:
            eks_arn = register_eks_cluster(CLUSTER_ACCOUNT, REGION, EKS_CLUSTER, "https://127.0.0.1:6443", "PEM")
            instances = {"ml.g5.12xlarge": 2, "ml.c5.4xlarge": 4}
            cluster_arn = register_cluster(CLUSTER_ACCOUNT, REGION, HYPERPOD_CLUSTER, eks_arn, instances)
            yield World(clock, slow, namespaces, eks_arn, cluster_arn)
        finally:
            clock.stop()
            services.uninstall()


def policy(action: str, resource: str | None, principal: Any) -> str:
    """A policy of one statement."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [statement | ({"Resource": resource} if resource else {})]}
    )


@contextmanager
def refused(code: str, wording: str = "") -> Iterator[None]:
    """Expects the call to be refused with that code and wording."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert wording in caught.value.response["Error"]["Message"]
