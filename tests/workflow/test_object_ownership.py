"""What pods write must be the bucket owner's: where it would be the cluster's account's, the plan says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.faults.runs import offboarded
from tests.workflow.teams import CHECKPOINTS, outcome, small
from tests.workflow.test_drift import reported, sweep
from tests.workflow.test_planning import problems

BUCKET = str(CHECKPOINTS["bucket"])
MEND = (
    f"aws s3api put-bucket-ownership-controls --bucket {BUCKET} "
    "--ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'"
)


@contextmanager
def owned(cloud: Cloud, rule: str | None) -> Iterator[None]:
    """Who owns new objects of the bucket is another for a while; None is what buckets were made with until 2023."""
    s3 = cloud.client("s3", accounts.DATA_ACCOUNT)

    def put(rule: str) -> None:
        s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": rule}]})

    if rule is None:
        s3.delete_bucket_ownership_controls(Bucket=BUCKET)
    else:
        put(rule)
    try:
        yield
    finally:
        put("BucketOwnerEnforced")


def using(team: str, access: str) -> dict[str, Any]:
    return small(team, datasets=[{**CHECKPOINTS, "prefix": f"{team}/", "access": access}])


@pytest.mark.parametrize("rule", ["ObjectWriter", "BucketOwnerPreferred", None])
def test_a_team_that_would_keep_what_it_writes_from_the_owner_is_refused_with_the_command(
    cloud: Cloud, rule: str | None
) -> None:
    with owned(cloud, rule):
        assert problems(cloud, using("keeps", "read-write")) == (
            f"777788889999 bucket {BUCKET}: has Object Ownership {rule or 'ObjectWriter'}, by which what the team "
            "writes would belong to account 111122223333, and the owner could not even read it. Have the bucket's "
            "owner own it; that turns access control lists off, so see first that nobody needs one. "
            f"Run: {MEND}"
        )


def test_a_team_that_only_reads_may_do_so_whoever_owns_what_others_write(cloud: Cloud) -> None:
    with owned(cloud, "ObjectWriter"):
        assert outcome(cloud.onboard(using("looks", "read"))) == "onboarded"
        assert outcome(offboarded(cloud, "looks")) == "offboarded"


def test_a_bucket_is_the_owners_with_all_that_is_in_it_unless_said_otherwise(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(using("writes", "read-write"))) == "onboarded"
    with owned(cloud, "ObjectWriter"):
        assert "has Object Ownership ObjectWriter" in reported(cloud, sweep(cloud))["writes"]["problem"]
        # Nor does it keep a team from leaving.
        assert outcome(offboarded(cloud, "writes")) == "offboarded"
