"""The sweep finds the leavers of whom no event told."""

import json
from collections.abc import Iterator

import pytest

from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.events import sample
from tests.workflow.membership import ACCOUNT, GOES, as_it_was, close, remove
from tests.workflow.teams import outcome, small
from tests.workflow.test_doors import forget_teams, happened, put, tag
from tests.workflow.test_drift import reported, sweep


@pytest.fixture(autouse=True)
def _as_it_was(cloud: Cloud) -> Iterator[None]:
    with as_it_was():
        yield
    forget_teams(cloud)


def missed(cloud: Cloud, team: str) -> None:
    """A team of the organization, which then leaves without any event."""
    tag(cloud, team=team)
    assert outcome(happened(cloud, sample("account-moved-in"))) == "onboarded"


@pytest.mark.parametrize("how", [*GOES, "is moved"])
def test_a_sweep_reports_the_team_of_an_account_that_without_any_event(cloud: Cloud, how: str) -> None:
    missed(cloud, "unheard")
    leave = GOES[how][0] if how in GOES else lambda cloud: put(cloud, accounts.OTHER_OU)
    leave(cloud)
    said = reported(cloud, sweep(cloud))["unheard"]
    assert said["problem"].startswith(f"account {ACCOUNT} is ")
    assert said["problem"].endswith(" any more, and the team may still use the cluster from it")
    assert (said["drift"], said["repaired"]) == ([], False)
    assert cloud.registry()["team/unheard"]["status"] == {"S": "active"}


def test_a_sweep_knows_a_team_as_the_organizations_once_it_has_seen_it_there(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("seen"))) == "onboarded"
    assert "watched" not in cloud.registry()["team/seen"]
    assert reported(cloud, sweep(cloud)) == {}
    assert cloud.registry()["team/seen"]["watched"] == {"S": ACCOUNT}
    remove(cloud)
    assert "seen" in reported(cloud, sweep(cloud))


def test_a_sweep_leaves_a_team_alone_that_was_never_the_organizations(cloud: Cloud) -> None:
    put(cloud, accounts.OTHER_OU)
    assert outcome(cloud.onboard(small("outside"))) == "onboarded"
    assert reported(cloud, sweep(cloud)) == {}


def test_a_sweep_leaves_a_team_alone_that_has_moved_to_another_account_itself(cloud: Cloud) -> None:
    missed(cloud, "moved-on")
    registry = {"TableName": cloud.stack.outputs["RegistryTable"], "Key": {"id": {"S": "team/moved-on"}}}
    other = {"UpdateExpression": "SET watched = :other", "ExpressionAttributeValues": {":other": {"S": "999900001111"}}}
    cloud.client("dynamodb").update_item(**registry, **other)
    remove(cloud)
    assert reported(cloud, sweep(cloud)) == {}


def test_an_update_by_a_team_that_has_left_hides_nothing(cloud: Cloud) -> None:
    missed(cloud, "bold")
    close(cloud)
    asked = json.loads(cloud.registry()["team/bold"]["active"]["S"])
    assert outcome(cloud.onboard({**asked, "serviceAccount": "trainer"})) == "onboarded"
    assert "bold" in reported(cloud, sweep(cloud))
