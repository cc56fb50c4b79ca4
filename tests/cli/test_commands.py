"""The console script as a person runs it: what it prints and how it ends."""

import json
from pathlib import Path

import pytest

from tests.cli.runs import ROOT, SAMPLE, called, run


def test_an_onboarding_shows_its_states_and_then_who_may_reach_what_and_that_a_pod_has_tried(folder: Path) -> None:
    neighbour = ROOT / "events" / "demo" / "neighbour.json"
    status, output = run(folder, "onboard", "--beside", str(neighbour), str(SAMPLE), "--calls")
    assert status == 0
    for text in (
        "▸ Plan step · iam_roles",
        "✓ Apply step · pod_identity",
        "Team vision is onboarded",
        "role hyperpod-data-access-vision",
        "s3://example-corp-checkpoints/vision/*",
        "✓ may list, put, get, delete at arn:aws:s3:us-west-2:777788889999:accesspoint/hyperpod-vision-",
        "✓ is refused get, list at arn:aws:s3:us-west-2:777788889999:accesspoint/hyperpod-speech-",
        "Try next:",
        "calls, ",
    ):
        assert text in output
    assert "\x1b[" not in output, "piped, it is plain text"


def test_a_team_may_be_seen_to_wait_until_another_account_approves_it(folder: Path) -> None:
    status, output = run(folder, "run", "--approval", "--", "hyperpod-teams", "apply", str(SAMPLE))
    assert status == 0
    for text in (
        "vision waits for approval (the team is onboarded for the first time): `hyperpod-teams approve vision`",
        "After 20 sandbox minutes somebody of account 333344445555 types: hyperpod-teams approve vision --bus arn:aws:",
        "✓ Wait for approval",
        "Team vision is onboarded",
    ):
        assert text in output


def test_a_team_of_several_principals_shows_each_of_them_and_what_a_permission_set_takes(folder: Path) -> None:
    status, output = called(folder, "onboard", str(ROOT / "events" / "team-of-several.json"))
    assert status == 0, output
    for who in ("DataScientistRole", "ResearchScientistRole", "AWSReservedSSO_DataScience_"):
        assert any(who in line and "become" in line for line in output.splitlines()), who
    assert "444455556666 permission set DataScience" in output
    for account in ("training", "evaluation"):
        assert f"hyperpod-data-access-language.{account}" in output


def test_a_plan_is_printed_like_a_diff_and_changes_nothing(folder: Path) -> None:
    status, output = called(folder, "onboard", str(SAMPLE), "--plan")
    assert status == 0
    assert "  + 111122223333 role hyperpod-cluster-access-vision" in output
    assert "to create, 0 to update, 0 to delete" in output


def test_a_plan_with_problems_names_them_and_ends_with_status_1(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    event = json.loads(SAMPLE.read_text())
    event["detail"]["dataScientistRoleArn"] = "arn:aws:iam::999999999999:role/Nobody"
    path = tmp_path_factory.mktemp("events") / "event.json"
    path.write_text(json.dumps(event))
    status, output = called(folder, "onboard", str(path), "--plan")
    assert status == 1
    assert "Nobody" in output or "999999999999" in output


def test_the_doctor_lists_prerequisites_and_ends_with_status_0_when_nothing_is_missing(folder: Path) -> None:
    status, output = called(folder, "doctor")
    assert status == 0
    for text in ("cluster research-eks authentication mode", "API_AND_CONFIG_MAP", "0 warnings, 0 problems."):
        assert text in output
    assert "\x1b[" not in output, "piped, it is plain text"


def test_the_doctor_names_what_is_missing_and_the_command_and_ends_with_status_1(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    event = json.loads(SAMPLE.read_text())
    event["detail"]["datasets"][0]["accountId"] = "999999999999"
    path = tmp_path_factory.mktemp("events") / "event.json"
    path.write_text(json.dumps(event))
    status, output = called(folder, "doctor", str(path))
    assert status == 1
    assert "✗ 999999999999 role hyperpod-onboarding-data: AssumeRole was refused" in output
    assert "\n    aws cloudformation deploy --template-file accounts/data.yaml" in output
    assert "✓   777788889999 bucket example-corp-labels" in output
    assert "0 warnings, 1 problems." in output


def test_a_failing_step_is_rolled_back_and_nothing_is_left(folder: Path) -> None:
    status, output = called(folder, "onboard", str(SAMPLE), "--fail", "eks_access_entry")
    assert status == 1
    assert "✗ Apply step · eks_access_entry: AccessDenied" in output
    assert "✓ Go back a step · iam_roles" in output
    assert "byte for byte as before" in output


def test_a_step_that_has_nothing_to_do_for_the_team_is_said_to_have_failed_nothing(folder: Path) -> None:
    status, output = called(folder, "onboard", str(SAMPLE), "--fail", "fsx_storage")
    assert status == 0
    assert "The step fsx_storage had nothing of the kind to do for this team, so nothing was refused." in output


@pytest.mark.parametrize(
    ("event", "says"),
    [("team-deleted", "vision offboarded"), ("account-created", "ignored: account 444455556666 has no")],
)
def test_a_whole_event_comes_in_by_the_door_that_it_names(folder: Path, event: str, says: str) -> None:
    status, output = called(folder, "onboard", str(ROOT / "events" / f"{event}.json"))
    assert status == 0
    assert says in output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("onboard", "no-such-file.json"), "no-such-file.json: No such file or directory. Name a file"),
        (("onboard", str(ROOT / "Makefile")), "not JSON"),
        (("onboard", str(SAMPLE), "--fail", "tea"), "--fail tea: there is no such step. Name one of iam_roles"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_sentence(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    status, output = run(folder, *arguments)
    assert status == 2
    assert says in output
    assert len(output.strip().splitlines()) == 1
