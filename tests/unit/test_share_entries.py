"""What an owner shares: whom an entry covers, and what is no entry."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from onboarding.request import Dataset
from onboarding.shares import Share, entry_for, parsed
from sandbox.scenery import shares
from tests.unit.given import DATA, SCIENTISTS, request
from tools.schema import schema

PUBLISHED = Path(__file__).parents[2] / "accounts" / "shares.schema.json"

ENTRY: dict[str, Any] = {
    "bucket": "images",
    "prefix": "curated/",
    "access": "read",
    "teams": ["vision"],
    "accounts": [SCIENTISTS],
}

folders = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(lambda parts: "/".join(parts) + "/")
buckets = st.sampled_from(["images", "images2"])
accesses = st.sampled_from(["read", "read-write"])
teams = st.sampled_from(["vision", "audio", "visio"])
numbers = st.sampled_from([SCIENTISTS, "1" * 12])


def some(of: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(st.just("*"), st.lists(of, min_size=1, max_size=2, unique=True))


entries = st.fixed_dictionaries(
    {
        "bucket": buckets,
        "prefix": st.one_of(st.just("*"), folders),
        "access": accesses,
        "teams": some(teams),
        "accounts": some(numbers),
    }
)
datasets = st.builds(
    lambda bucket, prefix, access: Dataset.model_validate(
        {"bucket": bucket, "accountId": DATA, "prefix": prefix, "access": access}
    ),
    buckets,
    st.one_of(st.none(), folders),
    accesses,
)


def share(**changes: Any) -> Share:
    (one,) = parsed(json.dumps([{**ENTRY, **changes}]))
    return one


@given(entries, teams, numbers, datasets)
def test_an_entry_covers_what_it_names_and_nothing_else(
    entry: dict[str, Any], team: str, account: str, dataset: Dataset
) -> None:
    key = f"{dataset.prefix or ''}object"
    wanted = (
        entry["bucket"] == dataset.bucket
        and (
            entry["prefix"] == "*"
            or key.split("/")[:-1][: entry["prefix"].count("/")] == entry["prefix"].split("/")[:-1]
        )
        and (dataset.access == "read" or entry["access"] == "read-write")
        and (entry["teams"] == "*" or team in entry["teams"])
        and (entry["accounts"] == "*" or account in entry["accounts"])
    )
    assert share(**entry).covers(team, account, dataset) is wanted


@given(datasets, teams)
def test_the_entry_that_is_asked_for_covers_that_team_of_that_account_alone(dataset: Dataset, team: str) -> None:
    asked = request(team=team)
    (one,) = parsed(f"[{entry_for(asked, dataset)}]")
    assert one.covers(team, SCIENTISTS, dataset)
    assert not one.covers(f"{team}-2", SCIENTISTS, dataset)
    assert not one.covers(team, "2" * 12, dataset)
    assert not one.covers(team, SCIENTISTS, dataset.model_copy(update={"bucket": "others"}))
    if dataset.prefix:
        assert not one.covers(team, SCIENTISTS, dataset.model_copy(update={"prefix": None}))
    if dataset.access == "read":
        assert not one.covers(team, SCIENTISTS, dataset.model_copy(update={"access": "read-write"}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"bucket": "*"}, 'Shares[0].bucket is "*": give the name of a bucket'),
        ({"prefix": "curated"}, 'Shares[0].prefix is "curated": give a folder with a slash at its end'),
        ({"prefix": "/curated/"}, 'Shares[0].prefix is "/curated/": give a folder'),
        ({"prefix": "a//b/"}, 'Shares[0].prefix is "a//b/": give a folder'),
        ({"prefix": "cur*/"}, 'Shares[0].prefix is "cur*/": give a folder'),
        ({"prefix": ""}, 'Shares[0].prefix is "": give a folder'),
        ({"prefix": None}, "Shares[0].prefix is null: give a folder"),
        ({"access": "write"}, 'Shares[0].access is "write": give "read" or "read-write"'),
        ({"access": "*"}, 'Shares[0].access is "*": give "read" or "read-write"'),
        ({"teams": []}, "Shares[0].teams is []: give a list of names of teams"),
        ({"teams": ["*"]}, 'Shares[0].teams has "*": give a list of names of teams'),
        ({"teams": ["Vision"]}, 'Shares[0].teams has "Vision": give a list'),
        ({"teams": "vision"}, 'Shares[0].teams is "vision": give a list'),
        ({"teams": ["vision", "vision"]}, "Shares[0].teams: they name 'vision' more than once"),
        ({"accounts": 444455556666}, "Shares[0].accounts is 444455556666: give a list of account numbers"),
        ({"accounts": [444455556666]}, "Shares[0].accounts has 444455556666: give a list of account numbers"),
        ({"accounts": ["4444"]}, 'Shares[0].accounts has "4444": give a list of account numbers'),
        ({"team": "vision"}, "Shares[0].team is not a field that is known here"),
    ],
)
def test_a_wrong_field_is_told_by_entry_and_field(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=r"^Shares\[0\]") as refused:
        parsed(json.dumps([{**ENTRY, **changes}]))
    assert says in str(refused.value)
    assert list(Draft202012Validator(json.loads(schema("accounts/shares"))).iter_errors([{**ENTRY, **changes}])) or (
        "more than once" in says
    )


@pytest.mark.parametrize("field", ENTRY)
def test_no_field_may_be_left_out(field: str) -> None:
    with pytest.raises(ValueError, match=rf"^Shares\[0\]\.{field} is missing: add it$"):
        parsed(json.dumps([{key: value for key, value in ENTRY.items() if key != field}]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Shares cannot be read as JSON: "),
        ("{}", "Shares is {}: give a list"),
        ('"*"', 'Shares is "*": give a list'),
        ("[5]", "Shares[0] is 5: give an object with bucket"),
        ('[{"bucket": "a", "bucket": "b"}]', 'Shares cannot be read as JSON: it names "bucket" more than once'),
        (json.dumps([ENTRY, {**ENTRY, "access": "read-write"}, ENTRY]), "Shares: entries 0 and 2 say the same"),
        ("[" * 100_000, "Shares cannot be read as JSON: it is nested too deeply"),
        (json.dumps([{}] * 100), "; and 490 more"),
    ],
)
def test_what_is_no_list_of_entries_is_told(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^Shares") as refused:
        parsed(text)
    assert says in str(refused.value)


def test_nothing_is_shared_by_an_empty_list() -> None:
    assert parsed("[]") == ()


def test_the_published_schema_is_the_models_and_takes_what_the_samples_need() -> None:
    assert PUBLISHED.read_text() == schema("accounts/shares"), "make schema brings it up to date"
    sample = json.loads(json.dumps(shares.SHARES))
    Draft202012Validator(json.loads(PUBLISHED.read_text())).validate(sample)
    assert len(parsed(json.dumps(sample))) == len(sample)
