"""Accounts that join and leave the organization in every way, told by every event that AWS sends of it."""

import json
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from moto.organizations import utils
from moto.organizations.models import organizations_backends

from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.events import sample
from tests.workflow.membership import ACCOUNT, GOES, SHAPES, as_it_was, remove
from tests.workflow.teams import announced, outcome, small
from tests.workflow.test_doors import forget_teams, happened, put, tag
from tests.workflow.test_events import started


@pytest.fixture(autouse=True)
def _as_it_was(cloud: Cloud) -> Iterator[None]:
    with as_it_was():
        yield
    forget_teams(cloud)


@pytest.mark.parametrize("how", GOES)
def test_an_account_is_announced_with_its_team_by_each_event_when_it(cloud: Cloud, how: str) -> None:
    assert outcome(cloud.onboard(small("leaver"))) == "onboarded"
    leave, events = GOES[how]
    leave(cloud)
    for event in events:
        execution = happened(cloud, event)
        assert (outcome(execution), execution.output["team"]) == ("announced", "leaver")
        ((kind, said),) = announced(cloud, execution)
        assert kind == "Team Needs Attention"
        assert said["reason"].startswith(f"Account {ACCOUNT} ")


@pytest.mark.parametrize("event", ["account-departed", "account-removed", "account-closed", "account-close-result"])
def test_an_event_that_comes_when_the_account_is_back_moves_nobody(cloud: Cloud, event: str) -> None:
    assert outcome(cloud.onboard(small("returned"))) == "onboarded"
    execution = happened(cloud, sample(event))
    assert outcome(execution) == "ignored"
    assert "is an active member in a watched organizational unit now" in execution.output["note"]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_account_that_departed_is_found_wherever_the_event_names_it(cloud: Cloud, shape: str) -> None:
    assert outcome(cloud.onboard(small("leaver"))) == "onboarded"
    remove(cloud)
    execution = happened(cloud, sample("account-departed", **SHAPES[shape]))
    assert (outcome(execution), execution.output["team"]) == ("announced", "leaver")


@pytest.mark.parametrize("source", [accounts.ROOT, "ou-ab12-another11"])
def test_a_move_between_units_that_are_not_watched_moves_no_team(cloud: Cloud, source: str) -> None:
    if source != accounts.ROOT:
        backend = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"]
        with patch.object(utils, "make_random_ou_id", lambda *_: source):
            backend.create_organizational_unit(Name=source, ParentId=accounts.OTHER_OU)
    put(cloud, accounts.OTHER_OU)
    assert outcome(cloud.onboard(small("partner"))) == "onboarded"
    asked = {"accountId": ACCOUNT, "sourceParentId": source, "destinationParentId": accounts.OTHER_OU}
    execution = happened(cloud, sample("account-moved-out", requestParameters=asked))
    assert (outcome(execution), execution.output["team"]) == ("ignored", None)
    assert "moved between units that are not watched" in execution.output["note"]


def test_a_move_out_of_a_unit_that_is_gone_since_is_taken_for_one_out_of_a_watched_one(cloud: Cloud) -> None:
    put(cloud, accounts.OTHER_OU)
    assert outcome(cloud.onboard(small("leaver"))) == "onboarded"
    asked = {"accountId": ACCOUNT, "sourceParentId": "ou-ab12-goneunit", "destinationParentId": accounts.OTHER_OU}
    execution = happened(cloud, sample("account-moved-out", requestParameters=asked))
    assert (outcome(execution), execution.output["team"]) == ("announced", "leaver")


def test_an_event_that_names_no_account_fails_and_says_what_to_do(cloud: Cloud) -> None:
    execution = happened(cloud, sample("account-departed", serviceEventDetails={"departureMethod": "LEFT"}))
    assert execution.error == "InvalidRequest"
    assert "names none. The next sweep looks at all accounts" in str(execution.cause)


def test_an_event_out_of_a_log_store_may_be_replayed(cloud: Cloud) -> None:
    tag(cloud, team="replayed")
    event = sample("account-created")
    details = json.dumps(event["detail"]["serviceEventDetails"])
    assert outcome(started(cloud, sample("account-created", serviceEventDetails=details))) == "onboarded"


def test_an_account_that_is_tagged_after_it_was_made_is_onboarded(cloud: Cloud) -> None:
    assert outcome(happened(cloud, sample("account-created"))) == "ignored"
    tag(cloud, team="tagged-late")
    assert outcome(happened(cloud, sample("account-tagged"))) == "onboarded"


def test_an_account_that_got_another_tag_is_not_even_looked_at(cloud: Cloud) -> None:
    tag(cloud, team="tagged-otherwise")
    asked = {"resourceId": ACCOUNT, "tags": [{"key": "cost-center", "value": "7"}]}
    execution = happened(cloud, sample("account-tagged", requestParameters=asked))
    assert "no tag that means anything here" in execution.output["note"]


def test_an_account_whose_tags_the_event_does_not_show_is_looked_at(cloud: Cloud) -> None:
    tag(cloud, team="tagged-unseen")
    hidden = {"resourceId": ACCOUNT, "tags": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    assert outcome(happened(cloud, sample("account-tagged", requestParameters=hidden))) == "onboarded"


def test_an_account_that_joined_is_onboarded_once_it_is_in_a_watched_unit(cloud: Cloud) -> None:
    tag(cloud, team="invited")
    put(cloud, accounts.OTHER_OU)
    assert outcome(happened(cloud, sample("account-joined"))) == "ignored"
    put(cloud, accounts.WATCHED_OU)
    assert outcome(happened(cloud, sample("account-joined"))) == "onboarded"


def test_an_event_of_our_source_with_another_detail_type_is_told_and_touches_nothing(cloud: Cloud) -> None:
    before = set(cloud.executions())
    cloud.send(small("renamed"), "Team Renamed")
    while not (new := set(cloud.executions()) - before):
        cloud.clock.sleep(1)
    execution = cloud.wait(new.pop())
    assert execution.error == "InvalidRequest"
    ((kind, said),) = announced(cloud, execution)
    assert kind == "Team Onboarding Failed"
    assert 'detail-type "Team Renamed"' in said["reason"]
    assert "team/renamed" not in cloud.registry()
