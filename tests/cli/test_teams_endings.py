"""How `hyperpod-teams` ends where it cannot do its work: one sentence on standard error, and a status."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.gateway.answers import error
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from tests.cli.runs import PATIENCE, SAMPLE, run
from tests.cli.typing_teams import environment, typed, written
from tests.workflow.teams import small


def test_a_stack_is_found_by_option_variable_and_file_in_this_order(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("list").status == 0
    config = tmp_path / "config"
    config.mkdir()
    (config / "hyperpod-teams.toml").write_text('stack = "by-file"\n')
    assert "There is no stack by-file in us-west-2" in typed("list").errors
    monkeypatch.setenv("HYPERPOD_TEAMS_STACK", "by-variable")
    assert "There is no stack by-variable in us-west-2" in typed("list").errors
    assert typed("list", "--stack", "hyperpod-onboarding").status == 0
    monkeypatch.delenv("HYPERPOD_TEAMS_STACK")
    (config / "hyperpod-teams.toml").write_text("stack = 4\n")
    assert typed("list").status == 2
    assert "stack is no text" in typed("list").errors


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN000000000"}, "AWS does not know the credentials at hand"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "There are no AWS credentials at hand"),
        ({"AWS_REGION": None, "AWS_DEFAULT_REGION": None}, "There is no Region at hand"),
        ({"AWS_PROFILE": "nobody"}, "(nobody) could not be found"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS does not answer"),
    ],
)
def test_without_what_leads_to_aws_the_sentence_says_what_is_missing(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: dict[str, str | None], says: str
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in changed.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    ended = typed("list")
    assert (ended.status, ended.output) == (1, "")
    assert says in ended.errors
    assert len(ended.errors.strip().splitlines()) == 1


def test_expired_credentials_are_said_to_have_expired(cloud: Cloud) -> None:
    def expired(protocol: str) -> Any:
        return error(protocol, "ExpiredToken", "The security token included in the request is expired", 403)

    cloud.faults.add(Fault(Match("cloudformation", "DescribeStacks"), Kind.ERROR, answer=expired, times=None))
    ended = typed("list")
    assert ended.status == 1
    assert ended.errors.startswith("The AWS credentials at hand have expired: sign in anew")


def test_an_execution_that_is_not_known_everywhere_yet_is_waited_for(cloud: Cloud, tmp_path: Path) -> None:
    def unknown(protocol: str) -> Any:
        return error(protocol, "ExecutionDoesNotExist", "Execution Does Not Exist", 400)

    for operation in ("DescribeExecution", "GetExecutionHistory"):
        cloud.faults.add(Fault(Match("states", operation), Kind.ERROR, answer=unknown, times=2))
    shown = typed("apply", written(tmp_path / "teams", small("late")))
    assert shown.status == 0
    assert "✓ Apply step · pod_identity" in shown.output
    assert cloud.faults.struck()


def test_what_a_stranger_has_written_moves_no_cursor(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = cloud.client("sqs").get_queue_url(QueueName="hyperpod-onboarding-undelivered-events")["QueueUrl"]
    event = {"source": "hyperpod.teams", "detail-type": "Team Created", "detail": {"team": "\x1b]0;mine\x07[red]x[/]"}}
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    monkeypatch.setenv("NO_COLOR", "1")
    seen = typed("undelivered").output
    assert "\\x1b]0;mine\\x07[red]x[/]" in seen
    assert "\x1b" not in seen
    cloud.client("sqs").purge_queue(QueueUrl=queue)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.yaml", "team: a\nteam: b\n", "it names team more than once"),
        ("a.json", '{"team": "a", "team": "b"}', "more than once"),
        ("a.yaml", "team: [", "not YAML"),
        ("a.yaml", "- a\n", "holds no team"),
        ("a.yaml", "team: A\nquota: {resources: []}\n", "give lower-case letters, digits and hyphens"),
        ("a.yaml", "team: 4\n", "team is 4, which is no text: put it in quotes."),
        ("a.yaml", "team: 2026-01-01\ndataScientistRoleArn: 1\n", "dataScientistRoleArn is 1"),
        ("a.yaml", "team: !!binary aGVsbG8=\n", "JSON has not"),
        ("a.yaml", "? [a, b]\n: c\n", "not YAML"),
        ("a.yaml", "a: &x [*x]\n", "nested too deeply"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", "\ud800", "no text"),
    ],
)
def test_a_file_that_is_no_teams_is_refused_before_aws_is_asked(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode(errors="surrogatepass"))
    for command, status in (("apply", 2), ("plan", 1)):
        ended = typed(command, path)
        assert (ended.status, ended.output) == (status, "")
        assert says in ended.errors
        assert str(path) in ended.errors
        assert len(ended.errors.strip().splitlines()) == 1


def test_two_files_of_one_team_a_dry_run_and_an_empty_folder_are_mistakes(tmp_path: Path) -> None:
    files = written(tmp_path / "teams", small("twice"))
    (files / "again.json").write_text((files / "twice.json").read_text())
    assert "team twice is in" in typed("apply", files).errors
    assert "dryRun is nothing that a team is" in typed("apply", *_one(tmp_path, small("dry", dryRun=True))).errors
    (tmp_path / "empty").mkdir()
    assert "no file there ends in" in typed("apply", tmp_path / "empty").errors


def _one(folder: Path, detail: dict[str, Any]) -> list[Path]:
    return [written(folder / detail["team"], detail)]


def test_what_is_typed_wrongly_ends_with_2_but_in_a_plan_where_2_means_changes() -> None:
    assert typed("apply").status == 2
    assert typed("list", "--tea").status == 2
    assert typed("plan").status == 1
    assert typed("plan", "--tea").status == 1
    assert typed("brew").status == 2


def test_a_pipe_that_nobody_reads_ends_in_one_sentence(cloud: Cloud) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "cli.app", "list", "--json"],
        env={**os.environ, **environment(cloud)},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    os.close(writing)
    assert ended.returncode == 141
    assert ended.stderr == "Nobody reads the output any more; what was started in AWS goes on.\n"


def test_no_colour_is_shown_where_none_is_wanted(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m" in typed("list", "--stack", "none").errors
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in typed("list", "--stack", "none").errors


def test_a_command_is_run_with_a_sandbox_at_hand_and_its_status_is_handed_on(folder: Path) -> None:
    script = "hyperpod-teams list --json && kill -TERM $$"
    status, output = run(folder, "run", "--", "sh", "-c", script)
    assert output.splitlines()[-1] == "[]"
    assert status == 128 + signal.SIGTERM
    status, output = run(folder, "run", "--", "hyperpod-teams", "plan", str(SAMPLE))
    assert status == 2
    assert "22 to create" in output
    status, output = run(folder, "run", "--", "no-such-program")
    assert (status, len(output.splitlines())) == (2, 1)


@pytest.mark.parametrize("address", ["", "8.8.8.8", "nowhere"])
def test_an_address_that_is_none_of_this_machines_is_refused_in_one_sentence(folder: Path, address: str) -> None:
    status, output = run(folder, "up", "--address", address)
    assert status == 2
    assert output.startswith(f"--address {address}: ")
    assert len(output.strip().splitlines()) == 1
