"""A team leaves while something cannot be looked at: it is never taken for gone, and the rest goes first."""

import pytest

from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from sandbox.scenery.administrator import console_quota
from tests.faults.runs import offboarded, said_of
from tests.workflow.doors_shut import nobody_let_in
from tests.workflow.teams import LABELS, changing, detail, outcome, small, with_folder
from tests.workflow.test_offboarding import owned

A, B, C = accounts.CLUSTER_ACCOUNT, accounts.SCIENTISTS_ACCOUNT, accounts.DATA_ACCOUNT

READS = [
    ("iam", "GetRole"),
    ("iam", "GetRolePolicy"),
    ("s3", "GetBucketPolicy"),
    ("s3", "GetAccessPoint"),
    ("kms", "ListGrants"),
    ("eks", "DescribeAccessEntry"),
    ("eks", "ListPodIdentityAssociations"),
    ("sagemaker", "ListComputeQuotas"),
    ("fsx", "DescribeDataRepositoryAssociations"),
]


def deny(cloud: Cloud, *reads: tuple[str, str]) -> None:
    for service, operation in reads:
        cloud.faults.add(Fault(Match(service, operation), Kind.DENIED, times=None))


def test_with_every_read_denied_nothing_is_taken_for_gone(cloud: Cloud) -> None:
    before = cloud.snapshot()
    asked = with_folder("blind", {**LABELS, "prefix": "blind/"})
    assert outcome(cloud.onboard(asked)) == "onboarded"
    had = owned(cloud.snapshot(), "blind")
    deny(cloud, *READS)
    assert offboarded(cloud, "blind").status == "FAILED"
    kind, said = said_of(cloud, "blind")[-1]
    assert kind == "Team Offboarding Failed"
    left = owned(cloud.snapshot(), "blind")
    # Only Kubernetes could be read.
    assert {path for path in had - left if "kubernetes" not in path} == set()
    assert len(said["left"]) == 12
    assert cloud.registry()["team/blind"]["status"] == {"S": "stuck"}
    # Nor does it go by a second event.
    assert offboarded(cloud, "blind").status == "FAILED"
    cloud.faults.clear()
    assert outcome(offboarded(cloud, "blind")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_what_the_owner_of_the_scientists_account_hides_is_named_and_the_rest_is_gone(cloud: Cloud) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(small("hidden"))) == "onboarded"
    with nobody_let_in(cloud, B, "hyperpod-onboarding-scientists", "iam-roles"):
        assert offboarded(cloud, "hidden").status == "FAILED"
        left = [each["resource"] for each in said_of(cloud, "hidden")[-1][1]["left"]]
        assert left == [f"{B} role DataScientistRole policy hyperpod-cluster-access-hidden"]
        assert all(B in path for path in owned(cloud.snapshot(), "hidden"))
    assert outcome(offboarded(cloud, "hidden")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_a_file_system_that_may_not_be_looked_at_holds_up_nothing_else(cloud: Cloud) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(with_folder("unshown"))) == "onboarded"
    deny(cloud, ("fsx", "DescribeFileSystems"), ("fsx", "DescribeDataRepositoryAssociations"))
    assert offboarded(cloud, "unshown").status == "FAILED"
    left = [each["resource"] for each in said_of(cloud, "unshown")[-1][1]["left"]]
    assert left == [f"{A} file system {accounts.FILE_SYSTEM} link /teams/unshown/data"]
    cloud.faults.clear()
    assert outcome(offboarded(cloud, "unshown")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_an_adopted_quota_that_was_not_seen_when_planning_stays(cloud: Cloud) -> None:
    console_quota(cloud, "borrows-unseen")
    before = cloud.snapshot()
    assert outcome(cloud.onboard(small("borrows-unseen"))) == "onboarded"
    # Of the leaving's plan alone: the way back looks again.
    cloud.faults.add(Fault(Match("sagemaker", "ListComputeQuotas"), Kind.DENIED, times=1))
    assert outcome(offboarded(cloud, "borrows-unseen")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_access_goes_before_what_takes_long(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(with_folder("ordered", {**LABELS, "prefix": "ordered/"}))) == "onboarded"
    calls = len(cloud.calls.entries())
    assert outcome(offboarded(cloud, "ordered")) == "offboarded"
    done = changing(cloud.calls.entries()[calls:])
    access = ["eks:DeletePodIdentityAssociation", "eks:DeleteAccessEntry", "s3:DeleteAccessPoint", "iam:DeleteRole"]
    slow = ["fsx:DeleteDataRepositoryAssociation", "sagemaker:DeleteComputeQuota"]
    found = [next(i for i, one in enumerate(done) if one == each) for each in access + slow]
    assert found == sorted(found)


@pytest.mark.parametrize("team", ["stuck-update", "stuck-start"])
def test_a_team_that_is_stuck_on_its_way_back_can_leave(cloud: Cloud, team: str) -> None:
    before = cloud.snapshot()
    if team == "stuck-update":
        assert outcome(cloud.onboard(small(team))) == "onboarded"
    deny(cloud, ("eks", "CreatePodIdentityAssociation"), ("eks", "UpdatePodIdentityAssociation"))
    # Neither can the access point be taken away again, nor the association be moved.
    deny(cloud, ("s3", "DeleteAccessPoint"))
    assert cloud.onboard(detail(team, datasets=[LABELS], serviceAccount="other")).status == "FAILED"
    assert cloud.registry()[f"team/{team}"]["status"] == {"S": "stuck"}
    assert offboarded(cloud, team).status == "FAILED"
    kind, said = said_of(cloud, team)[-1]
    assert kind == "Team Offboarding Failed"
    assert {each["resource"].split(" hyperpod")[0] for each in said["left"]} == {f"{C} access point"}
    assert cloud.snapshot()[A]["eks"][accounts.EKS_CLUSTER]["access_entries"].keys() == (
        before[A]["eks"][accounts.EKS_CLUSTER]["access_entries"].keys()
    )
    cloud.faults.clear()
    assert outcome(offboarded(cloud, team)) == "offboarded"
    assert difference(before, cloud.snapshot()) == []
