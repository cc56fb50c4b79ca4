"""One thing has several spellings: Regions, keys and statements are known by whichever of them their owner has used."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from sandbox.scenery.landscape import LABELS_KEY
from tests.faults.runs import offboarded
from tests.workflow.teams import LABELS, outcome, own, small, with_folder
from tests.workflow.test_planning import bucket_in, problems

BUCKET = str(LABELS["bucket"])
KEY_ID = LABELS_KEY.rsplit("/", 1)[1]
ALIAS = "alias/labels"
ALIAS_ARN = f"arn:aws:kms:{accounts.REGION}:{accounts.DATA_ACCOUNT}:{ALIAS}"
ADDRESS = f"777788889999 bucket {BUCKET}"

Detail = dict[str, Any]


@contextmanager
def encrypted(cloud: Cloud, key: str | None, algorithm: str = "aws:kms") -> Iterator[None]:
    """The bucket's default encryption is another one for a while; its key may have an alias."""
    kms, s3 = cloud.client("kms", accounts.DATA_ACCOUNT), cloud.client("s3", accounts.DATA_ACCOUNT)
    kms.create_alias(AliasName=ALIAS, TargetKeyId=KEY_ID)

    def put(algorithm: str, key: str | None) -> None:
        default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
        rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
        s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": rules})

    put(algorithm, key)
    try:
        yield
    finally:
        put("aws:kms", LABELS_KEY)
        kms.delete_alias(AliasName=ALIAS)


def reading(team: str, **changes: Any) -> Detail:
    return small(team, datasets=[{**LABELS, **changes}])


def writing(team: str, **changes: Any) -> Detail:
    return reading(team, prefix=f"{team}/", access="read-write", **changes)


def keyless(event: Detail) -> Detail:
    """The same event, without a key."""
    return {**event, "datasets": [{k: v for k, v in d.items() if k != "kmsKeyArn"} for d in event["datasets"]]}


def test_a_bucket_of_the_first_european_region_is_there_under_its_oldest_name(cloud: Cloud) -> None:
    bucket = s3_backends[accounts.DATA_ACCOUNT]["aws"].buckets["example-corp-checkpoints"]
    with bucket_in("eu-west-1"):
        vars(bucket)["constraint"] = "EU"
        try:
            dataset = {"bucket": bucket.name, "accountId": accounts.DATA_ACCOUNT}
            found = problems(cloud, small("european", datasets=[dataset]))
        finally:
            del vars(bucket)["constraint"]
    assert "bucket example-corp-checkpoints: is in eu-west-1, and the cluster is in us-west-2" in found


SPELLINGS = {"an id": KEY_ID, "an alias": ALIAS, "an alias' ARN": ALIAS_ARN, "an ARN": LABELS_KEY}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_team_reads_a_bucket_whose_key_is_named_by(cloud: Cloud, spelling: str) -> None:
    before = cloud.snapshot()
    with encrypted(cloud, SPELLINGS[spelling]):
        team = f"reads-{list(SPELLINGS).index(spelling)}"
        assert outcome(cloud.onboard(reading(team))) == "onboarded"
        assert outcome(offboarded(cloud, team)) == "offboarded"
        assert LABELS_KEY in problems(cloud, keyless(reading(team)))
    assert [line for line in difference(before, cloud.snapshot()) if "encryption" not in line] == []


@pytest.mark.parametrize("spelling", ["an id", "an alias"])
def test_a_team_that_writes_needs_the_keys_arn_on_the_bucket(cloud: Cloud, spelling: str) -> None:
    with encrypted(cloud, SPELLINGS[spelling]):
        assert problems(cloud, writing("writes")) == (
            f"{ADDRESS}: names its key as {SPELLINGS[spelling]}, which S3 looks up in the account of whoever writes, "
            "and the team writes from 111122223333. Name the key by its ARN. Run: aws s3api put-bucket-encryption "
            f"--bucket {BUCKET} --server-side-encryption-configuration "
            """'{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"""
            f'"{LABELS_KEY}"'
            """},"BucketKeyEnabled":true}]}'"""
        )


@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
@pytest.mark.parametrize("key", [None, "alias/aws/s3", ALIAS_ARN.replace("labels", "aws/s3")])
def test_the_key_that_aws_manages_is_refused_with_what_to_do(cloud: Cloud, key: str | None, algorithm: str) -> None:
    with encrypted(cloud, key, algorithm):
        for event in (reading("managed"), keyless(reading("managed"))):
            found = problems(cloud, event)
            assert found.startswith(f"{ADDRESS}: is encrypted with aws/s3, the key that AWS manages for account 7777")
            assert "777788889999, which no other account can ever use" in found
            assert f"Run: aws s3api put-bucket-encryption --bucket {BUCKET}" in found
            assert f'"SSEAlgorithm":"{algorithm}","KMSMasterKeyID":"..."' in found


def test_an_alias_that_leads_nowhere_or_elsewhere_is_told(cloud: Cloud) -> None:
    other = cloud.client("kms", accounts.DATA_ACCOUNT).create_key()["KeyMetadata"]
    with encrypted(cloud, ALIAS):
        cloud.client("kms", accounts.DATA_ACCOUNT).update_alias(AliasName=ALIAS, TargetKeyId=other["KeyId"])
        # The member role may look at the keys on its list alone.
        found = problems(cloud, reading("astray"))
        assert f"{ADDRESS}: is encrypted with {ALIAS}, and DescribeKey was refused with AccessDeniedException" in found
        assert "KeyArns of accounts/data.yaml" in found
    with encrypted(cloud, "alias/nothing"):
        found = problems(cloud, reading("astray"))
        assert f"{ADDRESS}: is encrypted with alias/nothing, and DescribeKey was refused" in found
    kms_backends[accounts.DATA_ACCOUNT][accounts.REGION].keys.pop(other["KeyId"])


MULTI = "mrk-0123456789abcdef0123456789abcdef"


def test_a_key_of_several_regions_is_the_one_of_the_buckets_region(cloud: Cloud) -> None:
    with encrypted(cloud, MULTI):
        there = LABELS_KEY.replace(KEY_ID, MULTI).replace(accounts.REGION, "us-east-1")
        found = problems(cloud, reading("everywhere", kmsKeyArn=there))
    here = LABELS_KEY.replace(KEY_ID, MULTI)
    assert f"is encrypted with {here}, and the event names {there}. Set the dataset's kmsKeyArn to that key" in found


def test_a_policy_of_one_statement_without_a_list_comes_back_as_it_was(cloud: Cloud) -> None:
    s3 = cloud.client("s3", accounts.DATA_ACCOUNT)
    arn = f"arn:aws:s3:::{BUCKET}"
    who = {"AWS": accounts.DATA_ACCOUNT}
    only = {"Effect": "Allow", "Principal": who, "Action": "s3:GetObject", "Resource": f"{arn}/*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": only}))
    try:
        before = cloud.snapshot()
        dataset = own("lonely", bucket=BUCKET, kmsKeyArn=LABELS_KEY)
        assert outcome(cloud.onboard(with_folder("lonely", dataset))) == "onboarded"
        assert outcome(cloud.onboard(reading("second"))) == "onboarded"
        assert outcome(offboarded(cloud, "lonely")) == "offboarded"
        assert outcome(offboarded(cloud, "second")) == "offboarded"
        assert difference(before, cloud.snapshot()) == []
    finally:
        s3.delete_bucket_policy(Bucket=BUCKET)
