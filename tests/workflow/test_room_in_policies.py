"""A bucket's policy has 20 KB for everybody, so what its owner has in it decides whether a team fits, byte for byte."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from onboarding.bucket_faults import LIMIT
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.faults.runs import offboarded
from tests.workflow.teams import CHECKPOINTS, outcome, small, with_folder
from tests.workflow.test_planning import problems

BUCKET = str(CHECKPOINTS["bucket"])
STATEMENT = f"777788889999 bucket {BUCKET} statement HyperpodOnboarding111122223333"
OURS = 423
"""Bytes of the stack's statement, and the comma before it."""


def reading(team: str) -> dict[str, Any]:
    return small(team, datasets=[{**CHECKPOINTS, "prefix": f"{team}/", "access": "read"}])


def document(room: int, tag: str) -> str:
    """An owner's policy that leaves so many bytes."""

    def written(filling: str) -> str:
        condition = {"StringEquals": {f"aws:PrincipalTag/{tag}": ["x"] * 500 + [filling]}}
        everything = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        who = {"AWS": f"arn:aws:iam::{accounts.DATA_ACCOUNT}:root"}
        statement = {"Sid": "Owners", "Principal": who, **everything, "Condition": condition}
        parts = {"Version": "2012-10-17", "Statement": [statement]}
        return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)

    return written("部" * 2_000 + "x" * (LIMIT - room - len(written("部" * 2_000).encode())))


@contextmanager
def room_for(cloud: Cloud, room: int, tag: str = "部門") -> Iterator[None]:
    """The bucket's owner has a policy that leaves so many bytes, for a while."""
    s3, text = cloud.client("s3", accounts.DATA_ACCOUNT), document(room, tag)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    assert len(text.encode()) == LIMIT - room
    try:
        yield
    finally:
        s3.delete_bucket_policy(Bucket=BUCKET)


def test_a_team_fits_to_the_last_byte_beside_words_of_other_scripts_and_the_owners_come_back_as_they_were(
    cloud: Cloud,
) -> None:
    s3 = cloud.client("s3", accounts.DATA_ACCOUNT)
    with room_for(cloud, OURS):
        before = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
        assert outcome(cloud.onboard(reading("fits"))) == "onboarded"
        assert len(s3.get_bucket_policy(Bucket=BUCKET)["Policy"].encode()) == LIMIT
        assert outcome(offboarded(cloud, "fits")) == "offboarded"
        assert s3.get_bucket_policy(Bucket=BUCKET)["Policy"] == before


def test_one_byte_more_is_refused_by_the_plan_in_numbers(cloud: Cloud) -> None:
    with room_for(cloud, OURS - 1):
        assert problems(cloud, reading("bulges")) == (
            f"{STATEMENT}AccessPoints: the bucket's policy has 20,058 bytes, and 423 more would be above the 20,480 "
            "that S3 takes. Take statements out of it, or merge some. Run: "
            f"aws s3api get-bucket-policy --bucket {BUCKET} --query Policy --output text > policy.json && "
            "${EDITOR:-vi} policy.json && "
            f"aws s3api put-bucket-policy --bucket {BUCKET} --policy file://policy.json"
        )


def test_the_statements_of_folders_count_with_the_teams_other_one(cloud: Cloud) -> None:
    dataset = {**CHECKPOINTS, "prefix": "shelf/", "access": "read"}
    # Room for either of the two, not for both.
    with room_for(cloud, OURS + 100):
        found = problems(cloud, with_folder("shelf", dataset))
    assert found.startswith(f"{STATEMENT}Link")
    assert "the bucket's policy has 19,957 bytes, and 895 more would be above the 20,480" in found


def test_a_full_policy_is_none_of_the_business_of_a_team_that_has_what_it_needs(cloud: Cloud) -> None:
    with room_for(cloud, OURS):
        assert outcome(cloud.onboard(reading("sits"))) == "onboarded"
        assert outcome(cloud.onboard(reading("squeezes"))) == "onboarded"
        for team in ("sits", "squeezes"):
            assert outcome(offboarded(cloud, team)) == "offboarded"


def test_room_that_somebody_takes_after_the_plan_is_told_in_numbers_and_everything_taken_back(cloud: Cloud) -> None:
    before, function = cloud.snapshot(), f"{accounts.STACK}-s3-access-point"
    with room_for(cloud, 5_000):
        full = document(OURS - 1, "部門")
        put = cloud.client("s3", accounts.DATA_ACCOUNT).put_bucket_policy
        point = Match("s3", "CreateAccessPoint", function)
        cloud.faults.add(Fault(point, Kind.CALLBACK, callback=lambda _: put(Bucket=BUCKET, Policy=full)))
        execution = cloud.onboard(reading("outrun"))
        assert (execution.status, execution.error) == ("FAILED", "ServiceRefused")
        assert "the bucket's policy has 20,058 bytes, and 423 more would be above the 20,480" in str(execution.cause)
    cloud.settle()
    assert difference(before, cloud.snapshot()) == []
