"""The policies of docs/operating.md: what a reader and an operator do is let in, and no right goes unused."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from proofs.permissions.people import OPERATOR, READER, Policy, keys_of, policies_of, role_named
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery.undelivered import bury
from tests.cli.typing_teams import environment, typed, written
from tests.workflow.teams import small


def become(cloud: Cloud, patch: pytest.MonkeyPatch, person: str, policies: list[Policy]) -> str:
    """From here on what is typed is typed by a new role that has these policies; its name."""
    for variable, value in environment(cloud, keys_of(cloud, person, policies)).items():
        patch.setenv(variable, value)
    return role_named(person)


def granted(policies: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each action on each resource that the policies allow."""
    for statement in (statement for policy in policies for statement in policy["Statement"]):
        actions, resources = (
            [value] if isinstance(value, str) else value for value in (statement["Action"], statement["Resource"])
        )
        yield from ((action, resource) for action in actions for resource in resources)


def unused(cloud: Cloud, role: str, policies: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What the policies allow and the role has not done."""
    calls = [entry.call for entry in cloud.calls.entries() if role in entry.call.principal.split("/")]
    done = {(need.action, need.resource) for call in calls for need in call.needs}
    return [
        (action, pattern)
        for action, pattern in granted(policies)
        if not any(action == each and fnmatchcase(resource, pattern) for each, resource in done)
    ]


def test_the_reader_lists_shows_welcomes_and_watches_and_starts_nothing(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = written(tmp_path / "teams", small("read"))
    assert typed("apply", files, "--json").status == 0
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    (failed,) = typed("apply", written(tmp_path / "failing", small("unread")), "--json").json
    policies = policies_of(READER)
    reader = become(cloud, monkeypatch, READER, policies)
    assert "unknown" not in typed("list").output, "what teams use is part of what a reader sees"
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
    bury(cloud, small("late"))
    policies = policies_of(OPERATOR)
    operator = become(cloud, monkeypatch, OPERATOR, policies)
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
        (["suspend", "kept"], 0),
        (["resume", "kept"], 0),
        (["extend", "kept", "2999-12-31"], 0),
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
