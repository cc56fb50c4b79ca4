"""Teams as files: planned, applied, pruned, removed, as an operator types it."""

import json
from pathlib import Path

from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from tests.cli.typing_teams import typed, written
from tests.workflow.teams import small

QUOTA = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 2}]}


def test_files_of_new_teams_are_applied_and_the_same_files_again_change_nothing(cloud: Cloud, tmp_path: Path) -> None:
    files = written(tmp_path / "teams", small("speech"), small("robotics"))
    first = typed("apply", files)
    assert first.status == 0
    assert "✓ speech onboarded, " in first.output
    assert first.output.endswith("2 onboarded.\n")
    assert cloud.registry()["team/robotics"]["status"]["S"] == "active"
    executions = cloud.executions()
    again = typed("apply", files, "--json")
    assert {each["result"] for each in again.json} == {"unchanged"}
    assert cloud.executions() == executions, "nothing was started"


def test_only_the_team_whose_file_has_changed_is_sent(cloud: Cloud, tmp_path: Path) -> None:
    files = written(tmp_path / "teams", small("sound"), small("moved"))
    assert typed("apply", files, "--json").status == 0
    written(files, small("moved", quota=QUOTA))
    assert typed("plan", files / "sound.json").status == 0
    planned = typed("plan", files, "--json")
    assert planned.status == 2
    assert [(each["team"], each["result"]) for each in planned.json] == [("moved", "changes"), ("sound", "nothing")]
    found = {each["team"]: each for each in typed("apply", files, "--json").json}
    assert found["sound"]["result"] == "unchanged"
    assert (found["moved"]["result"], found["moved"]["changes"]) == ("onboarded", 1)


def test_a_plan_is_a_diff_with_what_is_missing_first_and_ends_as_terraforms(cloud: Cloud, tmp_path: Path) -> None:
    files = written(tmp_path / "teams", small("planned"))
    changing = typed("plan", files)
    assert changing.status == 2
    assert "  + 111122223333 role hyperpod-cluster-access-planned" in changing.output
    assert changing.output.index(" met, ") < changing.output.index("iam_roles")
    role = "arn:aws:iam::999999999999:role/Nobody"
    written(files, small("planned", dataScientistRoleArn=role))
    missing = typed("plan", files)
    assert missing.status == 1
    assert "✗ 999999999999 role hyperpod-onboarding-scientists" in missing.output
    assert "aws cloudformation deploy --template-file accounts/scientists.yaml" in missing.output
    assert "team/planned" not in cloud.registry()
    assert typed("apply", files, "--plan").status == 1


def test_one_team_that_fails_keeps_no_other_from_being_applied(cloud: Cloud, tmp_path: Path) -> None:
    files = written(tmp_path / "teams", small("fine"), small("failing"))
    role = "hyperpod-cluster-access-failing"
    cloud.faults.add(
        Fault(
            lambda call: call.operation == "CreateRole" and call.parameters["RoleName"] == role, Kind.DENIED, times=None
        )
    )
    applied = typed("apply", files, "--prune", "--yes", "--json")
    assert applied.status == 1
    found = {each["team"]: each for each in applied.json}
    assert found["fine"]["result"] == "onboarded"
    assert found["failing"]["result"] == "failed"
    assert "AccessDenied" in found["failing"]["why"]
    gone = [each for each in applied.json if each["team"] not in ("fine", "failing")]
    assert {each["result"] for each in gone} <= {"kept"}, "nobody was offboarded beside a failure"


def test_a_team_without_a_file_is_offboarded_only_when_asked_and_answered(cloud: Cloud, tmp_path: Path) -> None:
    files = written(tmp_path / "teams", small("stays"), small("leaves"))
    assert typed("apply", files, "--json").status == 0
    (files / "leaves.json").unlink()
    planned = typed("apply", files, "--plan", "--prune", "--json")
    leaving = next(each for each in planned.json if each["team"] == "leaves")
    assert (leaving["file"], leaving["result"]) == (None, "changes")
    assert typed("apply", files, "--json").status == 0
    assert "team/leaves" in cloud.registry(), "--prune was not given"
    refused = typed("apply", files, "--prune", keys="n\n")
    assert refused.status == 1
    assert "Nothing was done." in refused.errors
    assert "nobody to answer" in typed("apply", files, "--prune", keys="").errors
    pruned = {each["team"]: each["result"] for each in typed("apply", files, "--prune", "--yes", "--json").json}
    assert pruned["leaves"] == "offboarded"
    assert pruned["stays"] == "unchanged"
    assert "team/leaves" not in cloud.registry()


def test_a_team_is_removed_after_a_yes_and_one_that_is_not_there_is_no_team(cloud: Cloud, tmp_path: Path) -> None:
    assert typed("apply", written(tmp_path / "teams", small("leaver")), "--json").status == 0
    planned = typed("remove", "leaver", "--plan")
    assert planned.status == 0
    assert "  - 111122223333 role hyperpod-cluster-access-leaver" in planned.output
    assert typed("remove", "leaver", keys="n\n").status == 1
    left = typed("remove", "leaver", keys="y\n")
    assert left.status == 0
    assert "✓ leaver offboarded" in left.output
    nobody = typed("remove", "leaver", "--yes")
    assert nobody.status == 2
    assert "There is no team leaver in the registry" in nobody.errors


def test_one_team_is_shown_state_by_state_and_then_with_all_that_it_has(cloud: Cloud, tmp_path: Path) -> None:
    shown = typed("apply", written(tmp_path / "teams", small("seen")) / "seen.json")
    assert shown.status == 0
    for text in ("▸ Plan step · iam_roles", "✓ Apply step · pod_identity", "Team seen is onboarded", "What exists now"):
        assert text in shown.output
    assert "444455556666 B, the data scientists' account" in shown.output
    assert shown.output.count("▸ Let it settle · quota_namespace") == 1, "it is looked at again and again"


def test_the_way_back_is_shown_as_well(cloud: Cloud, tmp_path: Path) -> None:
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    failed = typed("apply", written(tmp_path / "teams", small("fated")))
    assert failed.status == 1
    assert failed.output.index("✗ Apply step · pod_identity: AccessDenied") < failed.output.index("Go back a step")
    assert failed.output.index("✓ Go back a step · iam_roles") < failed.output.index("✓ Unwind")
    assert "FAILED after" in failed.output


def test_a_team_that_comes_out_of_an_event_is_its_detail_and_who_asks_is_the_operator(
    cloud: Cloud, tmp_path: Path
) -> None:
    event = {
        "detail-type": "Team Created",
        "source": "hyperpod.teams",
        "account": "999999999999",
        "detail": small("in"),
    }
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    assert typed("apply", path, "--json").status == 0
    assert cloud.registry()["team/in"]["asker"]["S"] == "111122223333"
