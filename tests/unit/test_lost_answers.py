"""An answer that is lost: the SDK asks again, and what it hears then must not be mistaken for a failure."""

from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from onboarding import errors
from onboarding.bucket_lock import BucketLock
from onboarding.converge import converge
from onboarding.dataset_access import delegation
from onboarding.resource import Context, State
from s3_access_point.delegation import Delegation, DelegationState
from tests.unit.given import DATA, REGION, SETTINGS, context
from tests.unit.toys import Shelf, Toy, ToyState, on

STATEMENT = delegation("images", DATA, SETTINGS)
OURS = Delegation(DATA, "images", STATEMENT["Sid"])
WANTED = DelegationState(statement=STATEMENT)


def denied(operation: str) -> ClientError:
    """What a policy that looks at tags says of something that is gone."""
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, operation)


@dataclass(frozen=True)
class Forgetful(Toy):
    """A toy of which every change is done, and then refused as if it could not be."""

    def create(self, context: Context, desired: ToyState) -> None:
        super().create(context, desired)
        raise denied("Create")

    def delete(self, context: Context, current: ToyState) -> None:
        super().delete(context, current)
        raise denied("Delete")


@pytest.mark.parametrize(("before", "target"), [(None, ToyState(color="red")), (ToyState(color="red"), None)])
def test_what_is_done_is_no_failure_whatever_the_second_try_was_told(
    before: State | None, target: State | None
) -> None:
    shelf = Shelf()
    if isinstance(before, ToyState):
        shelf["car"] = before
    converge(Forgetful("car"), target, on(shelf))
    assert shelf.get("car") == target


@dataclass(frozen=True)
class HalfWay(Toy):
    """A toy that is painted in two calls, of which the first is refused once it is done."""

    def update(self, context: Context, current: ToyState, desired: ToyState) -> None:
        if current.color == "red":
            super().update(context, current, ToyState(color="orange"))
            raise denied("Paint")
        super().update(context, current, desired)


def test_what_is_half_done_is_gone_on_with_by_the_next_try() -> None:
    shelf = Shelf()
    shelf["car"] = ToyState(color="red")
    with pytest.raises(errors.Busy, match="half-way"):
        converge(HalfWay("car"), ToyState(color="yellow"), on(shelf))
    converge(HalfWay("car"), ToyState(color="yellow"), on(shelf))
    assert shelf["car"] == ToyState(color="yellow")


def test_what_is_not_done_is_the_failure_that_it_was() -> None:
    shelf = Shelf()
    shelf["car"] = ToyState(color="red")
    shelf.trouble["delete car"] = errors.AccessDenied("DeleteToy was refused")
    with pytest.raises(errors.AccessDenied, match="DeleteToy was refused"):
        converge(Toy("car"), None, on(shelf))


@pytest.fixture
def bucket(aws: None) -> Any:
    """The registry, and a bucket."""
    dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
    dynamodb.create_table(
        TableName=SETTINGS.registry_table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    s3: Any = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="images", CreateBucketConfiguration={"LocationConstraint": REGION})
    return dynamodb


def items(dynamodb: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dynamodb.scan(TableName=SETTINGS.registry_table)["Items"]
    return found


def lock(dynamodb: Any, holder: str) -> BucketLock:
    return BucketLock(dynamodb, SETTINGS.registry_table, "images", holder)


def test_a_lock_that_a_dead_function_left_is_given_back_by_the_next_change(bucket: Any) -> None:
    OURS.create(context(), WANTED)
    lock(bucket, context().team).__enter__()
    found = OURS.read(context())
    assert found is not None
    assert found.locked
    converge(OURS, WANTED, context())
    assert OURS.read(context()) == WANTED


def test_a_lock_without_a_team_goes_on_the_way_back(bucket: Any) -> None:
    lock(bucket, context().team).__enter__()
    converge(OURS, None, context())
    assert items(bucket) == []


def test_a_change_that_fails_before_it_counts_leaves_no_item(bucket: Any) -> None:
    with pytest.raises(RuntimeError), lock(bucket, context().team):
        raise RuntimeError("the bucket policy was refused")
    assert items(bucket) == []


def test_the_last_team_out_leaves_no_item_and_others_stay_counted(bucket: Any) -> None:
    with lock(bucket, "speech") as held:
        held.add("speech")
    OURS.create(context(), WANTED)
    converge(OURS, None, context())
    assert lock(bucket, "speech").state() == (frozenset({"speech"}), None)
    with lock(bucket, "speech") as held:
        held.remove("speech")
    assert items(bucket) == []
