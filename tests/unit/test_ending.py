"""What is due of a team's end on a day, and who may say when it is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from onboarding.ending import Due, Suspension, due, is_past
from onboarding.errors import InvalidRequest, NotAuthorized
from onboarding.narrowing import narrowed
from onboarding.resolved import again
from resolve_team.ending import ended
from tests.unit.given import CLUSTER, SCIENTISTS, SETTINGS, request

LAST = "2028-03-01"
"""The day after a leap day."""
TODAY = date(2027, 1, 10)


def suspension(since: str, **more: Any) -> Suspension:
    """One by the cluster's account."""
    return Suspension.model_validate({"by": CLUSTER, "since": since, **more})


@pytest.mark.parametrize(
    ("today", "told", "expected"),
    [
        ("2028-02-15", None, Due("nothing")),
        ("2028-02-16", None, Due("warn", 14, "2028-03-01 14")),
        ("2028-02-16", "2028-03-01 14", Due("nothing")),
        ("2028-02-22", "2028-03-01 14", Due("nothing")),
        ("2028-02-23", "2028-03-01 14", Due("warn", 7, "2028-03-01 7")),
        ("2028-02-29", "2028-03-01 7", Due("warn", 1, "2028-03-01 1")),
        ("2028-02-28", "2028-03-01 7", Due("nothing")),
        # Three days late: the latest one alone.
        ("2028-02-26", None, Due("warn", 4, "2028-03-01 7")),
        ("2028-03-01", None, Due("warn", 0, "2028-03-01 1")),
        # The clock has gone back: what was told is told no more.
        ("2028-02-17", "2028-03-01 7", Due("nothing")),
        # Another date is warned of anew.
        ("2028-02-23", "2027-12-01 1", Due("warn", 7, "2028-03-01 7")),
        ("2028-02-23", "2027-12-01 over", Due("warn", 7, "2028-03-01 7")),
        ("2028-03-02", "2028-03-01 1", Due("suspend")),
        ("2031-03-02", None, Due("suspend")),
    ],
)
def test_of_a_team_at_work_is_due(today: str, told: str | None, expected: Due) -> None:
    assert due(LAST, None, told, date.fromisoformat(today), 5) == expected


@pytest.mark.parametrize(
    ("today", "since", "told", "what"),
    [
        ("2028-03-06", "2028-03-02", None, "nothing"),
        ("2028-03-07", "2028-03-02", None, "nothing"),
        ("2028-03-08", "2028-03-02", None, "over"),
        ("2028-03-08", "2028-03-02", "2028-03-01 over", "nothing"),
        # Suspended late, or by a clock that was ahead: the grace time is whole.
        ("2028-05-05", "2028-05-01", None, "nothing"),
        ("2028-03-08", "2029-01-01", None, "nothing"),
        # Suspended by somebody long before its date passed.
        ("2028-03-06", "2027-01-01", None, "nothing"),
        ("2028-03-07", "2027-01-01", None, "over"),
    ],
)
def test_of_a_suspended_team_is_due(today: str, since: str, told: str | None, what: str) -> None:
    assert due(LAST, suspension(since, expired=True), told, date.fromisoformat(today), 5).what == what


def test_nothing_is_ever_due_of_a_team_without_a_date() -> None:
    assert (
        due(None, None, None, date.max, 0) == due(None, suspension("2020-01-01"), None, date.max, 0) == Due("nothing")
    )


@pytest.mark.parametrize(("hours", "past"), [(-12, False), (0, True), (14, True)])
def test_a_day_ends_when_it_does_in_utc_wherever_the_clock_is(hours: int, past: bool) -> None:
    # Midnight of the next day, as clocks so many hours off show it.
    moment = datetime(2028, 3, 2, tzinfo=timezone(timedelta(hours=-hours)))
    assert is_past(LAST, moment.astimezone(UTC).date()) is (past and hours >= 0)


@pytest.mark.parametrize("day", ["2027-02-29", "2027-2-1", "tomorrow", "2027-13-01", "20270301", "2027-03-01T00:00Z"])
def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(ValidationError):
        request(expires=day)


def test_a_team_without_date_is_recorded_as_before() -> None:
    kept = again(request()).request or {}
    assert {"expires", "suspension"} & kept.keys() == set()
    assert request().in_force == request()


def test_a_suspended_team_looks_on_starts_no_pod_and_keeps_all_else() -> None:
    whole = request(access={"policy": "edit", "groups": ["a"]}, suspension=suspension("2027-01-01"))
    less = whole.in_force
    assert (less.access.policy, less.access.groups, less.fence and less.fence.pods) == ("view", [], 0)
    assert (less.quota, less.datasets, less.in_force) == (whole.quota, whole.datasets, less)


def test_an_update_that_suspends_and_cannot_be_carried_out_suspends_all_the_same() -> None:
    said = suspension("2027-01-01")
    before = request()
    less = narrowed(before, request(suspension=said))
    assert less is not None
    assert (less.suspension, less.access) == (said, before.access)
    # And nothing narrower resumes.
    assert (narrowed(less, request(access={"policy": "view"})) or less).suspension == said


def asked(
    kind: str | None, record: dict[str, Any] | None, administrator: bool = False, **wanted: Any
) -> dict[str, Any]:
    """What becomes of the end of a team, recorded with some fields, None for a new one."""
    stack = replace(SETTINGS, **{k: wanted.pop(k) for k in ("default_days", "most_days") if k in wanted})
    known = {} if record is None else {"active": request(**record).model_dump_json(by_alias=True, exclude_none=True)}
    found = replace(again(request(**wanted)), asker=CLUSTER if administrator else SCIENTISTS)
    done = ended(found, kind, known, stack, TODAY, administrator=administrator).request or {}
    return {name: done[name] for name in ("expires", "suspension") if name in done}


EXPIRED = {"expires": "2027-01-09", "suspension": suspension("2027-01-10", expired=True)}


@pytest.mark.parametrize(
    ("record", "wanted", "expires"),
    [
        (None, {}, None),
        (None, {"default_days": 30}, "2027-02-09"),
        (None, {"most_days": 20}, "2027-01-30"),
        (None, {"expires": "2027-05-01"}, "2027-05-01"),
        ({}, {"default_days": 30, "most_days": 20}, None),
        ({"expires": "2027-03-01"}, {}, "2027-03-01"),
        ({"expires": "2027-03-01"}, {"expires": "2027-02-01"}, "2027-02-01"),
        ({"expires": "2027-03-01"}, {"expires": "2027-03-05", "most_days": 100}, "2027-03-05"),
    ],
)
def test_its_own_account_may_say(record: dict[str, Any] | None, wanted: dict[str, Any], expires: str | None) -> None:
    assert asked("Team Updated", record, **wanted).get("expires") == expires


@pytest.mark.parametrize(
    ("record", "wanted", "error"),
    [
        ({"expires": "2027-03-01"}, {"expires": "2027-03-05"}, NotAuthorized),
        ({"expires": "2027-03-01"}, {"expires": "2027-03-05", "most_days": 10}, NotAuthorized),
        (None, {"expires": "2027-03-05", "most_days": 10}, NotAuthorized),
        (EXPIRED, {"expires": "2027-01-12", "most_days": 10}, NotAuthorized),
        ({}, {"expires": "2027-01-09"}, InvalidRequest),
        ({}, {"suspension": suspension("2027-01-09")}, InvalidRequest),
    ],
)
def test_its_own_account_may_not_say(record: dict[str, Any] | None, wanted: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        asked("Team Updated", record, **wanted)


@pytest.mark.parametrize("kind", ["Team Suspended", "Team Resumed", "Team Expired"])
def test_only_an_administrator_suspends_and_resumes(kind: str) -> None:
    with pytest.raises(NotAuthorized):
        asked(kind, {})


@pytest.mark.parametrize("administrator", [False, True])
def test_an_event_of_the_team_as_it_should_be_keeps_a_suspension(administrator: bool) -> None:
    found = asked("Team Updated", EXPIRED, administrator)
    assert (found["expires"], found["suspension"]["expired"]) == ("2027-01-09", True)


def test_a_date_that_has_passed_suspends_with_the_next_event() -> None:
    found = asked("Team Updated", {"expires": "2027-01-09"})
    assert found["suspension"] == {"by": SCIENTISTS, "since": "2027-01-10", "expired": True}


def test_an_administrator_extends_and_so_resumes_what_expired_alone() -> None:
    assert asked("Team Extended", EXPIRED, True, expires="2027-09-01") == {"expires": "2027-09-01"}
    by_hand = {"suspension": suspension("2027-01-02")}
    assert "suspension" in asked("Team Extended", by_hand, True, expires="2027-09-01")
    assert asked("Team Resumed", by_hand, True) == {}
    with pytest.raises(InvalidRequest, match="extend vision DATE"):
        asked("Team Resumed", EXPIRED, True)
