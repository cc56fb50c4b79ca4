"""Teams of one bucket, key and DataScientistRole come, fail and go at once, while the owner edits the bucket policy."""

import json
from typing import Any

import pytest

from sandbox.aws.inventory import World, difference
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind
from sandbox.scenery import accounts
from tests.faults.runs import CREATED, DELETED, FULL, all_of
from tests.workflow.teams import LABELS, outcome, small

BUCKET = str(LABELS["bucket"])
REGISTRY = f"{accounts.STACK}-registry"
OURS = "HyperpodOnboarding111122223333AccessPoints"

# Twenty teams in all; nine of them where time is short.
STAYING = [f"stays-{n}" for n in range(2 if FULL else 1)]
LEAVING = [f"goes-{n}" for n in range(3 if FULL else 2)]
COMING = [f"comes-{n}" for n in range(11 if FULL else 4)]
DENIALS = {
    "fails-0": ("iam", "PutRolePolicy"),
    "fails-1": ("s3", "PutAccessPointPolicy"),
    "fails-2": ("eks", "AssociateAccessPolicy"),
    "fails-3": ("eks", "CreatePodIdentityAssociation"),
}
"""Team to the call that it may not make."""

FAILING = dict(list(DENIALS.items())[:: 1 if FULL else 2])


def event(team: str) -> tuple[str, dict[str, Any]]:
    return CREATED, small(team, datasets=[LABELS])


def owners_edit(cloud: Cloud, number: int) -> None:
    """The owner adds a statement, and changes the one before, beside whatever is in the policy."""
    s3 = cloud.client("s3", accounts.DATA_ACCOUNT)
    document = policy(cloud) or {"Version": "2012-10-17", "Statement": []}
    statements = [s for s in document["Statement"] if s["Sid"] != f"Owner{number - 1}"]
    for name in (number - 1, number):
        if name >= 0:
            statements.insert(0, owners_statement(name, edited=name < number))
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({**document, "Statement": statements}))


def owners_statement(number: int, *, edited: bool) -> dict[str, Any]:
    return {
        "Sid": f"Owner{number}",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{accounts.DATA_ACCOUNT}:root"},
        "Action": ["s3:GetObject", "s3:ListBucket"] if edited else "s3:GetObject",
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }


def policy(cloud: Cloud) -> dict[str, Any] | None:
    found: dict[str, Any] | None = cloud.snapshot()[accounts.DATA_ACCOUNT]["buckets"][BUCKET]["policy"]
    return found


def counted(cloud: Cloud) -> list[str]:
    """The teams that the registry counts for the bucket."""
    return sorted(cloud.registry().get(f"bucket/{BUCKET}", {}).get("teams", {}).get("SS", []))


class Owner:
    """Edits the policy each time that a team has been counted in or out, and has yet to read the policy for itself."""

    def __init__(self, cloud: Cloud) -> None:
        self.edits = 0
        self._cloud = cloud
        cloud.faults.add(Fault(self._counting, Kind.CALLBACK, "after", times=None, callback=self._edit))

    @property
    def statements(self) -> list[dict[str, Any]]:
        """What must be in the policy at the end."""
        return [owners_statement(n, edited=n < self.edits - 1) for n in reversed(range(self.edits))]

    def _counting(self, call: Call) -> bool:
        update = str(call.parameters.get("UpdateExpression", ""))
        return call.operation == "UpdateItem" and update.startswith("ADD teams")

    def _edit(self, _: Call) -> None:
        # The team at work holds the lock of the bucket, so no two edits meet.
        owners_edit(self._cloud, self.edits)
        self.edits += 1


def refuse(cloud: Cloud, team: str, service: str, operation: str) -> None:
    """A call about this team is denied for good."""

    def matches(call: Call) -> bool:
        about = team in json.dumps(dict(call.parameters), default=str)
        return (call.service, call.operation) == (service, operation) and about

    cloud.faults.add(Fault(matches, Kind.DENIED, times=None))


@pytest.fixture(scope="module")
def before(cloud: Cloud) -> World:
    """The world with nobody in it but those who stay and those who will leave."""
    for execution in all_of(cloud, *(event(team) for team in [*STAYING, *LEAVING])):
        assert outcome(execution) == "onboarded"
    return cloud.snapshot()


@pytest.fixture(scope="module")
def owner(cloud: Cloud, before: World) -> Owner:
    return Owner(cloud)


@pytest.fixture(scope="module")
def executions(cloud: Cloud, owner: Owner) -> list[Execution]:
    """All that comes, fails and goes, at once."""
    for team, (service, operation) in FAILING.items():
        refuse(cloud, team, service, operation)
    coming = [event(team) for team in [*COMING, *FAILING]]
    leaving: list[tuple[str, dict[str, Any]]] = [(DELETED, {"team": team}) for team in LEAVING]
    ended = all_of(
        cloud, *(each for pair in zip(coming, leaving, strict=False) for each in pair), *coming[len(leaving) :]
    )
    cloud.settle()
    return ended


def test_each_ends_as_it_would_alone(executions: list[Execution]) -> None:
    ends = [execution.output["outcome"] if execution.output else str(execution.error) for execution in executions]
    assert {end: ends.count(end) for end in ends} == {
        "onboarded": len(COMING),
        "offboarded": len(LEAVING),
        "AccessDenied": len(FAILING),
    }


@pytest.mark.usefixtures("executions")
def test_the_registry_counts_the_active_teams_and_no_others(cloud: Cloud) -> None:
    active = sorted([*STAYING, *COMING])
    assert counted(cloud) == active
    teams = {key: item["status"]["S"] for key, item in cloud.registry().items() if key.startswith("team/")}
    assert teams == {f"team/{team}": "active" for team in active}
    assert "holder" not in cloud.registry()[f"bucket/{BUCKET}"]


@pytest.mark.usefixtures("executions")
def test_the_policy_has_our_one_statement_and_every_edit_of_the_owner(cloud: Cloud, owner: Owner) -> None:
    statements = (policy(cloud) or {})["Statement"]
    assert owner.edits >= len(COMING)
    assert [statement["Sid"] for statement in statements if statement["Sid"] == OURS] == [OURS]
    assert [statement for statement in statements if statement["Sid"] != OURS] == owner.statements


@pytest.mark.usefixtures("executions")
def test_nothing_is_left_of_those_who_failed_or_left(cloud: Cloud, before: World) -> None:
    lines = difference(before, cloud.snapshot())
    assert [line for line in lines if line.startswith("+") and ("fails-" in line or "goes-" in line)] == []
    grants = cloud.snapshot()[accounts.DATA_ACCOUNT]["keys"][LABELS["kmsKeyArn"].rsplit("/", 1)[1]]["grants"]
    names = sorted(f"hyperpod-data-access-{team}" for team in [*STAYING, *COMING])
    assert sorted(grant["name"] for grant in grants) == names


@pytest.mark.usefixtures("executions")
def test_the_last_one_out_takes_our_statement_along_and_leaves_the_owners(cloud: Cloud, owner: Owner) -> None:
    ended = all_of(cloud, *((DELETED, {"team": team}) for team in [*STAYING, *COMING]))
    assert {outcome(execution) for execution in ended} == {"offboarded"}
    assert (policy(cloud) or {})["Statement"] == owner.statements
    assert [key for key in cloud.registry() if not key.startswith("cluster")] == []
