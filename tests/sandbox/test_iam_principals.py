"""Principals that must exist, and that are pinned by their unique id: IAM, S3 and KMS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.scenery.accounts import CLUSTER_ACCOUNT, DATA_ACCOUNT, REGION, SCIENTISTS_ACCOUNT
from tests.sandbox.services_world import World, policy, refused, world

NOBODY = f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/nobody"
POINT = f"arn:aws:s3:{REGION}:{DATA_ACCOUNT}:accesspoint/vision-images"
OWNER = {"AccountId": DATA_ACCOUNT, "Name": "vision-images"}


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        made.client("s3", DATA_ACCOUNT).create_bucket(
            Bucket="images", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield made


@pytest.fixture
def control(here: World) -> Any:
    client = here.client("s3control", DATA_ACCOUNT)
    client.create_access_point(**OWNER, Bucket="images", Tags=[{"Key": "team", "Value": "vision"}])
    return client


def test_a_trust_policy_names_principals_that_exist(here: World) -> None:
    iam = here.client("iam")
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{NOBODY}"'):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy("sts:AssumeRole", None, {"AWS": NOBODY}))
    scientist = here.role("scientist", SCIENTISTS_ACCOUNT)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy("sts:AssumeRole", None, {"AWS": scientist}))
    with refused("MalformedPolicyDocument", "Invalid principal"):
        iam.update_assume_role_policy(
            RoleName="r", PolicyDocument=policy("sts:AssumeRole", None, {"AWS": [scientist, NOBODY]})
        )


def test_a_trust_policy_may_name_a_new_role_once_it_is_visible() -> None:
    with world(role_visible=8) as here:
        scientist, iam = here.role("scientist", SCIENTISTS_ACCOUNT), here.client("iam")
        request = {"RoleName": "r", "AssumeRolePolicyDocument": policy("sts:AssumeRole", None, {"AWS": scientist})}
        with refused("MalformedPolicyDocument", "Invalid principal in policy"):
            iam.create_role(**request)
        here.clock.seconds += 8
        iam.create_role(**request)


def test_policies_have_size_quotas_and_a_role_with_a_policy_stays(here: World) -> None:
    iam = here.client("iam")
    here.role("r")
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "x" * 6000}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="r", PolicyName="one", PolicyDocument=document)
    with refused("LimitExceeded", "10240 bytes"):
        iam.put_role_policy(RoleName="r", PolicyName="two", PolicyDocument=document)
    with refused("LimitExceeded", "ACLSizePerRole"):
        iam.update_assume_role_policy(
            RoleName="r", PolicyDocument=policy("sts:AssumeRole", None, {"Service": [f"s{n}.x" for n in range(400)]})
        )
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="r")


def test_a_role_made_again_is_another_principal_everywhere(here: World, control: Any) -> None:
    role, iam, s3 = here.role("data"), here.client("iam"), here.client("s3", DATA_ACCOUNT)
    kms = here.client("kms", DATA_ACCOUNT)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    identity = iam.get_role(RoleName="data")["Role"]["RoleId"]
    trust = policy("sts:AssumeRole", None, {"AWS": role})
    iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=trust)
    control.put_access_point_policy(**OWNER, Policy=policy("s3:GetObject", f"{POINT}/object/*", {"AWS": role}))
    s3.put_bucket_policy(Bucket="images", Policy=policy("s3:GetObject", "arn:aws:s3:::images/*", {"AWS": [role]}))
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])

    def shown() -> list[Any]:
        return [
            iam.get_role(RoleName="trusting")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"],
            json.loads(control.get_access_point_policy(**OWNER)["Policy"])["Statement"][0]["Principal"]["AWS"],
            json.loads(s3.get_bucket_policy(Bucket="images")["Policy"])["Statement"][0]["Principal"]["AWS"][0],
            kms.list_grants(KeyId=key)["Grants"][0]["GranteePrincipal"],
        ]

    assert shown() == [role] * 4
    iam.delete_role(RoleName="data")
    assert shown() == [identity] * 4
    assert here.role("data") == role
    assert shown() == [identity] * 4
    with refused("MalformedPolicy", "Invalid principal in policy"):
        s3.put_bucket_policy(Bucket="images", Policy=s3.get_bucket_policy(Bucket="images")["Policy"])


def test_a_policy_comes_back_as_it_was_written(here: World) -> None:
    s3 = here.client("s3", DATA_ACCOUNT)
    written = policy("s3:GetObject", "arn:aws:s3:::images/*", {"AWS": here.role("data")}).replace(",", " ,\n")
    s3.put_bucket_policy(Bucket="images", Policy=written)
    assert s3.get_bucket_policy(Bucket="images")["Policy"] == written


def test_a_principal_that_is_excepted_is_pinned_as_well(here: World) -> None:
    s3, role = here.client("s3", DATA_ACCOUNT), here.role("data")
    identity = here.client("iam").get_role(RoleName="data")["Role"]["RoleId"]
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": role}, "Action": "s3:*", "Resource": "arn:aws:s3:::images/*"}
    s3.put_bucket_policy(Bucket="images", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    here.client("iam").delete_role(RoleName="data")
    written = s3.get_bucket_policy(Bucket="images")["Policy"]
    assert json.loads(written)["Statement"][0]["NotPrincipal"] == {"AWS": identity}
    with refused("MalformedPolicy", "Invalid principal in policy"):
        s3.put_bucket_policy(Bucket="images", Policy=written)


def test_an_owner_may_let_cloudfront_read(here: World) -> None:
    identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1ABCDEF2GHIJ3"
    document = policy("s3:GetObject", "arn:aws:s3:::images/*", {"AWS": identity})
    here.client("s3", DATA_ACCOUNT).put_bucket_policy(Bucket="images", Policy=document)
    with refused("MalformedPolicy", "Invalid principal in policy"):
        here.client("s3", DATA_ACCOUNT).put_bucket_policy(Bucket="images", Policy=document.replace("user", "usher"))


def test_bucket_and_access_point_policies_are_about_their_own(here: World, control: Any) -> None:
    with refused("MalformedPolicy", "Policy has invalid resource"):
        here.client("s3", DATA_ACCOUNT).put_bucket_policy(
            Bucket="images", Policy=policy("s3:GetObject", "arn:aws:s3:::other/*", "*")
        )
    with refused("MalformedPolicy", "Policy has invalid resource"):
        control.put_access_point_policy(**OWNER, Policy=policy("s3:GetObject", "arn:aws:s3:::images/*", "*"))
    with refused("MalformedPolicy", "Invalid principal in policy"):
        control.put_access_point_policy(**OWNER, Policy=policy("s3:GetObject", POINT, {"AWS": NOBODY}))


def test_an_access_point_is_named_owned_and_tagged_as_s3_has_it(here: World, control: Any) -> None:
    found = control.get_access_point(**OWNER)
    assert (found["AccessPointArn"], found["BucketAccountId"]) == (POINT, DATA_ACCOUNT)
    assert control.list_tags_for_resource(AccountId=DATA_ACCOUNT, ResourceArn=POINT)["Tags"]
    with refused("AccessPointAlreadyOwnedByYou"):
        control.create_access_point(**OWNER, Bucket="images")
    for name in ("Upper", "ends-", "x-s3alias", "a" * 51):
        with refused("InvalidRequest"):
            control.create_access_point(AccountId=DATA_ACCOUNT, Name=name, Bucket="images")
    with refused("NoSuchBucket"):
        control.create_access_point(AccountId=DATA_ACCOUNT, Name="other", Bucket="nowhere")
    with refused("AccessDenied"):
        here.client("s3control").create_access_point(AccountId=CLUSTER_ACCOUNT, Name="other", Bucket="images")
    with refused("AccessDenied"):
        here.client("s3control").get_access_point(**OWNER)
    control.delete_access_point(**OWNER)
    with refused("NoSuchAccessPoint"):
        control.delete_access_point(**OWNER)
    control.create_access_point(**OWNER, Bucket="images")
    assert control.list_tags_for_resource(AccountId=DATA_ACCOUNT, ResourceArn=POINT)["Tags"] == []
    assert [point["Name"] for point in control.list_access_points(AccountId=DATA_ACCOUNT)["AccessPointList"]] == [
        "vision-images"
    ]


def test_objects_are_reached_by_access_point_from_another_account(here: World, control: Any) -> None:
    s3 = here.client("s3")
    for name in (POINT, control.get_access_point(**OWNER)["Alias"]):
        s3.put_object(Bucket=name, Key="train/one", Body=b"1")
        assert s3.get_object(Bucket=name, Key="train/one")["Body"].read() == b"1"
        assert s3.list_objects_v2(Bucket=name, Prefix="train/")["KeyCount"] == 1


def test_a_new_bucket_is_encrypted_and_closed_to_the_public(here: World) -> None:
    s3 = here.client("s3")
    (rule,) = s3.get_bucket_encryption(Bucket="images")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(s3.get_public_access_block(Bucket="images")["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_location(Bucket="images")["LocationConstraint"] == REGION
    assert s3.head_bucket(Bucket="images")["BucketRegion"] == REGION


def test_a_named_grant_is_made_once(here: World) -> None:
    kms = here.client("kms", DATA_ACCOUNT)
    key = kms.create_key()["KeyMetadata"]
    request = {"KeyId": key["Arn"], "GranteePrincipal": here.role("data"), "Operations": ["Decrypt"]}
    first = kms.create_grant(**request, Name="vision")
    assert kms.create_grant(**request, Name="vision")["GrantId"] == first["GrantId"]
    assert kms.create_grant(**request)["GrantId"] != kms.create_grant(**request)["GrantId"]
    (found,) = kms.list_grants(KeyId=key["KeyId"], GrantId=first["GrantId"])["Grants"]
    assert (found["KeyId"], found["Name"], found["Operations"]) == (key["Arn"], "vision", ["Decrypt"])
    assert found["CreationDate"]
    assert kms.list_grants(KeyId=key["KeyId"], GranteePrincipal=here.role("other"))["Grants"] == []
    with refused("InvalidArnException"):
        kms.create_grant(KeyId=key["Arn"], GranteePrincipal=NOBODY, Operations=["Decrypt"])
