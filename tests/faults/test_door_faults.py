"""Faults in what the doors look at: an event that cannot be understood is told, and nothing is claimed."""

from collections.abc import Iterator

import pytest
from moto.organizations.models import organizations_backends

from onboarding.organization import TEAM_TAG
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.events import sample
from tests.faults.test_recovery import stopping
from tests.workflow.membership import as_it_was, close
from tests.workflow.teams import announced, small
from tests.workflow.test_doors import begun, happened, quota_made

# Patience with a lasting fault passes fast; an execution has the time that this machine needs.

READS = {
    "an account is throttled": (Match("organizations", "DescribeAccount"), Kind.THROTTLE, "Throttled"),
    "an account is refused": (Match("organizations", "DescribeAccount"), Kind.DENIED, "AccessDenied"),
    "its tags are refused": (Match("organizations", "ListTagsForResource"), Kind.DENIED, "AccessDenied"),
    "its tags have no answer": (Match("organizations", "ListTagsForResource"), Kind.LOST, "ServiceUnavailable"),
    "its unit is refused": (Match("organizations", "ListParents"), Kind.DENIED, "AccessDenied"),
    "the organization's role is refused": (Match("sts", "AssumeRole"), Kind.DENIED, "AccessDenied"),
    "the registry is refused": (
        Match("dynamodb", "GetItem", f"{accounts.STACK}-resolve-team"),
        Kind.DENIED,
        "AccessDenied",
    ),
    "the profile is refused": (Match("ssm", "GetParameter"), Kind.DENIED, "AccessDenied"),
    "the profile fails": (Match("ssm", "GetParameter"), Kind.ERROR, "ServiceUnavailable"),
}


@pytest.fixture(autouse=True)
def _tagged(cloud: Cloud) -> Iterator[None]:
    account = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"].get_account_by_id(accounts.SCIENTISTS_ACCOUNT)
    account.tags[TEAM_TAG] = "unread"
    cloud.lambdas.recycle(f"{accounts.STACK}-resolve-team")
    yield
    account.tags.pop(TEAM_TAG, None)


@pytest.mark.parametrize("read", READS)
def test_an_event_is_told_as_failed_and_nothing_is_claimed_where(cloud: Cloud, read: str) -> None:
    match, kind, error = READS[read]
    before = cloud.snapshot()
    cloud.faults.add(Fault(match, kind, times=None))
    execution = happened(cloud, sample("account-created"))
    cloud.settle()
    assert (execution.status, execution.error) == ("FAILED", error)
    assert str(execution.cause).startswith("Step resolve_team, ")
    assert f"{match.operation} was refused" in str(execution.cause) or "ConnectionClosed" in str(execution.cause)
    ((what, said),) = announced(cloud, execution)
    assert (what, said["team"], said["step"], said["left"]) == ("Team Onboarding Failed", None, "resolve_team", [])
    assert difference(before, cloud.snapshot()) == []


def test_a_quota_made_by_hand_is_told_as_failed_where_the_organization_is_refused(cloud: Cloud) -> None:
    event = quota_made(cloud, "unread")
    cloud.clock.sleep(120)
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("organizations", "ListAccountsForParent"), Kind.DENIED, times=None))
    execution = happened(cloud, event)
    assert (execution.status, execution.error) == ("FAILED", "AccessDenied")
    assert "ListAccountsForParent was refused" in str(execution.cause)
    assert difference(before, cloud.snapshot()) == []


def test_what_was_stopped_before_people_heard_of_it_is_told_as_failed(cloud: Cloud) -> None:
    assert cloud.onboard(small("unread")).status == "SUCCEEDED"
    with as_it_was():
        close(cloud)
        before = cloud.snapshot()
        cloud.faults.add(stopping(cloud, Match("events", "PutEvents")))
        execution = cloud.wait(begun(cloud, sample("account-closed")))
        assert execution.status == "ABORTED"
        cloud.settle()
    kinds = [kind for kind, _ in announced(cloud, execution)]
    assert kinds[-1] == "Team Onboarding Failed"
    assert difference(before, cloud.snapshot()) == []
