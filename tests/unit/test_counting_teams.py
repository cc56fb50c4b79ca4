"""What a sweep counts for the dashboard: by few values, and all of them."""

import json
from typing import Any

import pytest

from list_teams.counting import STATES, count_teams
from onboarding.metrics import MOST_TEAMS, NAMESPACE

Records = list[tuple[str, dict[str, Any]]]


@pytest.fixture(autouse=True)
def _stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "stack")


def counted(records: Records, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines, each of which is a metric."""
    count_teams(records)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def active(*rows: dict[str, Any]) -> dict[str, Any]:
    """A record of an onboarded team with these rows of a quota."""
    return {"status": "active", "active": json.dumps({"quota": {"resources": list(rows)}})}


def test_every_state_is_counted_also_one_that_no_team_is_in(capsys: pytest.CaptureFixture[str]) -> None:
    lines = counted([("one", active()), ("two", active()), ("three", {"status": "stuck"})], capsys)
    by_state = {line["State"]: line["Teams"] for line in lines if "State" in line}
    assert by_state == {"active": [2.0], "stuck": [1.0], "onboarding": [0.0], "offboarding": [0.0]}
    assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in lines} == {NAMESPACE}


@pytest.mark.parametrize("garbled", ["", "[]", '{"team": "garbled"}', '{"quota": null}'])
def test_a_record_that_cannot_be_read_grants_nothing_and_hides_no_other(
    garbled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    records = [("garbled", {"status": "active", "active": garbled}), ("vision", active({"count": 2}))]
    lines = [line for line in counted(records, capsys) if "GrantedInstances" in line]
    assert [(line["Team"], line["GrantedInstances"]) for line in lines] == [("garbled", [0.0]), ("vision", [2.0])]


def test_a_quota_is_counted_in_instances_and_in_accelerators(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ({"instanceType": "ml.p5.48xlarge", "count": 2}, {"instanceType": "ml.g6.12xlarge", "accelerators": 3})
    lines = counted([("vision", active(*rows))], capsys)
    granted = [line for line in lines if line.get("Team") == "vision"]
    assert [line.get("GrantedInstances") for line in granted] == [[2.0], None]
    assert [line.get("GrantedAccelerators") for line in granted] == [None, [3.0]]


def test_a_team_that_was_never_onboarded_is_granted_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    lines = counted([("early", {"status": "onboarding"})], capsys)
    assert [line["GrantedInstances"] for line in lines if "GrantedInstances" in line] == [[0.0]]


def test_there_are_no_more_metrics_than_is_said_however_many_teams_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = counted([(f"team-{number:04}", active()) for number in range(MOST_TEAMS + 50)], capsys)
    assert len(lines) == len(STATES) + 2 * MOST_TEAMS
    assert {line["Teams"][0] for line in lines if line.get("State") == "active"} == {MOST_TEAMS + 50.0}
