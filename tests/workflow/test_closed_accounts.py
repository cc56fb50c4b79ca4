"""A team leaves an account in which nobody can be let in any more: that counts only where Organizations says so."""

from collections.abc import Iterator

import pytest
from moto.organizations.models import organizations_backends

from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.events import sample
from tests.faults.runs import offboarded, said_of
from tests.workflow.doors_shut import nobody_let_in
from tests.workflow.membership import as_it_was, closed_for_good, remove
from tests.workflow.teams import outcome, small
from tests.workflow.test_doors import happened, tag
from tests.workflow.test_offboarding import owned

B, C = accounts.SCIENTISTS_ACCOUNT, accounts.DATA_ACCOUNT
SCIENTISTS, DATA = ("hyperpod-onboarding-scientists", "iam-roles"), ("hyperpod-onboarding-data", "s3-access-point")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    with as_it_was():
        yield


def policy_of(team: str) -> str:
    return f"{B} role DataScientistRole policy hyperpod-cluster-access-{team}"


def left_by(cloud: Cloud, team: str) -> list[str]:
    return [each["resource"] for each in said_of(cloud, team)[-1][1]["left"]]


@pytest.mark.parametrize("account", [B, C])
def test_what_is_in_a_closed_account_is_named_and_the_team_has_left(cloud: Cloud, account: str) -> None:
    team = f"closed-{account[:4]}"
    assert outcome(cloud.onboard(small(team))) == "onboarded"
    cloud.lambdas.recycle(f"{accounts.STACK}-{(SCIENTISTS if account == B else DATA)[1]}")
    with closed_for_good(account):
        execution = offboarded(cloud, team)
    assert outcome(execution) == "offboarded"
    assert f"team/{team}" not in cloud.registry()
    kind, said = said_of(cloud, team)[-1]
    assert kind == "Team Offboarded"
    assert said["left"] == execution.output["left"] != []
    assert all(each["resource"].startswith(account) for each in said["left"])
    assert all("account is closed or gone" in each["reason"] for each in said["left"])
    assert all(account in path for path in owned(cloud.snapshot(), team) if "bucket/" not in path)


def test_a_team_that_was_stuck_there_can_leave_once_the_account_is_closed(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("then-closed"))) == "onboarded"
    with nobody_let_in(cloud, B, *SCIENTISTS):
        assert offboarded(cloud, "then-closed").status == "FAILED"
        assert left_by(cloud, "then-closed") == [policy_of("then-closed")]
        with closed_for_good():
            assert outcome(offboarded(cloud, "then-closed")) == "offboarded"
    assert ("Team Offboarded", [policy_of("then-closed")]) in [
        (kind, [each["resource"] for each in said["left"]]) for kind, said in said_of(cloud, "then-closed")[1:]
    ]
    assert "team/then-closed" not in cloud.registry()


def test_an_account_that_was_seen_in_the_organization_and_is_no_member_counts_as_gone(cloud: Cloud) -> None:
    tag(cloud, team="departed")
    assert outcome(happened(cloud, sample("account-moved-in"))) == "onboarded"
    remove(cloud)
    with nobody_let_in(cloud, B, *SCIENTISTS):
        assert outcome(offboarded(cloud, "departed")) == "offboarded"
    assert left_by(cloud, "departed") == [policy_of("departed")]


def test_an_account_that_was_never_known_as_a_member_may_only_be_shutting_the_stack_out(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("stranger"))) == "onboarded"
    backend = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"]
    backend.accounts = [account for account in backend.accounts if account.id != C]
    with nobody_let_in(cloud, C, *DATA):
        assert offboarded(cloud, "stranger").status == "FAILED"
        assert left_by(cloud, "stranger") != []
    assert outcome(offboarded(cloud, "stranger")) == "offboarded"


def test_an_account_that_left_and_lets_the_stack_in_still_is_left_clean(cloud: Cloud) -> None:
    tag(cloud, team="tidy")
    assert outcome(happened(cloud, sample("account-moved-in"))) == "onboarded"
    remove(cloud)
    assert outcome(offboarded(cloud, "tidy")) == "offboarded"
    assert left_by(cloud, "tidy") == []
    assert owned(cloud.snapshot(), "tidy") == set()
