"""What docs/git.md gives to a pipeline, run as the pipelines run it."""

import os
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from proofs.permissions.people import OPERATOR, policies_of
from sandbox.cloud import Cloud
from sandbox.views import command
from tests.cli.runs import PATIENCE, ROOT
from tests.cli.test_teams_policies import become

SAMPLE = ROOT / "docs" / "git"
WORKFLOWS = (".github/workflows/teams.yml", ".gitlab-ci.yml")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the files of the sample."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "repository"))


@pytest.fixture
def pipeline(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever types has the rights that docs/git.md names, and no others."""
    reader, operator = policies_of(OPERATOR)
    start = deepcopy(next(each for each in operator["Statement"] if each["Action"] == "states:StartExecution"))
    start["Resource"] = next(each for each in start["Resource"] if each.endswith("-onboard-team"))
    become(cloud, monkeypatch, "teams-apply", [reader, {"Version": "2012-10-17", "Statement": [start]}])


def script(cloud: Cloud, repository: Path, *words: str | Path) -> tuple[int, str]:
    """Runs the script; its exit status, and what the log of the pipeline has."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with command.waiting(cloud):
        ran = subprocess.run(
            [repository / "teams.sh", *words],
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
    return ran.returncode, ran.stdout


@pytest.mark.usefixtures("pipeline")
def test_teams_are_planned_applied_and_then_nothing_is_left_to_do(cloud: Cloud, repository: Path) -> None:
    teams, comment = repository / "teams", repository / "plan.md"

    status, log = script(cloud, repository, "plan", teams, comment)
    said = comment.read_text()
    assert status == 0, log
    assert said.startswith("### Merging this changes what is marked +, ~ or -\n\n    ")
    assert "\n      + 111122223333 role hyperpod-data-access-speech\n" in said
    assert "\n      + 111122223333 role hyperpod-data-access-vision\n" in said
    assert "team/vision" not in cloud.registry(), "a plan onboards nobody"

    status, log = script(cloud, repository, "apply", teams)
    assert status == 0, log
    assert log.endswith("2 onboarded.\n")
    assert cloud.registry()["team/vision"]["status"]["S"] == "active"

    status, log = script(cloud, repository, "plan", teams, comment)
    said = comment.read_text()
    assert status == 0, log
    assert said.startswith("### Nothing to do\n\n")
    assert "  = 111122223333 role hyperpod-data-access-speech" in log
    assert "  = " not in said, "what stays as it is is no reviewer's concern"

    (teams / "speech.yaml").unlink()
    status, log = script(cloud, repository, "plan", "--prune", teams, comment)
    assert status == 0, log
    assert "\n      - 111122223333 role hyperpod-data-access-speech\n" in comment.read_text()
    assert cloud.registry()["team/speech"]["status"]["S"] == "active", "a plan offboards nobody"
    status, log = script(cloud, repository, "apply", teams)
    assert (status, "speech" in log) == (0, False), "without --prune a team without a file stays"
    status, log = script(cloud, repository, "apply", "--prune", teams)
    assert status == 0, log
    assert "✓ speech offboarded" in log


@pytest.mark.parametrize("asked", [(), ("--prune",)])
def test_a_broken_file_fails_the_plan_with_its_sentence_as_code_in_the_comment(
    cloud: Cloud, repository: Path, asked: tuple[str, ...]
) -> None:
    (repository / "teams" / "vision.yaml").write_text("team: '```@everyone'\nquota: {resources: []}\n")
    status, log = script(cloud, repository, "plan", *asked, repository / "teams", repository / "plan.md")
    said = (repository / "plan.md").read_text().splitlines()
    assert status == 1
    assert said[:2] == ["### This cannot be carried out", ""]
    assert "give lower-case letters, digits and hyphens" in "".join(said[2:])
    assert all(line.startswith("    ") for line in said[2:])
    assert "give lower-case letters, digits and hyphens" in log


@pytest.mark.parametrize(("ended", "status"), [(0, 0), (2, 0), (1, 1), (130, 1)])
def test_a_long_plan_is_cut_to_what_a_comment_can_hold_and_the_log_has_all(
    repository: Path, ended: int, status: int
) -> None:
    said = "  + élan vital\n" * 10_000
    (repository / "said").write_text(said)
    program = repository / "bin" / "hyperpod-teams"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncat "{repository}/said"\nexit {ended}\n')
    program.chmod(0o755)
    words: list[str | Path] = [repository / "teams.sh", "plan", "teams", repository / "plan.md"]
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    ran = subprocess.run(words, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    comment = (repository / "plan.md").read_text()
    assert (ran.returncode, ran.stdout) == (status, said)
    assert len(comment.encode()) < 65_536
    assert comment.endswith("élan vital\n    (Cut off here: the log of the pipeline has the rest.)\n")


@pytest.mark.parametrize("words", [(), ("plan",), ("plan", "teams"), ("apply",), ("destroy", "teams")])
def test_what_is_typed_wrongly_starts_nothing(cloud: Cloud, repository: Path, words: tuple[str, ...]) -> None:
    executions = cloud.executions()
    status, log = script(cloud, repository, *words)
    assert (status, log.splitlines()[0].startswith("teams.sh plan [--prune] FOLDER COMMENT")) == (2, True)
    assert cloud.executions() == executions


@pytest.mark.parametrize("path", WORKFLOWS)
def test_each_workflow_plans_a_change_and_applies_it_by_the_script(path: str) -> None:
    workflow = yaml.safe_load((SAMPLE / path).read_text())
    jobs = workflow.get("jobs", workflow)
    assert _lines(jobs["plan"]).count("./teams.sh plan teams plan.md") == 1
    assert _lines(jobs["apply"]).count("./teams.sh apply teams") == 1


def test_githubs_jobs_have_no_more_rights_than_named_and_pin_what_they_use() -> None:
    workflow = yaml.safe_load((SAMPLE / WORKFLOWS[0]).read_text())
    rights = {"contents": "read", "id-token": "write"}
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["plan"]["permissions"] == {**rights, "pull-requests": "write"}
    assert workflow["jobs"]["apply"]["permissions"] == rights
    assert "head.repo.full_name == github.repository" in workflow["jobs"]["plan"]["if"]
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(len(each.partition("@")[2]) == 40 for each in used)


def test_gitlab_plans_only_what_its_own_project_has_pushed_to_the_branches_of_the_role() -> None:
    pipeline = yaml.safe_load((SAMPLE / WORKFLOWS[1]).read_text())
    (rule,) = pipeline["plan"]["rules"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_PROJECT_PATH" in rule["if"]
    assert r"$CI_MERGE_REQUEST_SOURCE_BRANCH_NAME =~ /^team\//" in rule["if"]
    assert "ref_type:branch:ref:team/*" in (ROOT / "docs" / "git.md").read_text()


def _lines(job: dict[str, Any]) -> list[str]:
    """The commands of a job, as either forge writes them."""
    return [*job.get("script", []), *(step["run"] for step in job.get("steps", []) if "run" in step)]
