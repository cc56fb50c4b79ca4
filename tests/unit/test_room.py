"""How much room a DataScientistRole has: as much as IAM counts, found with as few reads as can be."""

import json
from typing import Any

from iam_roles.policies import assume_cluster_access
from iam_roles.room import INLINE_POLICY_LIMIT, missing_room, size
from onboarding import policy
from tests.unit.given import SETTINGS


class Role:
    """Stands for IAM's client, with a role of these inline policies."""

    def __init__(self, **policies: dict[str, Any]) -> None:
        self.policies = policies
        self.read: list[str] = []

    def get_paginator(self, _: str) -> "Role":
        return self

    def paginate(self, RoleName: str) -> list[dict[str, Any]]:
        return [{"PolicyNames": [name]} for name in self.policies]

    def get_role_policy(self, RoleName: str, PolicyName: str) -> dict[str, Any]:
        self.read.append(PolicyName)
        return {"PolicyDocument": self.policies[PolicyName]}


def ours(count: int) -> dict[str, Any]:
    """Policies of so many teams of this stack."""
    teams = [f"hyperpod-cluster-access-team-{number:02}" for number in range(count)]
    return {team: assume_cluster_access(SETTINGS.role_arn(team)) for team in teams}


def test_as_many_teams_have_room_as_their_policies_have() -> None:
    each = size(next(iter(ours(1).values())))
    room = INLINE_POLICY_LIMIT // each
    assert missing_room(Role(**ours(room - 1)), "Scientists", "team-zz", SETTINGS) is None
    said = missing_room(Role(**ours(room)), "Scientists", "team-zz", SETTINGS)
    assert said is not None
    assert f"its inline policies have {room * each:,} characters, and {each} more" in said


def test_a_team_whose_policy_is_there_needs_none() -> None:
    assert missing_room(Role(**ours(60)), "Scientists", "team-07", SETTINGS) is None


def test_only_policies_of_others_are_read() -> None:
    role = Role(**ours(9), theirs=policy.document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    assert missing_room(role, "Scientists", "team-zz", SETTINGS) is None
    assert role.read == ["theirs"]


def test_white_space_does_not_count() -> None:
    document = policy.document({"Sid": "A B", "Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    assert size(document) == len("".join(json.dumps(document).split()))
