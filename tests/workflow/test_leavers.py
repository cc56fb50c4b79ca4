"""A stack that was told to offboard the teams of accounts that leave."""

from collections.abc import Iterator

import pytest
from moto.organizations.models import organizations_backends

from onboarding.organization import TEAM_TAG
from sandbox.cloud import Cloud, Options, running
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.events import sample
from tests.workflow.teams import outcome, small
from tests.workflow.test_doors import happened


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters={"OffboardLeavers": "true"})) as started:
        yield started


def test_the_team_of_an_account_that_leaves_is_offboarded(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("leaver"))) == "onboarded"
    assert outcome(happened(cloud, sample("account-closed"))) == "offboarded"
    assert "team/leaver" not in cloud.registry()


def test_several_teams_of_one_account_are_left_to_people(cloud: Cloud) -> None:
    for team in ("first", "second"):
        assert outcome(cloud.onboard(small(team))) == "onboarded"
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
