"""The lines of a manifest, each by itself."""

import json
from typing import Any

import pytest

from manifest.lines import Line, lines
from onboarding.errors import InvalidRequest
from onboarding.profiles import Profile
from onboarding.request import TeamRequest
from tests.events import FOLDER
from tests.unit.test_request import detail


def read(text: str, key: str = "manifests/day.jsonl") -> list[Line]:
    return lines(text, key, profile)


def read_csv(*rows: str) -> list[Line]:
    return read("\n".join(rows) + "\n", "manifests/day.csv")


def refusal(text: str, key: str = "manifests/day.jsonl") -> str:
    """Why a whole manifest is refused."""
    with pytest.raises(InvalidRequest) as refused:
        read(text, key)
    return refused.value.reason


def profile(name: str | None) -> Profile:
    if name not in (None, "big"):
        raise InvalidRequest(f"There is no profile {name}.")
    template: dict[str, Any] = {**detail(), "dataScientistRoleArn": "arn:aws:iam::{account}:role/DataScientistRole"}
    del template["team"]
    return Profile(f"/stack/profiles/{name or 'default'}", template)


def test_every_line_of_the_sample_is_good_with_the_sample_profile() -> None:
    sample = Profile("/stack/profiles/default", json.loads((FOLDER / "profile.json").read_text()))
    found = lines((FOLDER / "teams.jsonl").read_text(), "manifests/teams.jsonl", lambda _: sample)
    assert [(line.team, line.reason) for line in found] == [("speech", None), ("robotics", None), ("vision", None)]


def test_empty_lines_count_for_the_number_of_a_line_only() -> None:
    found = read("\n" + json.dumps(detail(team="one")) + "\n\n" + json.dumps(detail(team="two")))
    assert [(line.number, line.team, line.reason) for line in found] == [(2, "one", None), (4, "two", None)]


@pytest.mark.parametrize("bad", ["{", "[]", "7", '"text"', "null", '{"team": 7}', '{"team": "one", "profile": "none"}'])
def test_a_bad_line_is_bad_alone(bad: str) -> None:
    first, second = read(f"{bad}\n{json.dumps(detail())}")
    assert first.reason
    assert second.reason is None


def test_one_team_on_two_lines_is_bad_on_both() -> None:
    found = read("\n".join(json.dumps(detail(team="one", serviceAccount=name)) for name in ("trainer", "runner")))
    assert {line.reason for line in found} == {"team one is on 2 lines; keep one"}


def test_the_same_request_has_one_digest_wherever_it_stands() -> None:
    text = json.dumps(detail(team="one"))
    (alone,), (_, second) = read(text), read(f"{json.dumps(detail(team='two'))}\n{text}")
    assert alone.digest == second.digest


def test_another_request_for_the_same_team_has_another_digest() -> None:
    digests = {read(json.dumps(detail(serviceAccount=name)))[0].digest for name in ("trainer", "runner")}
    assert len(digests) == 2


def test_csv_takes_lists_and_objects_as_json() -> None:
    (line,) = read('team,account,datasets\none,444455556666,"[]"\n', "manifests/day.csv")
    assert line.request is not None
    assert line.request["datasets"] == []
    assert line.request["dataScientistRoleArn"].startswith("arn:aws:iam::444455556666:")


def test_a_dry_run_has_no_place_in_a_manifest() -> None:
    (line,) = read(json.dumps(detail(dryRun=True)))
    assert line.reason == "dryRun is not for manifests: remove it"


GOOD = json.dumps(detail(team="one"))
NEXT = json.dumps(detail(team="two"))


@pytest.mark.parametrize(
    "text",
    [
        f"[\n{GOOD},\n{NEXT}\n]",
        f"[{GOOD},\n{NEXT}]",
        f'{{"teams": [\n{GOOD},\n{NEXT}\n]}}',
        f"\n  [\n{GOOD}\n]\n",
        f'{{"team": "]", "datasets": [\n{GOOD}\n]}}',
    ],
    ids=["one a line", "in two lines", "in an object", "of one", "behind a bracket in text"],
)
def test_a_list_over_several_lines_is_refused_whole_and_none_of_it_taken(text: str) -> None:
    told = refusal(text)
    assert told.startswith("manifests/day.jsonl: Line ")
    assert "opens a list and does not close it" in told


def test_a_list_on_one_line_is_bad_and_says_what_to_do() -> None:
    first, second = read(f"[{GOOD}]\n{NEXT}")
    assert "write each team on a line of its own" in str(first.reason)
    assert second.reason is None


def test_a_bracket_in_text_or_out_of_place_makes_a_line_bad_alone() -> None:
    first, second, third = read(f'{{"team": "[\n]]\n{NEXT}')
    assert (first.request, second.request) == (None, None)
    assert third.reason is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"team": "one", "team": "two"}', 'it names "team" more than once'),
        ('{"team": "one", "quota": {"resources": [], "resources": []}}', 'it names "resources" more than once'),
        ('{"team": "one", "quota": NaN}', "NaN is no number"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    ],
    ids=["a key twice", "a key twice within", "no number", "too deep"],
)
def test_json_that_a_parser_would_take_for_something_else_is_bad(line: str, says: str) -> None:
    first, second = read(f"{line}\n{GOOD}")
    assert says in str(first.reason)
    assert second.reason is None


def test_a_character_that_unicode_takes_for_the_end_of_a_line_is_text() -> None:
    (line,) = read(json.dumps(detail(serviceAccount="a\u2028b"), ensure_ascii=False))
    assert "detail.serviceAccount is" in str(line.reason)


def test_lines_may_end_as_windows_ends_them() -> None:
    assert [line.reason for line in read(f"{GOOD}\r\n\r\n{NEXT}\r\n")] == [None, None]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("team,account,team", 'names "team" more than once: keep one.'),
        ("team,account,", "has no name for column 3: name or remove it."),
        (",team, ,account", "has no name for column 1, 3: name or remove it."),
        ("team;account", "is separated by semicolons: save the file with commas."),
        ("team\taccount", "is separated by tabs: save the file with commas."),
    ],
)
def test_a_first_line_that_leaves_open_which_cell_is_which_field_refuses_the_manifest(header: str, says: str) -> None:
    told = refusal(f"{header}\none,444455556666,x\n", "manifests/day.csv")
    assert told == f"manifests/day.csv: The first line {says}"


@pytest.mark.parametrize("row", ["one,444455556666,,", "one,444455556666,trainer,more", "one,444455556666", "one"])
def test_a_row_with_too_many_or_too_few_cells_is_bad_alone(row: str) -> None:
    first, second = read_csv("team,account,serviceAccount", row, "two,444455556666,")
    assert f"has {row.count(',') + 1} cells, and the first line names 3" in str(first.reason)
    assert second.reason is None


def test_a_quote_that_is_never_closed_swallows_no_line_in_silence() -> None:
    told = refusal('team,account\n"one,444455556666\ntwo,444455556666\n', "manifests/day.csv")
    assert told.startswith("manifests/day.csv: Line 3 is not CSV: ")


@pytest.mark.parametrize(("cell", "truth"), [("false", False), ("FALSE", False), ("true", True), ("True", True)])
def test_csv_knows_true_and_false(cell: str, truth: bool) -> None:
    (line,) = read_csv("team,account,probe", f"one,444455556666,{cell}")
    assert line.request is not None
    assert line.request["probe"] is truth


def test_what_is_neither_true_nor_false_is_bad() -> None:
    (line,) = read_csv("team,account,probe", "one,444455556666,no")
    assert 'detail.probe is "no"' in str(line.reason)


def test_a_team_may_be_called_true() -> None:
    (line,) = read_csv("team,account", "true,444455556666")
    assert (line.team, line.reason) == ("true", None)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ('"{""resources"": [}"', "quota is not JSON: "),
        ('"{""resources"": [], ""resources"": []}"', 'quota is not JSON: it names "resources" more than once'),
        ("5", "detail.quota is 5"),
    ],
)
def test_a_cell_that_should_be_json_says_why_it_is_none(cell: str, says: str) -> None:
    (line,) = read_csv("team,account,quota", f"one,444455556666,{cell}")
    assert says in str(line.reason)


ACCOUNTS = {
    "4.4E+11": "a spreadsheet has rounded the account number",
    "4,44456E+11": "a spreadsheet has rounded the account number",
    "44455556666": "11 digits: a spreadsheet takes the zeros in front away",
    "4444-5555-6666": "give an account number of 12 digits",
    "science": "give an account number of 12 digits",
}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_that_a_spreadsheet_has_eaten_is_told_where_it_was_written(account: str) -> None:
    (line,) = read_csv("team,account", f'one,"{account}"')
    assert str(line.reason).startswith(f'detail.account is "{account}"')
    assert ACCOUNTS[account] in str(line.reason)
    assert "dataScientistRoleArn" not in str(line.reason)


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ("null", "detail.account is null: give an account number of 12 digits, in quotes."),
        ("444455556666", "detail.account is 444455556666, a number, and numbers lose the zeros in front"),
        ("4.4E+11", "detail.account is 440000000000.0, a number, and"),
        ('""', 'detail.account is "": give an account number of 12 digits.'),
        ("[]", "detail.account is []: give"),
    ],
)
def test_an_account_in_json_is_text_of_12_digits(account: str, says: str) -> None:
    (line,) = read(f'{{"team": "one", "account": {account}}}')
    assert str(line.reason).startswith(says)


@pytest.mark.parametrize("name", ["null", "7", '""', "[]", "{}"])
def test_a_profile_is_named_by_text(name: str) -> None:
    bad, good = read(f'{{"team": "one", "account": "444455556666", "profile": {name}}}\n{NEXT}')
    assert str(bad.reason).startswith("detail.profile is ")
    assert good.reason is None


def test_a_line_without_the_account_that_its_profile_needs_says_so() -> None:
    (line,) = read('{"team": "one", "profile": "big"}')
    assert line.reason == "detail.account is missing: add it, for the profile /stack/profiles/big asks for it."


def test_a_line_that_names_its_role_needs_no_account() -> None:
    (line,) = read_csv("team,profile,dataScientistRoleArn", "one,big,arn:aws:iam::444455556666:role/Scientist")
    assert line.reason is None


@pytest.mark.parametrize("team", ["", '"team": 7, ', '"team": "Not A Team", '])
def test_a_line_without_a_right_team_is_told_of_that_alone(team: str) -> None:
    (line,) = read(f'{{{team}"account": "444455556666"}}')
    assert str(line.reason).startswith("detail.team is ")
    assert "detail.quota" not in str(line.reason)


def test_every_field_of_a_request_is_text_or_truth_or_json_in_a_cell() -> None:
    kinds = {field.alias: field.annotation for field in TeamRequest.model_fields.values()}
    assert {name for name, kind in kinds.items() if kind is bool} == {"probe", "dryRun"}
    texts = {name for name, kind in kinds.items() if kind in (str, str | None)}
    assert texts == {"team", "dataScientistRoleArn", "serviceAccount", "expires"}
    rest = {name for name, kind in kinds.items() if kind not in (bool, str, str | None)}
    assert rest == {
        "quota",
        "access",
        "datasets",
        "storage",
        "scientists",
        "fence",
        "imagePullSecrets",
        "serviceAccounts",
        "suspension",
    }
