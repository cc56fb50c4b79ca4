"""Our statement in a bucket's policy, beside whatever the owner has there."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from onboarding.dataset_access import delegation
from onboarding.errors import Conflict
from onboarding.policy import Document
from s3_access_point.delegation import Delegation, DelegationState
from tests.unit.given import DATA, REGION, SETTINGS, context

OWNERS = {
    "Sid": "Owners",
    "Effect": "Allow",
    "Resource": ["arn:aws:s3:::images/*"],
    "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]},
    "Action": ["s3:PutObject", "s3:GetObject"],
}
"""With lists of one and an order of its own: what a canonical form would change."""

STATEMENT = delegation("images", DATA, SETTINGS)
OURS = Delegation("123456789012", "images", STATEMENT["Sid"])
WANTED = DelegationState(statement=STATEMENT)


@pytest.fixture
def s3(aws: None) -> Any:
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName=SETTINGS.registry_table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client: Any = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="images", CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


def text(document: Document) -> str:
    """As S3 keeps it: without white space."""
    return json.dumps(document, separators=(",", ":"))


def put(s3: Any, policy: Document) -> None:
    s3.put_bucket_policy(Bucket="images", Policy=text(policy))


def policy(s3: Any) -> Document:
    found: Document = json.loads(s3.get_bucket_policy(Bucket="images")["Policy"])
    return found


def test_it_is_not_there_before_the_team_comes(s3: Any) -> None:
    assert OURS.read(context()) is None


def test_created_it_reads_back_as_wanted(s3: Any) -> None:
    OURS.create(context(), WANTED)
    assert OURS.read(context()) == WANTED
    assert policy(s3) == {"Version": "2012-10-17", "Statement": [STATEMENT]}


def test_the_owners_statement_stays_byte_for_byte(s3: Any) -> None:
    put(s3, {"Version": "2012-10-17", "Id": "mine", "Statement": [OWNERS]})
    before = s3.get_bucket_policy(Bucket="images")["Policy"]
    OURS.create(context(), WANTED)
    assert text(OWNERS) in s3.get_bucket_policy(Bucket="images")["Policy"]
    OURS.delete(context(), WANTED)
    assert s3.get_bucket_policy(Bucket="images")["Policy"] == before


def test_a_policy_without_a_version_gets_none(s3: Any) -> None:
    # Such a policy is read by older rules, and would mean something else with a version.
    put(s3, {"Statement": [OWNERS]})
    OURS.create(context(), WANTED)
    assert "Version" not in policy(s3)


def test_an_owners_only_statement_may_stand_without_a_list(s3: Any) -> None:
    put(s3, {"Version": "2012-10-17", "Statement": OWNERS})
    OURS.create(context(), WANTED)
    assert policy(s3)["Statement"] == [OWNERS, STATEMENT]


def test_the_last_team_out_takes_the_statement_along(s3: Any) -> None:
    for team in ("vision", "speech"):
        OURS.create(context(team), WANTED)
    OURS.delete(context("vision"), WANTED)
    assert policy(s3)["Statement"] == [STATEMENT]
    assert OURS.read(context("vision")) is None
    assert OURS.read(context("speech")) == WANTED
    OURS.delete(context("speech"), WANTED)
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        policy(s3)


def test_a_statement_that_somebody_removed_shows_as_missing_and_comes_back(s3: Any) -> None:
    OURS.create(context(), WANTED)
    s3.delete_bucket_policy(Bucket="images")
    found = OURS.read(context())
    assert found == DelegationState(statement=None)
    OURS.update(context(), found, WANTED)
    assert OURS.read(context()) == WANTED


def test_a_statement_that_somebody_edited_is_put_right_where_it_belongs(s3: Any) -> None:
    OURS.create(context(), WANTED)
    put(s3, {"Version": "2012-10-17", "Statement": [{**STATEMENT, "Action": "s3:*"}, OWNERS]})
    found = OURS.read(context())
    assert found is not None
    assert found != WANTED
    OURS.update(context(), found, WANTED)
    assert policy(s3)["Statement"] == [OWNERS, STATEMENT]


def test_a_statement_of_our_sid_that_no_team_needs_is_a_conflict(s3: Any) -> None:
    put(s3, {"Version": "2012-10-17", "Statement": [STATEMENT]})
    with pytest.raises(Conflict, match="no team of this stack needs it"):
        OURS.read(context())


def test_creating_twice_is_creating_once(s3: Any) -> None:
    OURS.create(context(), WANTED)
    OURS.create(context(), WANTED)
    assert policy(s3)["Statement"] == [STATEMENT]


def test_a_single_statement_without_a_list_stands_so_again_when_ours_has_gone(s3: Any) -> None:
    put(s3, {"Version": "2012-10-17", "Statement": OWNERS})
    for team in ("vision", "speech"):
        OURS.create(context(team), WANTED)
    for team in ("vision", "speech"):
        OURS.delete(context(team), WANTED)
    assert policy(s3)["Statement"] == OWNERS
    assert boto3.client("dynamodb", region_name=REGION).scan(TableName=SETTINGS.registry_table)["Items"] == []


def test_where_the_owner_has_added_one_meanwhile_there_is_a_list_and_nothing_is_remembered(s3: Any) -> None:
    put(s3, {"Version": "2012-10-17", "Statement": OWNERS})
    OURS.create(context(), WANTED)
    other = {**OWNERS, "Sid": "More"}
    put(s3, {"Version": "2012-10-17", "Statement": [OWNERS, other, STATEMENT]})
    OURS.delete(context(), WANTED)
    assert policy(s3)["Statement"] == [OWNERS, other]
    assert boto3.client("dynamodb", region_name=REGION).scan(TableName=SETTINGS.registry_table)["Items"] == []
