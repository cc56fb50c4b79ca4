"""A dataset's access, in the policy of the team's role and in that of its access point."""

from typing import Any

from iam_roles.policies import data_access_permissions
from onboarding import dataset_access
from onboarding.dataset_access import delegation
from onboarding.request import Dataset
from s3_access_point.policies import access_point_policy
from tests.unit.given import DATA, KEY, REGION, SETTINGS, dataset, request

POINT = f"arn:aws:s3:{REGION}:{DATA}:accesspoint/point"
WRITES = {"s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}


def given(**changes: Any) -> Dataset:
    return request(datasets=[dataset(**changes)]).datasets[0]


def test_a_whole_bucket_is_listed_without_a_condition() -> None:
    assert "Condition" not in dataset_access.list_statement(given(), POINT)
    assert dataset_access.object_resource(given(), POINT) == f"{POINT}/object/*"


def test_a_prefix_narrows_objects_and_listing() -> None:
    narrow = given(prefix="data")
    assert dataset_access.object_resource(narrow, POINT) == f"{POINT}/object/data/*"
    listing = dataset_access.list_statement(narrow, POINT)
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["data/", "data/*"]}}


def test_readers_get_objects_and_write_nothing() -> None:
    assert dataset_access.object_actions(given()) == ["s3:GetObject"]
    assert dataset_access.key_operations(given()) == ["Decrypt"]


def test_writers_may_do_what_checkpoints_take() -> None:
    writing = given(access="read-write")
    assert set(dataset_access.object_actions(writing)) == {"s3:GetObject"} | WRITES
    assert dataset_access.key_operations(writing) == ["Decrypt", "GenerateDataKey"]


def test_role_and_access_point_allow_the_same() -> None:
    team = request(datasets=[dataset(prefix="data/", access="read-write")])
    permissions = data_access_permissions(team, team.pod_accounts[0], SETTINGS)
    assert permissions is not None
    point = access_point_policy(team, team.datasets[0], SETTINGS)
    bare = [{k: v for k, v in s.items() if k not in ("Sid", "Principal")} for s in point["Statement"]]
    assert bare == permissions["Statement"]


def test_an_access_point_lets_in_the_teams_data_access_role_alone() -> None:
    team = request(datasets=[dataset()])
    statements = access_point_policy(team, team.datasets[0], SETTINGS)["Statement"]
    role = {"AWS": "arn:aws:iam::111122223333:role/hyperpod-data-access-vision"}
    assert [statement["Principal"] for statement in statements] == [role, role]


def test_a_bucket_delegates_to_its_owners_access_points_only() -> None:
    statement = delegation("images", DATA, SETTINGS)
    assert statement["Condition"] == {"StringEquals": {"s3:DataAccessPointAccount": DATA}}
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert statement["Resource"] == ["arn:aws:s3:::images", "arn:aws:s3:::images/*"]


def test_a_delegation_covers_every_action_of_a_dataset() -> None:
    allowed = set(delegation("images", DATA, SETTINGS)["Action"])
    assert allowed == {*dataset_access.object_actions(given(access="read-write")), "s3:ListBucket"}


def test_keys_are_used_through_s3_only_and_named_once() -> None:
    team = request(datasets=[dataset(prefix="a/", kmsKeyArn=KEY), dataset(prefix="b/", kmsKeyArn=KEY)])
    permissions = data_access_permissions(team, team.pod_accounts[0], SETTINGS)
    assert permissions is not None
    (statement,) = [s for s in permissions["Statement"] if "kms:Decrypt" in s["Action"]]
    assert statement["Resource"] == KEY
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
