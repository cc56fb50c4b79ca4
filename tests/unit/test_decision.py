"""Who may decide about what waits for approval, and what is said to it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from onboarding.errors import InvalidRequest, NotAuthorized
from onboarding.registry import Registry
from resolve_team.decision import decision
from tests.events import sample
from tests.unit.given import CLUSTER, SCIENTISTS, SETTINGS, OneAccount

ADMINISTRATOR = "333344445555"
STACK = replace(SETTINGS, administrators=frozenset({ADMINISTRATOR}))
WAITING = {
    "claimant": CLUSTER,
    "approval": json.dumps({"digest": "d1", "reasons": ["the team is onboarded for the first time"]}),
    "approvalToken": "token",
}


class Records(Registry):
    """A registry of one record."""

    def __init__(self, record: dict[str, Any] | None) -> None:
        super().__init__(OneAccount(), STACK)  # type: ignore[arg-type]
        self._record = record

    def team(self, team: str) -> dict[str, Any] | None:
        """The record, of whichever team."""
        return self._record


def decided(
    event: dict[str, Any], record: dict[str, Any] | None = WAITING, within_account: bool = False
) -> dict[str, Any]:
    return decision(event, replace(STACK, approve_within_account=within_account), Records(record))


def event(kind: str = "Team Approved", account: str = ADMINISTRATOR, **detail: Any) -> dict[str, Any]:
    found = sample("team-approved")
    return {**found, "detail-type": kind, "account": account, "detail": {"team": "vision", **detail}}


def test_the_sample_of_a_yes_approves_the_plan_that_waits_with_who_when_and_why() -> None:
    assert decided(sample("team-approved")) == {
        "outcome": "approved",
        "team": "vision",
        "token": "token",
        "note": "approved by account 333344445555: agreed with the platform's owners",
        "approval": {
            "by": ADMINISTRATOR,
            "when": "2026-11-20T17:05:00Z",
            "digest": "d1",
            "reason": "agreed with the platform's owners",
        },
    }


def test_the_sample_of_a_no_denies_it() -> None:
    found = decided(sample("team-denied"))
    assert (found["outcome"], found["token"]) == ("denied", "token")
    assert found["note"] == "denied by account 333344445555: no capacity before January"


def test_a_decision_without_a_reason_says_none() -> None:
    assert decided(event())["note"] == "approved by account 333344445555"


@pytest.mark.parametrize("record", [None, {}, {"claimant": CLUSTER, "status": "active"}])
def test_a_team_that_does_not_wait_is_not_decided_about(record: dict[str, Any] | None) -> None:
    found = decided(event(), record)
    assert (found["outcome"], found["token"]) == ("ignored", None)
    assert "waits for no approval" in found["note"]


@pytest.mark.parametrize("kind", ["Team Approved", "Team Denied"])
def test_nobody_decides_about_what_his_own_account_asked_for(kind: str) -> None:
    with pytest.raises(NotAuthorized, match=f"Account {CLUSTER} asked for this itself"):
        decided(event(kind, CLUSTER))


def test_within_an_account_iam_keeps_them_apart_where_the_stack_says_so() -> None:
    assert decided(event(account=CLUSTER), within_account=True)["outcome"] == "approved"


def test_account_a_decides_about_what_another_one_asked_for() -> None:
    assert decided(event(account=CLUSTER), {**WAITING, "claimant": SCIENTISTS})["outcome"] == "approved"


@pytest.mark.parametrize("within_account", [False, True])
def test_only_administrators_decide(within_account: bool) -> None:
    with pytest.raises(NotAuthorized, match=f"Account {SCIENTISTS} may not decide about team vision"):
        decided(event(account=SCIENTISTS), within_account=within_account)


@pytest.mark.parametrize("account", [None, "", "12", 333344445555])
def test_a_decision_that_does_not_say_who_decides_is_nobody_s(account: Any) -> None:
    with pytest.raises(NotAuthorized, match="does not say who asks"):
        decided(event(account=account))


def test_a_decision_about_the_plan_that_waits_may_name_it() -> None:
    assert decided(event(digest="d1"))["outcome"] == "approved"


@pytest.mark.parametrize("digest", ["d2", "", None, 1])
def test_a_decision_about_another_plan_decides_nothing(digest: Any) -> None:
    with pytest.raises(InvalidRequest, match="waits with another plan"):
        decided(event(digest=digest))


@pytest.mark.parametrize(
    "changes",
    [
        {"detail-type": "Team Created"},
        {"detail-type": None},
        {"detail-type": ["Team Approved"]},
        {"detail": None},
        {"detail": "vision"},
        {"detail": {}},
        {"detail": {"team": 7}},
    ],
)
def test_what_decides_nothing_is_told(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="decides nothing, or names no team"):
        decided({**event(), **changes})


@pytest.mark.parametrize("detail", [{"reason": 7}, {"reason": None}, {"reason": "x" * 1025}, {"by": CLUSTER}])
def test_a_decision_has_a_team_a_reason_and_a_digest_alone(detail: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="a reason of at most 1024 characters"):
        decided(event(**detail))
