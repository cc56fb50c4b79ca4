"""Names fit every service's limits, and two different things never get one name."""

import re

import pytest

from onboarding import names

LONGEST_TEAM = "a" + "b" * (names.TEAM_LIMIT - 2) + "c"
LONGEST_PREFIX = "p" * names.PREFIX_LIMIT
POINT = re.compile(r"[a-z0-9][a-z0-9-]{1,48}[a-z0-9]")


def point(team: str = "vision", account: str = "1" * 12, bucket: str = "images", prefix: str | None = None) -> str:
    return names.access_point(LONGEST_PREFIX, team, account, bucket, prefix)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        (names.cluster_access_role(LONGEST_PREFIX, LONGEST_TEAM), 64),
        (names.data_access_role(LONGEST_PREFIX, LONGEST_TEAM), 64),
        (point(LONGEST_TEAM), 50),
        (names.key_grant(LONGEST_PREFIX, LONGEST_TEAM), 256),
        (names.namespace(LONGEST_TEAM), 63),
        (names.local_queue(LONGEST_TEAM), 63),
        (names.compute_quota(LONGEST_TEAM), 63),
        (names.namespaced_role(LONGEST_TEAM), 253),
        (names.cluster_reader(LONGEST_TEAM), 253),
    ],
)
def test_the_longest_team_fits(name: str, limit: int) -> None:
    assert len(name) <= limit


@pytest.mark.parametrize("team", ["v", "vision", LONGEST_TEAM, "a-" * 19 + "ab", "a" + "-" * 38 + "b"])
def test_an_access_point_name_is_one_that_s3_takes(team: str) -> None:
    assert POINT.fullmatch(point(team))
    assert not point(team).endswith("-s3alias")


def test_datasets_that_differ_in_anything_have_access_points_of_different_names() -> None:
    different = [
        point(),
        point(team="vision-2"),
        point(account="2" * 12),
        point(bucket="labels"),
        point(prefix="a/"),
        point(prefix="a/b/"),
    ]
    assert len(set(different)) == len(different)


def test_parts_that_read_alike_when_joined_are_still_told_apart() -> None:
    assert point(bucket="images", prefix="a/") != point(bucket="imagesa", prefix="/")
    assert point(LONGEST_TEAM) != point(LONGEST_TEAM[:-1] + "d")


def test_no_prefix_and_an_empty_one_are_the_whole_bucket() -> None:
    assert point(prefix=None) == point(prefix="")


def test_the_same_dataset_has_the_same_name_every_time() -> None:
    name = names.access_point("hyperpod", "vision", "777788889999", "example-corp-images", "curated/")
    assert name == "hyperpod-vision-85527abb09"


def test_a_sid_has_letters_and_digits_only() -> None:
    assert names.delegation_sid("my-own-stack", "1" * 12) == f"MyOwnStack{'1' * 12}AccessPoints"


def test_the_groups_name_is_the_one_of_hyperpods_own_chart() -> None:
    assert names.kubernetes_group("vision") == "hyperpod-ns-vision-namespace-level-group"
