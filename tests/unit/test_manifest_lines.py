"""The lines of a manifest, each by itself."""

import json
from typing import Any

import pytest

from manifest.lines import Line, lines
from onboarding.errors import InvalidRequest
from onboarding.profiles import Profile
from tests.events import FOLDER
from tests.unit.test_request import detail


def read(text: str, key: str = "manifests/day.jsonl") -> list[Line]:
    return lines(text, key, profile)


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
