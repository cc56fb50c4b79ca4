"""Kubernetes tokens: a presigned GetCallerIdentity request, and the access entry of who signed it."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.signers import RequestSigner

from sandbox.aws.eks.tokens import authenticate
from sandbox.aws.moto.installation import current
from sandbox.cluster.api.identity import Identity
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, EKS_CLUSTER, REGION
from tests.sandbox.services_world import EDIT, World, world

URL = "https://sts.us-west-2.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
SCOPE = {"type": "namespace", "namespaces": ["hyperpod-ns-vision"]}


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def role(here: World) -> str:
    arn, eks = here.role("vision"), here.client("eks")
    eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=arn, kubernetesGroups=["vision-group"])
    eks.associate_access_policy(clusterName=EKS_CLUSTER, principalArn=arn, policyArn=EDIT, accessScope=SCOPE)
    return arn


def _token(role: str, cluster: str = EKS_CLUSTER, url: str = URL, secret: str | None = None) -> str:
    assumed = boto3.client("sts", REGION).assume_role(RoleArn=role, RoleSessionName="lee@lab")["Credentials"]
    session = boto3.Session(
        assumed["AccessKeyId"], secret or assumed["SecretAccessKey"], assumed["SessionToken"], region_name=REGION
    )
    client = session.client("sts")
    signer = RequestSigner(
        client.meta.service_model.service_id,
        REGION,
        "sts",
        "v4",
        cast(Credentials, session.get_credentials()),
        session.events,
    )
    request: dict[str, Any] = {"method": "GET", "url": url, "body": {}, "headers": {"x-k8s-aws-id": cluster}}
    presigned = signer.generate_presigned_url(
        request | {"context": {}}, region_name=REGION, expires_in=60, operation_name=""
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(presigned.encode()).decode().rstrip("=")


def test_a_token_gives_the_entrys_user_groups_and_policies(role: str) -> None:
    user = f"arn:aws:sts::{CLUSTER_ACCOUNT}:assumed-role/vision/lee-lab"
    assert authenticate(_token(role), EKS_CLUSTER) == Identity(
        user, ("vision-group",), (("edit", ("hyperpod-ns-vision",)),)
    )


def test_a_token_carries_hyperpods_own_policies_with_their_scope(here: World, role: str) -> None:
    name = "AmazonSagemakerHyperpodUserClusterPolicy"
    here.client("eks").associate_access_policy(
        clusterName=EKS_CLUSTER,
        principalArn=role,
        policyArn=EDIT.replace("AmazonEKSEditPolicy", name),
        accessScope={"type": "cluster"},
    )
    identity = authenticate(_token(role), EKS_CLUSTER)
    assert identity is not None
    assert (name, None) in identity.policies


def test_the_sandboxs_own_sts_will_do(role: str) -> None:
    assert authenticate(
        _token(role, url=URL.replace("https://sts.us-west-2.amazonaws.com", "http://127.0.0.1:5000")), EKS_CLUSTER
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster": "another"},
        {"url": URL.replace("GetCallerIdentity", "GetSessionToken")},
        {"url": URL.replace("sts.us-west-2.amazonaws.com", "sts.example.com")},
        {"secret": "guessed"},
    ],
)
def test_a_token_that_is_not_quite_right_is_nobodys(role: str, changes: dict[str, str]) -> None:
    assert authenticate(_token(role, **changes), EKS_CLUSTER) is None


@pytest.mark.parametrize("token", ["", "k8s-aws-v1.", "k8s-aws-v1.%%%", "k8s-aws-v1.aGVsbG8", "secret"])
def test_nonsense_is_nobodys(here: World, token: str) -> None:
    assert authenticate(token, EKS_CLUSTER) is None


def test_a_role_without_an_entry_or_made_again_is_nobodys(here: World, role: str) -> None:
    assert authenticate(_token(here.role("stranger")), EKS_CLUSTER) is None
    here.client("iam").delete_role(RoleName="vision")
    here.role("vision")
    assert authenticate(_token(role), EKS_CLUSTER) is None
    entry = here.client("eks").describe_access_entry(clusterName=EKS_CLUSTER, principalArn=role)["accessEntry"]
    assert entry["principalArn"] == role


def test_an_entry_is_not_known_to_the_cluster_at_once(here: World, role: str) -> None:
    current().delays = replace(current().delays, entry_known=30)
    assert authenticate(_token(role), EKS_CLUSTER) is None
    here.clock.seconds += 30
    assert authenticate(_token(role), EKS_CLUSTER) is not None


def test_a_token_from_before_is_too_old(role: str) -> None:
    token = _token(role)
    current().tokens_from = datetime.now(UTC) + timedelta(seconds=1)
    assert authenticate(token, EKS_CLUSTER) is None
    current().tokens_from = None
    assert authenticate(token, EKS_CLUSTER) is not None
