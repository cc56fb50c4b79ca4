"""The policies of docs/operating.md: what a reader and an operator do is let in, and no right goes unused."""

import json
from pathlib import Path

import pytest

from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from tests.cli.dead_letters import buried
from tests.cli.policies import become, documents, unused
from tests.cli.typing_teams import typed, written
from tests.workflow.teams import small


def test_the_reader_lists_shows_welcomes_and_watches_and_starts_nothing(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = written(tmp_path / "teams", small("read"))
    assert typed("apply", files, "--json").status == 0
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    (failed,) = typed("apply", written(tmp_path / "failing", small("unread")), "--json").json
    policies = documents()[:1]
    reader = become(cloud, monkeypatch, "reader", policies)
    for words in (["list"], ["show", "read"], ["show", "read", "--file"], ["welcome", "read"]):
        assert typed(*words).status == 0, words
    assert "Go back a step" in typed("watch", failed["execution"]).output
    for words in (["plan", str(files)], ["remove", "read", "--yes"], ["sweep"], ["replay", "read"]):
        refused = typed(*words)
        assert refused.status == 1
        assert refused.errors.startswith("StartExecution was refused: "), words
    assert typed("undelivered").errors.startswith("GetQueueUrl was refused: ")
    assert unused(cloud, reader, policies) == []


def test_the_operator_does_all_that_there_is_and_no_right_is_left_over(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buried(cloud, small("late"))
    policies = documents()
    operator = become(cloud, monkeypatch, "operator", policies)
    files = written(tmp_path / "teams", small("kept"), small("left"))
    assert typed("plan", files).status == 2
    applied = typed("apply", files, "--json")
    assert applied.status == 0
    many = tmp_path / "many.jsonl"
    many.write_text(json.dumps(small("of-many")))
    for words, status in (
        (["manifest", str(many)], 0),
        (["doctor"], 0),
        (["list"], 0),
        (["show", "kept"], 0),
        (["welcome", "kept"], 0),
        (["watch", applied.json[0]["execution"]], 0),
        (["replay", "kept"], 0),
        (["remove", "left", "--yes"], 0),
        (["undelivered"], 1),
        (["undelivered", "--put-back"], 0),
        (["sweep", "--repair"], 0),
    ):
        ended = typed(*words)
        assert ended.status == status, (words, ended)
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    assert "Go back a step" in typed("apply", written(tmp_path / "failing", small("unmade"))).output
    assert unused(cloud, operator, policies) == []
