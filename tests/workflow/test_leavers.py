"""A stack that was told to offboard the teams of accounts that leave."""

from collections.abc import Iterator

import pytest
from moto.organizations.models import organizations_backends

from onboarding.organization import TEAM_TAG
from sandbox.cloud import Cloud, Options, running
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.events import sample
from tests.workflow.membership import GOES, as_it_was, close, remove
from tests.workflow.teams import outcome, small
from tests.workflow.test_doors import begun, forget_teams, happened, tag
from tests.workflow.test_drift import reported, sweep
from tests.workflow.test_order import while_at_work


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters={"OffboardLeavers": "true", "RepairDrift": "true"})) as started:
        yield started


@pytest.fixture(autouse=True)
def _as_it_was(cloud: Cloud) -> Iterator[None]:
    with as_it_was():
        yield
    forget_teams(cloud)


def test_the_team_of_an_account_that_leaves_is_offboarded(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("leaver"))) == "onboarded"
    close(cloud)
    assert outcome(happened(cloud, sample("account-closed"))) == "offboarded"
    assert "team/leaver" not in cloud.registry()


@pytest.mark.parametrize("how", ["is closed", "is removed"])
def test_a_change_that_is_told_by_two_events_at_once_offboards_once(cloud: Cloud, how: str) -> None:
    assert outcome(cloud.onboard(small("told-twice"))) == "onboarded"
    leave, (one, other) = GOES[how]
    leave(cloud)
    first, second = while_at_work(
        cloud, lambda: begun(cloud, one), lambda: begun(cloud, other), operation="DeleteAccessEntry"
    )
    assert (outcome(first), outcome(second)) == ("offboarded", "already under way")
    assert "team/told-twice" not in cloud.registry()


@pytest.mark.parametrize("how", ["is closed", "is removed"])
def test_the_second_event_of_a_change_finds_nothing_left_to_do(cloud: Cloud, how: str) -> None:
    assert outcome(cloud.onboard(small("told-again"))) == "onboarded"
    leave, events = GOES[how]
    leave(cloud)
    assert [outcome(happened(cloud, event)) for event in events] == ["offboarded", "ignored"]


def test_an_event_that_comes_when_the_account_is_back_offboards_nobody(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("back"))) == "onboarded"
    assert outcome(happened(cloud, sample("account-departed"))) == "ignored"
    assert cloud.registry()["team/back"]["status"] == {"S": "active"}
    close(cloud)
    assert outcome(happened(cloud, sample("account-close-result"))) == "offboarded"


def test_a_leaver_of_whom_no_event_told_is_offboarded_by_the_sweep(cloud: Cloud) -> None:
    tag(cloud, team="unheard")
    assert outcome(happened(cloud, sample("account-moved-in"))) == "onboarded"
    remove(cloud)
    assert reported(cloud, sweep(cloud))["unheard"]["repaired"] is True
    assert "team/unheard" not in cloud.registry()


def test_several_teams_of_one_account_are_left_to_people(cloud: Cloud) -> None:
    for team in ("first", "second"):
        assert outcome(cloud.onboard(small(team))) == "onboarded"
    remove(cloud)
    execution = happened(cloud, sample("account-removed"))
    assert (outcome(execution), execution.output["team"]) == ("announced", None)
    assert "first, second" in execution.output["note"]


def test_an_account_that_is_not_activated_yet_is_waited_for(cloud: Cloud) -> None:
    account = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"].get_account_by_id(accounts.SCIENTISTS_ACCOUNT)
    account.tags[TEAM_TAG] = "patient"
    account.state = "PENDING_ACTIVATION"

    def activate(_: object) -> None:
        account.state = "ACTIVE"

    third = Match("organizations", "DescribeAccount", nth=3)
    cloud.faults.add(Fault(third, Kind.CALLBACK, callback=activate))
    assert outcome(happened(cloud, sample("account-created"))) == "onboarded"
