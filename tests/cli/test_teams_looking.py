"""What is there, what runs, what is missing: as an operator types it."""

import json
from pathlib import Path

import pytest
import yaml

from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from tests.cli.typing_teams import typed, written
from tests.workflow.teams import IMAGES, SAMPLE, Detail, detail, small

SEVERAL: Detail = {
    "serviceAccounts": [
        {
            "name": "training",
            "datasets": [
                {"dataset": "example-corp-images/curated"},
                {"dataset": "example-corp-checkpoints/vision", "access": "read-write"},
            ],
            "imagePullSecrets": ["registry"],
        },
        {"name": "evaluation", "datasets": [{"dataset": "example-corp-labels"}], "imagePullSecrets": []},
    ]
}


def test_every_team_is_listed_with_account_state_quota_and_who_asked(cloud: Cloud, tmp_path: Path) -> None:
    assert typed("apply", written(tmp_path / "teams", small("listed")), "--json").status == 0
    (team,) = [each for each in typed("list", "--json").json if each["team"] == "listed"]
    assert (team["account"], team["state"], team["by"]) == ("444455556666", "active", "111122223333")
    assert team["quota"]["resources"] == [{"instanceType": "ml.p5.48xlarge", "count": 1}]
    assert "1 ml.p5.48xlarge" in typed("list").output


def test_a_team_is_shown_with_what_it_has_and_its_executions(cloud: Cloud, tmp_path: Path) -> None:
    files = written(tmp_path / "teams", small("shown"))
    assert typed("apply", files, "--json").status == 0
    cloud.faults.add(Fault(Match("iam", "GetRole"), Kind.DENIED, times=None))
    assert typed("replay", "shown", "--json").status == 1
    cloud.faults.clear()
    text = typed("show", "shown").output
    for said in ("role hyperpod-data-access-shown", "Who may reach what", "Latest executions", "AccessDenied"):
        assert said in text
    value = typed("show", "shown", "--json").json
    assert [each["status"] for each in value["executions"]] == ["FAILED", "SUCCEEDED"]
    assert value["plan"]
    nobody = typed("show", "nobody")
    assert (nobody.status, nobody.output) == (2, "")


def test_what_made_the_team_is_shown_however_much_has_come_since(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made,) = typed("apply", written(tmp_path / "teams", small("settled")), "--json").json
    typed("plan", written(tmp_path / "others", small("another")))
    monkeypatch.setattr("cli.commands.list._LOOKED_AT", 1)
    assert [each["execution"] for each in typed("show", "settled", "--json").json["executions"]] == [made["execution"]]


@pytest.mark.parametrize("as_json", [False, True])
def test_what_comes_out_of_the_registry_goes_in_again(cloud: Cloud, tmp_path: Path, as_json: bool) -> None:
    team = "circled-json" if as_json else "circled"
    wanted = detail(team, quota=small(team)["quota"], **{} if as_json else SEVERAL)
    assert typed("apply", written(tmp_path / "teams", wanted), "--json").status == 0
    out = typed("show", team, "--file", *(["--json"] if as_json else []))
    path = tmp_path / ("out.json" if as_json else "out.yaml")
    path.write_text(out.output)
    assert (out.json if as_json else yaml.safe_load(out.output))["datasets"][0]["accountId"] == "777788889999"
    (came,) = typed("apply", path, "--json").json
    assert came["result"] == "unchanged"
    assert typed("plan", path).status == 0


def test_an_execution_is_watched_by_its_arn_and_replayed_with_its_input(cloud: Cloud, tmp_path: Path) -> None:
    applied = typed("apply", written(tmp_path / "teams", small("watched")), "--json")
    (arn,) = [each["execution"] for each in applied.json]
    seen = typed("watch", arn)
    assert seen.status == 0
    assert "✓ Apply step · pod_identity" in seen.output
    again = typed("replay", arn, "--json")
    assert (again.json["team"], again.json["result"], again.json["changes"]) == ("watched", "onboarded", 0)
    assert typed("watch", "watched").status == 2, "nothing works on it"
    assert "There is no execution" in typed("watch", arn + "x").errors


def test_a_stuck_team_is_listed_as_stuck_and_its_replay_brings_it_back(cloud: Cloud, tmp_path: Path) -> None:
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    cloud.faults.add(Fault(Match("eks", "DeleteAccessEntry"), Kind.DENIED, times=None))
    assert typed("apply", written(tmp_path / "teams", small("stuck")), "--json").status == 1
    cloud.faults.clear()
    assert "stuck: left over 111122223333 cluster research-eks access entry" in typed("list").output
    replayed = typed("replay", "stuck", "--json")
    assert replayed.json["result"] == "onboarded"


def test_an_event_in_a_file_comes_in_by_the_door_that_it_names(cloud: Cloud, tmp_path: Path) -> None:
    assert typed("apply", written(tmp_path / "teams", small("evented")), "--json").status == 0
    path = tmp_path / "gone.json"
    path.write_text(json.dumps({**SAMPLE, "detail-type": "Team Deleted", "detail": {"team": "evented"}}))
    refused = typed("apply", path)
    assert refused.status == 2
    assert "`hyperpod-teams remove`" in refused.errors
    assert typed("replay", path, "--json").json["result"] == "offboarded"


def test_the_doctor_looks_for_files_or_for_all_teams_and_names_the_command_that_mends(
    cloud: Cloud, tmp_path: Path
) -> None:
    files = written(tmp_path / "teams", small("patient"))
    assert typed("doctor", files).status == 0
    assert typed("apply", files, "--json").status == 0
    everybody = typed("doctor", "--json")
    assert "patient" in [each["team"] for each in everybody.json]
    foreign = small("foreign", datasets=[{**IMAGES, "accountId": "999999999999"}])
    ill = typed("doctor", written(tmp_path / "ill", foreign))
    assert ill.status == 1
    assert "\n    aws cloudformation deploy --template-file accounts/data.yaml" in ill.output
    assert "1 problems." in ill.output


def test_ctrl_c_while_watching_says_that_the_execution_goes_on(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.executions.pause", interrupted)
    left = typed("apply", written(tmp_path / "teams", small("patience")), "--json")
    assert left.status == 130
    (arn,) = [word for word in left.errors.replace("`", " ").split() if word.startswith("arn:")]
    assert "goes on" in left.errors
    ended = cloud.wait(arn)
    assert ended.status == "SUCCEEDED", ended.cause
