"""`hyperpod-teams manifest`: many teams by one file."""

import json
from pathlib import Path

import pytest

from sandbox.cloud import Cloud
from tests.cli.typing_teams import typed
from tests.workflow.teams import small


def test_each_line_is_onboarded_and_a_bad_one_is_counted(cloud: Cloud, tmp_path: Path) -> None:
    file = tmp_path / "days.jsonl"
    file.write_text(json.dumps(small("first-day")))
    assert typed("manifest", file).status == 0
    assert "team/first-day" in cloud.registry()
    file.write_text(json.dumps(small("first-day")) + "\n{}")
    ended = typed("manifest", file, "--json")
    assert (ended.status, ended.json["status"], ended.json["report"]["bad"]) == (1, "SUCCEEDED", 1)


@pytest.mark.parametrize("name", ["gone.jsonl", "teams.yaml"])
def test_what_is_no_manifest_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    refused = typed("manifest", tmp_path / name)
    assert refused.status == 2
    assert refused.errors.startswith(str(tmp_path / name))
