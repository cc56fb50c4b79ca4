"""What CloudTrail writes, as EventBridge and log stores have it."""

import json
from typing import Any

import pytest

from onboarding.errors import InvalidRequest
from resolve_team.doors import DOORS
from resolve_team.doors.cloudtrail import KINDS, member, opened
from tests.events import NAMES, Event, sample
from tests.unit.given import MANAGEMENT, answer
from tests.workflow.membership import ACCOUNT, SHAPES

BY_CLOUDTRAIL = [name for name in NAMES if sample(name)["detail-type"] in KINDS]

ACCOUNTS = {
    "account-created": ("serviceEventDetails", "createAccountStatus", "accountId"),
    "account-enrolled": ("serviceEventDetails", "createManagedAccountStatus", "account", "accountId"),
    "account-moved-in": ("requestParameters", "accountId"),
    "account-moved-out": ("requestParameters", "accountId"),
    "account-tagged": ("requestParameters", "resourceId"),
    "account-closed": ("requestParameters", "accountId"),
    "account-close-result": ("serviceEventDetails", "closeAccountStatus", "accountId"),
    "account-removed": ("requestParameters", "accountId"),
}
"""Where each event names its account; the others are searched."""


def changed(event: Event, path: tuple[str, ...], value: object) -> Event:
    *way, last = path
    place: Any = event["detail"]
    for name in way:
        place = place[name]
    place[last] = value
    return event


def refusal(event: object) -> str:
    with pytest.raises(InvalidRequest) as refused:
        answer(event)
    return refused.value.reason


def stored(event: Event) -> Event:
    """As a log store gives it back."""
    parts = ("requestParameters", "responseElements", "serviceEventDetails")
    texts = {part: json.dumps(event["detail"][part]) for part in parts if part in event["detail"]}
    return {**event, "detail": {**event["detail"], **texts}}


def test_every_account_event_is_covered_here() -> None:
    named = {name for name in NAMES if name.startswith("account-")}
    assert named == set(ACCOUNTS) | {"account-joined", "account-departed"}


@pytest.mark.parametrize("name", BY_CLOUDTRAIL)
def test_an_event_out_of_a_log_store_is_the_event(name: str) -> None:
    event = sample(name)
    assert opened(stored(event)) == event
    assert opened(event) == event


def test_what_is_no_event_of_cloudtrail_is_left_as_it_is() -> None:
    event = sample("team-created", serviceEventDetails="{")
    assert opened(event) is event


@pytest.mark.parametrize("name", ["account-created", "account-departed"])
def test_text_that_is_no_json_is_refused_in_one_sentence(name: str) -> None:
    told = refusal(sample(name, serviceEventDetails="{createAccountStatus={state=SUCCEEDED}}"))
    assert told.startswith("detail.serviceEventDetails is text and not JSON (")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (444455556666, "is 444455556666, a number, and numbers lose the zeros in front: put all 12 digits in quotes."),
        (4.4e11, "is 440000000000.0, a number, and"),
        (None, "is null: give an account number of 12 digits, in quotes."),
        (["444455556666"], 'is ["444455556666"]: give an account number of 12 digits, in quotes.'),
        ("4.4E+11", 'is "4.4E+11": a spreadsheet has rounded the account number;'),
        ("44455556666", 'is "44455556666", 11 digits: a spreadsheet takes the zeros in front away;'),
        ("4444-5555-6666", 'is "4444-5555-6666": give an account number of 12 digits.'),
        ("444455556666\n", 'is "444455556666\\n": give an account number of 12 digits.'),
    ],
)
@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_that_is_no_account_number_is_one_sentence(name: str, value: object, says: str) -> None:
    told = refusal(changed(sample(name), ACCOUNTS[name], value))
    assert told.startswith(f"detail.{'.'.join(ACCOUNTS[name])} {says}")


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_event_that_lacks_its_account_says_so(name: str) -> None:
    whole = changed(sample(name), ACCOUNTS[name], None)
    part: Any = whole["detail"]
    for step in ACCOUNTS[name][:-1]:
        part = part[step]
    del part[ACCOUNTS[name][-1]]
    assert refusal(whole).startswith("The event lacks a field that events of its kind have: ")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_one_member_account_is_found_in(shape: str) -> None:
    detail = opened(sample("account-departed", **SHAPES[shape]))["detail"]
    assert member(detail, MANAGEMENT) == ACCOUNT


@pytest.mark.parametrize(
    "details",
    [{}, None, {"accountId": MANAGEMENT}, {"accountId": 444455556666}, {"from": "111122223333", "to": "444455556666"}],
)
def test_an_event_with_no_or_two_member_accounts_is_refused(details: object) -> None:
    with pytest.raises(InvalidRequest, match="should name one member account"):
        member(sample("account-departed", serviceEventDetails=details)["detail"], MANAGEMENT)


def test_one_event_is_under_one_detail_type_of_cloudtrail() -> None:
    names = [name for _, _, name in DOORS if name is not None]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [["MoveAccount"], {"a": 1}, 7, None])
def test_an_event_whose_name_is_no_text_is_refused(name: object) -> None:
    assert "is of no kind that is known here" in refusal(sample("account-closed", eventName=name))
