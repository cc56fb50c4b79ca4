"""The policies that pages print, and roles that have them and nothing else."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from sandbox.aws.gateway.operators import credentials_for
from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.cli.runs import ROOT
from tests.cli.typing_teams import environment


def documents(heading: str = "### Who may use it") -> list[dict[str, Any]]:
    """The policies below a heading of the page; of the usual one the reader's, and what an operator has beside it."""
    text = (ROOT / "docs" / "operating.md").read_text()
    part = re.split(r"\n##+ ", text.partition(f"\n{heading}\n")[2])[0]
    found = re.findall(r"^    \{\n(?:^    .*\n)+?^    \}\n", part, re.MULTILINE)
    return [json.loads(each) for each in found]


def become(
    cloud: Cloud,
    patch: pytest.MonkeyPatch,
    name: str,
    policies: list[dict[str, Any]],
    account: str = accounts.CLUSTER_ACCOUNT,
) -> str:
    """From here on what is typed is typed by a new role of the account that has these policies; its name."""
    iam = cloud.client("iam", account)
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
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
