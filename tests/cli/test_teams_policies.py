"""The policies of docs/operating.md: what a reader and an operator do is let in, and no right goes unused."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.gateway.operators import credentials_for
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.cli.dead_letters import buried
from tests.cli.runs import ROOT
from tests.cli.typing_teams import environment, typed, written
from tests.workflow.teams import small


def documents() -> list[dict[str, Any]]:
    """The policies on the page: the reader's, and what an operator has beside it."""
    text = (ROOT / "docs" / "operating.md").read_text()
    part = text.partition("### Who may use it")[2].partition("\n## ")[0]
    found = re.findall(r"^    \{\n(?:^    .*\n)+?^    \}\n", part, re.MULTILINE)
    return [json.loads(each) for each in found]


def become(cloud: Cloud, patch: pytest.MonkeyPatch, name: str, policies: list[dict[str, Any]]) -> str:
    """From here on what is typed is typed by a new role that has these policies; its name."""
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": accounts.CLUSTER_ACCOUNT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for number, policy in enumerate(policies):
        iam.put_role_policy(RoleName=name, PolicyName=str(number), PolicyDocument=json.dumps(policy))
    for variable, value in environment(cloud, credentials_for(role, name)).items():
        patch.setenv(variable, value)
    return name


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
