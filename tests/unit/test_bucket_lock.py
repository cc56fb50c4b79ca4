"""The lock on a bucket's policy, and the count of teams under it."""

import time
from typing import Any

import boto3
import pytest

from onboarding.bucket_lock import LEASE_SECONDS, BucketLock
from onboarding.errors import Busy
from tests.contracts.stack import template
from tests.unit.given import REGION

TABLE = "registry"


@pytest.fixture
def dynamodb(aws: None) -> Any:
    client = boto3.client("dynamodb", region_name=REGION)
    client.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def lock(dynamodb: Any, holder: str = "vision") -> BucketLock:
    return BucketLock(dynamodb, TABLE, "images", holder)


def item(dynamodb: Any) -> dict[str, Any]:
    found: dict[str, Any] = dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "bucket/images"}}).get("Item", {})
    return found


def test_one_team_at_a_time_changes_a_bucket(dynamodb: Any) -> None:
    with lock(dynamodb), pytest.raises(Busy, match="another team's change of bucket images"), lock(dynamodb, "speech"):
        pytest.fail("two teams hold the lock")


def test_given_back_it_is_free_for_the_next_team(dynamodb: Any) -> None:
    with lock(dynamodb) as held:
        held.add("vision")
    with lock(dynamodb, "speech") as held:
        held.add("speech")
    assert lock(dynamodb).teams() == {"vision", "speech"}


def test_a_team_takes_again_what_it_left_locked_when_it_died(dynamodb: Any) -> None:
    lock(dynamodb).__enter__()
    with lock(dynamodb) as held:
        held.add("vision")
    assert lock(dynamodb).teams() == {"vision"}


def test_a_lease_that_has_run_out_holds_nobody_up(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(dynamodb).__enter__()
    later = time.time() + LEASE_SECONDS + 2
    monkeypatch.setattr(time, "time", lambda: later)
    with lock(dynamodb, "speech") as held:
        held.add("speech")
    assert lock(dynamodb).teams() == {"speech"}


def test_the_last_team_out_leaves_no_item(dynamodb: Any) -> None:
    with lock(dynamodb) as held:
        held.add("vision")
    with lock(dynamodb) as held:
        held.remove("vision")
    assert item(dynamodb) == {}


def test_a_lock_that_was_taken_for_nothing_leaves_no_item(dynamodb: Any) -> None:
    with lock(dynamodb):
        pass
    assert item(dynamodb) == {}


def test_a_team_that_leaves_does_not_take_the_others_along(dynamodb: Any) -> None:
    for team in ("vision", "speech"):
        with lock(dynamodb, team) as held:
            held.add(team)
    with lock(dynamodb) as held:
        held.remove("vision")
    assert item(dynamodb) == {"id": {"S": "bucket/images"}, "teams": {"SS": ["speech"]}}


def test_the_lock_is_given_back_when_the_change_fails(dynamodb: Any) -> None:
    with pytest.raises(ZeroDivisionError), lock(dynamodb):
        _ = 1 / 0
    assert "holder" not in item(dynamodb)


def test_the_lease_outlives_any_function() -> None:
    assert template()["Globals"]["Function"]["Timeout"] < LEASE_SECONDS
