"""Who types `hyperpod-teams`: a reader and an operator, each with the policies that docs/operating.md gives him."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from onboarding import names
from sandbox.aws.gateway.operators import credentials_for
from sandbox.cloud import Cloud
from sandbox.scenery import accounts

Policy = dict[str, Any]

READER: Final = "reader"
OPERATOR: Final = "operator"
_POLICIES: Final = {READER: 1, OPERATOR: 2}
"""How many of the page's policies each has: an operator's is beside the reader's."""

_PAGE: Final = Path(__file__).parents[2] / "docs" / "operating.md"


def policies_of(person: str) -> list[Policy]:
    """The policies that the page gives a reader or an operator. Raises ValueError where it has not as many."""
    part = _PAGE.read_text().partition("### Who may use it")[2].partition("\n## ")[0]
    found = re.findall(r"^    \{\n(?:^    .*\n)+?^    \}\n", part, re.MULTILINE)
    if len(found) < _POLICIES[person]:
        raise ValueError(f"{_PAGE.name} has {len(found)} policies, and none for the {person}")
    return [json.loads(each) for each in found[: _POLICIES[person]]]


def role_named(person: str) -> str:
    """The name of his role here: one of the report's, which begin with the stack's."""
    return f"{accounts.STACK}-{person}"


def keys_of(cloud: Cloud, person: str, policies: Iterable[Policy]) -> dict[str, str]:
    """Makes him a role with the policies and an access entry in the group of readers; boto3 arguments of a session."""
    iam, name = cloud.client("iam"), role_named(person)
    trust = {"Effect": "Allow", "Principal": {"AWS": accounts.CLUSTER_ACCOUNT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for number, policy in enumerate(policies):
        iam.put_role_policy(RoleName=name, PolicyName=str(number), PolicyDocument=json.dumps(policy))
    entry = {"clusterName": accounts.EKS_CLUSTER, "principalArn": role}
    cloud.client("eks").create_access_entry(**entry, kubernetesGroups=[names.READERS_GROUP])
    return credentials_for(role, person)
