"""The snapshot of the whole world."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.inventory import World, difference, snapshot
from sandbox.scenery.accounts import ACCOUNTS, CLUSTER_ACCOUNT, DATA_ACCOUNT, REGION
from tests.sandbox.gateway_cloud import Cloud, allow, cloud, document

__all__ = ["cloud"]


def world(**more: Any) -> World:
    return snapshot(ACCOUNTS.values(), REGION, **more)


def test_what_is_made_and_unmade_leaves_the_world_byte_for_byte(cloud: Cloud) -> None:
    before = world()
    cloud.role("team", allow("s3:GetObject"))
    assert world() != before
    iam = cloud.operator("iam")
    iam.delete_role_policy(RoleName="team", PolicyName="own")
    iam.delete_role(RoleName="team")
    assert json.dumps(world(), sort_keys=True) == json.dumps(before, sort_keys=True)


def test_a_role_that_is_made_again_is_the_same_world(cloud: Cloud) -> None:
    cloud.role("team", Tags=[{"Key": "team", "Value": "vision"}])
    before = world()
    cloud.operator("iam").delete_role(RoleName="team")
    cloud.role("team", Tags=[{"Key": "team", "Value": "vision"}])
    assert world() == before


def test_a_snapshot_makes_no_calls(cloud: Cloud) -> None:
    world()
    assert cloud.log.entries() == ()


def _policy(cloud: Cloud) -> None:
    cloud.operator("iam").put_role_policy(RoleName="team", PolicyName="own", PolicyDocument=document(allow("s3:*")))


def _tag(cloud: Cloud) -> None:
    cloud.operator("iam").tag_role(RoleName="team", Tags=[{"Key": "a", "Value": "b"}])


def _trust(cloud: Cloud) -> None:
    policy = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
    cloud.operator("iam").update_assume_role_policy(RoleName="team", PolicyDocument=policy)


def _bucket_policy(cloud: Cloud) -> None:
    policy = document(allow("s3:*", "arn:aws:s3:::corpus/*", Principal={"AWS": CLUSTER_ACCOUNT}))
    cloud.operator("s3", DATA_ACCOUNT).put_bucket_policy(Bucket="corpus", Policy=policy)


def _access_point(cloud: Cloud) -> None:
    cloud.operator("s3control", DATA_ACCOUNT).create_access_point(
        AccountId=DATA_ACCOUNT, Name="vision", Bucket="corpus"
    )


def _block(cloud: Cloud) -> None:
    cloud.operator("s3", DATA_ACCOUNT).put_public_access_block(
        Bucket="corpus", PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )


def _grant(cloud: Cloud) -> None:
    kms = cloud.operator("kms")
    key = kms.list_keys()["Keys"][0]["KeyId"]
    role = f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/team"
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])


def _item(cloud: Cloud) -> None:
    cloud.operator("dynamodb").put_item(TableName="registry", Item={"team": {"S": "vision"}, "status": {"S": "active"}})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (_policy, "roles / team / inline"),
        (_tag, "roles / team / tags / a"),
        (_trust, "roles / team / trust"),
        (_bucket_policy, "buckets / corpus / policy"),
        (_access_point, "access points / vision"),
        (_block, "buckets / corpus / public access block"),
        (_grant, "grants"),
        (_item, "tables / registry / vision / status"),
    ],
)
def test_every_change_shows(cloud: Cloud, change: Callable[[Cloud], None], where: str) -> None:
    cloud.role("team")
    cloud.operator("s3", DATA_ACCOUNT).create_bucket(
        Bucket="corpus", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    cloud.operator("kms").create_key()
    cloud.operator("dynamodb").create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": "team", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "team", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    before = world(tables=["registry"])
    change(cloud)
    assert any(where in line for line in difference(before, world(tables=["registry"])))


def test_a_policy_that_names_a_deleted_role_is_a_difference(cloud: Cloud) -> None:
    team = cloud.role("team")
    cloud.role("cluster", trust=[allow("sts:AssumeRole", None, Principal={"AWS": team})])
    before = world()
    cloud.operator("iam").delete_role(RoleName="team")
    cloud.role("team")
    (line,) = difference(before, world())
    assert line.startswith("~")
    assert "(a deleted principal)" in line


def test_a_difference_reads_as_new_gone_and_changed() -> None:
    before = {"kubernetes": {"Role/a/x": {"rules": [1], "gone": 1}}}
    after = {"kubernetes": {"Role/a/x": {"rules": [2], "new": "y"}}}
    assert difference(before, after) == [
        "- kubernetes / Role/a/x / gone: 1",
        '+ kubernetes / Role/a/x / new: "y"',
        "~ kubernetes / Role/a/x / rules: [1] -> [2]",
    ]
    assert difference(before, before) == []


def test_kubernetes_and_whatever_else_is_given_belongs_to_the_world(cloud: Cloud) -> None:
    seen = world(kubernetes={"Namespace/x": {}}, queues={"dlq": 0})
    assert (seen["kubernetes"], seen["queues"]) == ({"Namespace/x": {}}, {"dlq": 0})
