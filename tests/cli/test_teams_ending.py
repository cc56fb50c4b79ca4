"""When a team ends, as an operator types it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.cloud import Cloud
from tests.cli.typing_teams import typed, written
from tests.workflow.teams import small


def test_a_team_is_given_a_last_day_suspended_and_resumed(cloud: Cloud, tmp_path: Path) -> None:
    files = written(tmp_path / "teams", small("ending"))
    assert typed("apply", files, "--json").status == 0
    last = (datetime.now(UTC).date() + timedelta(days=90)).isoformat()
    assert typed("extend", "ending", last).status == 0
    assert f"ending ends with {last} (UTC)." in typed("list").output
    assert typed("suspend", "ending", "--reason", "A break.").status == 0
    listed = typed("list")
    assert "suspended" in listed.output
    assert "A break." in listed.output
    (summary,) = typed("list", "--json").json
    assert (summary["state"], summary["expires"], summary["suspension"]["reason"]) == ("suspended", last, "A break.")
    # Neither its file resumes it, nor the one that is written of it.
    assert typed("apply", files, "--json").status == 0
    assert "suspension" not in typed("show", "ending", "--file").output
    assert typed("list", "--json").json[0]["state"] == "suspended"
    assert typed("resume", "ending", "--json").json["result"] == "onboarded"
    assert typed("list", "--json").json[0]["state"] == "active"


def test_what_is_no_day_and_no_team_is_said_and_nothing_is_started(cloud: Cloud) -> None:
    before = cloud.executions()
    assert "no day of the calendar" in (wrong := typed("extend", "nobody", "2027-02-29")).errors
    assert wrong.status == 2
    assert typed("suspend", "nobody").status == 2
    assert cloud.executions() == before
