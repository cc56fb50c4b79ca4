"""A moto server behind a gateway, for the tests of the gateway."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_api._internal.models import moto_api_backend

from sandbox.aws import services
from sandbox.aws.gateway.middleware import Gateway
from sandbox.aws.gateway.operators import credentials_for, operator
from sandbox.aws.moto import server
from sandbox.runtime.call_log import CallLog
from sandbox.runtime.clock import Clock
from sandbox.runtime.faults import Faults
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, REGION

SINGLE_TRY = Config(retries={"total_max_attempts": 1}, read_timeout=5)


class NoNamespaces:
    """Task governance without a Kubernetes side."""

    def make(self, team: str, quota: Mapping[str, Any]) -> None:
        """Does nothing."""

    def remove(self, team: str) -> None:
        """Does nothing."""


@dataclass
class Cloud:
    """The server's address and what the gateway knows."""

    url: str
    log: CallLog
    faults: Faults
    killed: list[str] = field(default_factory=list)

    def client(self, service: str, credentials: dict[str, str], **config: Any) -> Any:
        """A client that tries once."""
        url = self.url.replace("//", "//s3-control@") if service == "s3control" else self.url
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=url,
            **{"region_name": REGION, **credentials},
            config=SINGLE_TRY.merge(Config(**config)),
        )

    def operator(self, service: str, account: str = CLUSTER_ACCOUNT) -> Any:
        """A client with the sandbox's own rights."""
        return self.client(service, operator(account))

    def role(self, name: str, *statements: dict[str, Any], account: str = CLUSTER_ACCOUNT, **more: Any) -> str:
        """The ARN of a new role with an inline policy, trusted by Lambda if `trust` does not say otherwise."""
        trust = more.pop("trust", [allow("sts:AssumeRole", None, Principal={"Service": "lambda.amazonaws.com"})])
        iam = self.operator("iam", account)
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*trust), **more)["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return str(role["Arn"])

    def as_role(self, role_arn: str, service: str, tags: dict[str, str] | None = None, **config: Any) -> Any:
        """A client in a session of the role."""
        return self.client(service, credentials_for(role_arn, "session", tags), **config)


def allow(action: str | list[str], resource: str | list[str] | None = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, **({"Resource": resource} if resource else {}), **more}


def document(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A fresh cloud."""
    moto_api_backend.reset()
    services.install(Clock(1000), services.Delays(), NoNamespaces())
    killed: list[str] = []
    log, faults = CallLog(), Faults(kill=killed.append)
    running = server.start(lambda app: Gateway(app, log, faults))
    yield Cloud(running.url, log, faults, killed)
    faults.stop()
    running.stop()
    services.uninstall()
    moto_api_backend.reset()
