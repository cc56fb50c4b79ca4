"""What owners commonly deny in their buckets' policies: it refuses those whom it means, and nobody else."""

from typing import Any

import pytest

from sandbox.runtime.network import CARRIER
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, DATA_ACCOUNT
from tests.sandbox.gateway_cloud import Cloud, allow, cloud, document
from tests.sandbox.test_gateway_access_points import BUCKET, Data

__all__ = ["cloud"]

ENDPOINT = "vpce-0123456789abcdef0"


@pytest.fixture
def data(cloud: Cloud) -> Data:
    """A role of the cluster's account that may read by access point."""
    made = Data(cloud)
    made.delegate()
    made.let_in()
    return made


def deny(data: Data, **parts: Any) -> None:
    """The owner denies everything, to everybody if not otherwise said, beside the delegation."""
    condition = {"StringEquals": {"s3:DataAccessPointAccount": DATA_ACCOUNT}}
    delegation = allow("s3:*", [BUCKET, f"{BUCKET}/*"], Principal="*", Condition=condition)
    who = {} if "NotPrincipal" in parts else {"Principal": "*"}
    denial = {"Effect": "Deny", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"], **who, **parts}
    data.s3.put_bucket_policy(Bucket="corpus", Policy=document(delegation, denial))


def by(data: Data, endpoint: str) -> None:
    """The reader's requests come by a VPC endpoint from now on."""

    def carried(request: Any, **_: Any) -> None:
        request.headers[CARRIER] = endpoint

    data.reader.meta.events.register("before-sign.s3", carried)


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"Bool": {"aws:SecureTransport": False}},
        {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        {"NumericLessThan": {"s3:TlsVersion": 1.3}},
        {"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}},
        {"StringNotEquals": {"aws:PrincipalAccount": [DATA_ACCOUNT, CLUSTER_ACCOUNT]}},
        {"Null": {"s3:DataAccessPointArn": "true"}},
    ],
    ids=str,
)
def test_a_rightful_reader_gets_in_past_the_denial_of_others(data: Data, condition: dict[str, Any]) -> None:
    deny(data, Condition=condition)
    assert data.read() == "one"
    assert data.list("train/") == "train/1"


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.4"}},
        {"StringNotEquals": {"aws:PrincipalAccount": DATA_ACCOUNT}},
        {"StringNotEquals": {"aws:SourceVpce": ENDPOINT}},
        {"StringNotEqualsIfExists": {"aws:SourceVpce": ENDPOINT}},
        {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    ],
    ids=str,
)
def test_who_is_meant_is_refused(data: Data, condition: dict[str, Any]) -> None:
    deny(data, Condition=condition)
    assert data.read() == "AccessDenied"
    assert data.list("train/") == "AccessDenied"


def test_who_comes_by_the_vpc_endpoint_that_is_asked_for_gets_in(data: Data) -> None:
    deny(data, Condition={"StringNotEquals": {"aws:SourceVpce": ENDPOINT}})
    by(data, ENDPOINT)
    assert data.read() == "one"


def test_who_comes_by_another_vpc_endpoint_or_without_the_address_that_is_asked_for_does_not(data: Data) -> None:
    by(data, "vpce-11111111111111111")
    assert data.read() == "one"
    deny(data, Condition={"StringNotEquals": {"aws:SourceVpce": ENDPOINT}})
    assert data.read() == "AccessDenied"
    # A request by an endpoint has an address of the VPC, and no public one.
    deny(data, Condition={"NotIpAddress": {"aws:SourceIp": "127.0.0.1/32"}})
    assert data.read() == "AccessDenied"


def test_who_is_excepted_needs_his_account_excepted_as_well(data: Data) -> None:
    account = f"arn:aws:iam::{CLUSTER_ACCOUNT}:root"
    for excepted, read in (
        ([data.role, account], "one"),
        ([data.role, CLUSTER_ACCOUNT], "one"),
        ([data.role], "AccessDenied"),
        ([account], "AccessDenied"),
        ("*", "one"),
    ):
        deny(data, NotPrincipal={"AWS": excepted})
        assert data.read() == read, excepted


def test_nobody_with_a_permissions_boundary_is_ever_excepted(data: Data) -> None:
    iam = data.cloud.operator("iam")
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=document(allow("*")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="data", PermissionsBoundary=boundary)
    assert data.read() == "one"
    deny(data, NotPrincipal={"AWS": [data.role, f"arn:aws:iam::{CLUSTER_ACCOUNT}:root"]})
    assert data.read() == "AccessDenied"


def test_a_key_policy_denies_whom_it_means_alone(data: Data) -> None:
    kms = data.cloud.operator("kms", DATA_ACCOUNT)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    owner = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{DATA_ACCOUNT}:root"})
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    denial = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": insecure}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(owner, denial))
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"] == key
