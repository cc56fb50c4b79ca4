"""How a bucket and its key are found, whichever of their names they go by."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from onboarding.request import Dataset
from onboarding.resource import Context
from s3_access_point import bucket
from tests.unit.given import CLUSTER, DATA, KEY, REGION, SETTINGS

KEY_ID = KEY.rsplit("/", 1)[1]


class Stub:
    """Stands for S3 and KMS in the owner's account."""

    stack = SETTINGS.stack

    def __init__(self, location: str | None, key: str | None, alias: str | None = None) -> None:
        self._location, self._key, self._alias = location, key, alias

    def client(self, service: str, account: str | None = None) -> Any:
        """Itself."""
        return self

    def get_bucket_location(self, **_: Any) -> dict[str, Any]:
        """The constraint."""
        return {"LocationConstraint": self._location}

    def get_bucket_encryption(self, **_: Any) -> dict[str, Any]:
        """By KMS, with a key as its owner named it."""
        default = {"SSEAlgorithm": "aws:kms"} | ({"KMSMasterKeyID": self._key} if self._key else {})
        return {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}}

    def get_bucket_ownership_controls(self, **_: Any) -> dict[str, Any]:
        """As new buckets have them."""
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}

    def describe_key(self, **_: Any) -> dict[str, Any]:
        """What the alias leads to."""
        if self._alias is None:
            error = {"Error": {"Code": "NotFoundException", "Message": "Alias is not found."}}
            raise ClientError(error, "DescribeKey")  # type: ignore[arg-type]
        return {"KeyMetadata": {"Arn": self._alias}}


def found(stub: Stub, region: str = REGION, owner: str = DATA, key: str | None = KEY, *, writes: bool = False) -> str:
    """The one finding: its state, and what is wrong."""
    settings = type(SETTINGS)(**{**vars(SETTINGS), "region": region})
    context = Context(team="vision", settings=settings, accounts=stub)  # type: ignore[arg-type]
    dataset = Dataset.model_validate({"bucket": "images", "accountId": owner, "kmsKeyArn": key})
    (one,) = bucket.findings(dataset, context, writes=writes)
    return f"{one.state}: {one.sentence}"


@pytest.mark.parametrize(
    ("said", "region"), [("EU", "eu-west-1"), ("eu-west-1", "eu-west-1"), (None, "us-east-1"), ("", "us-east-1")]
)
def test_a_region_is_known_by_each_of_its_names(said: str | None, region: str) -> None:
    key = KEY.replace(REGION, region)
    assert found(Stub(said, key), region, key=key) == f"{region}, key {key}: "


@pytest.mark.parametrize("named", [KEY, KEY_ID, "alias/images", f"arn:aws:kms:{REGION}:{DATA}:alias/images"])
def test_a_key_is_known_by_each_of_its_names(named: str) -> None:
    assert found(Stub(REGION, named, alias=KEY)) == f"{REGION}, key {KEY}: "


@pytest.mark.parametrize("named", [KEY, f"arn:aws:kms:{REGION}:{DATA}:alias/images"])
def test_who_writes_finds_a_key_by_an_arn_alone(named: str) -> None:
    assert found(Stub(REGION, named, alias=KEY), writes=True) == f"{REGION}, key {KEY}: "
    assert "Name the key by its ARN" in found(Stub(REGION, named.split(":")[-1].removeprefix("key/"), KEY), writes=True)


def test_an_alias_that_leads_nowhere_is_told_with_the_command() -> None:
    said = found(Stub(REGION, "alias/images"))
    assert "is encrypted with alias/images, which leads to no key. Give the bucket its key anew. Run: aws s3api" in said
    assert '"KMSMasterKeyID":"..."' in said


@pytest.mark.parametrize("named", [None, "alias/aws/s3"])
def test_the_key_that_aws_manages_is_of_use_in_its_own_account(named: str | None) -> None:
    assert found(Stub(REGION, named), owner=CLUSTER, key=None) == f"{REGION}, the AWS managed key: "
    assert "which no other account can ever use" in found(Stub(REGION, named), key=None)


def test_a_bucket_without_kms_needs_no_key_and_may_hold_objects_under_one() -> None:
    class Plain(Stub):
        def get_bucket_encryption(self, **_: Any) -> dict[str, Any]:
            """By S3's own keys."""
            default = {"SSEAlgorithm": "AES256"}
            return {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}}

    for key in (None, KEY):
        assert found(Plain(REGION, None), key=key) == f"{REGION}, no customer key: "
