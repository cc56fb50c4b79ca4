"""The stack with its options: clean policies, and roles within the boundary."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from proofs.isolation.actors import Actors, allowed
from proofs.permissions.runs import BOUNDARY
from proofs.permissions.teams import detail
from sandbox.aws.gateway.operators import why_not
from sandbox.aws.inventory import World
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts
from tests.permissions.policy_lint import Resource, findings, of_type, resources

ROLES = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role"
FUNCTION = f"{ROLES}/{accounts.STACK}-iam-roles"
NAME = "hyperpod-cluster-access-bounded"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": accounts.SCIENTISTS_ACCOUNT}, "Action": "sts:AssumeRole"}
        ],
    }
)
TAGS = [{"Key": "hyperpod-onboarding/stack", "Value": accounts.STACK}]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    parameters = {"PermissionsBoundaryArn": BOUNDARY, "PublisherAccountIds": "333344445555", "SubnetIds": "subnet-1"}
    with running(Options(parameters=parameters)) as started:
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        started.client("iam").create_policy(PolicyName="team-boundary", PolicyDocument=json.dumps(everything))
        yield started


@pytest.fixture(scope="module")
def function(cloud: Cloud) -> Any:
    """IAM, as the function that makes the teams' roles."""
    actors = Actors(cloud)
    return actors.client("iam", actors.signed_in(FUNCTION))


@pytest.fixture(scope="module")
def bounded(cloud: Cloud) -> World:
    """The world with a team that has everything."""
    execution = cloud.onboard(detail("bounded"))
    assert execution.status == "SUCCEEDED", execution.cause
    return cloud.snapshot()


def test_no_policy_of_the_stack_or_of_a_team_has_a_finding(bounded: World) -> None:
    checked = list(resources(bounded))
    assert findings(*checked) == []
    assert len(checked) > 20


def test_the_linter_finds_unknown_actions_and_resources_that_do_not_fit() -> None:
    def policy(action: str, resource: str) -> tuple[str, Resource]:
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return action, of_type("IAM::ManagedPolicy", PolicyDocument=document)

    assert "W3037" in findings(policy("iam:MakeRole", "*"))[0]
    assert "I3510" in findings(policy("eks:DeleteAccessEntry", f"{ROLES}/a"))[0]


def test_a_team_role_carries_the_boundary(bounded: World) -> None:
    roles = bounded[accounts.CLUSTER_ACCOUNT]["roles"]
    assert {roles[f"hyperpod-{kind}-access-bounded"]["boundary"] for kind in ("cluster", "data")} == {BOUNDARY}


@pytest.mark.parametrize("boundary", [{}, {"PermissionsBoundary": f"{BOUNDARY}-of-another"}], ids=["none", "another"])
def test_no_role_can_be_made_with_a_boundary_that_is(cloud: Cloud, function: Any, boundary: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="not authorized to perform: iam:CreateRole"):
        function.create_role(
            RoleName="hyperpod-data-access-loose", AssumeRolePolicyDocument=TRUST, Tags=TAGS, **boundary
        )


def test_a_boundary_cannot_be_taken_away_nor_rights_given_without_it(cloud: Cloud, function: Any) -> None:
    cloud.client("iam").create_role(RoleName=f"{NAME}-not", AssumeRolePolicyDocument=TRUST, Tags=TAGS)
    assert why_not(FUNCTION, "iam:DeleteRolePermissionsBoundary", f"{ROLES}/{NAME}-not")
    with pytest.raises(ClientError, match="not authorized to perform: iam:PutRolePolicy"):
        function.put_role_policy(RoleName=f"{NAME}-not", PolicyName="access", PolicyDocument=TRUST)


def test_a_role_of_our_name_that_is_not_tagged_as_ours_cannot_be_changed(cloud: Cloud, function: Any) -> None:
    cloud.client("iam").create_role(RoleName=f"{NAME}-foreign", AssumeRolePolicyDocument=TRUST)
    for change in (
        lambda: function.delete_role(RoleName=f"{NAME}-foreign"),
        lambda: function.update_assume_role_policy(RoleName=f"{NAME}-foreign", PolicyDocument=TRUST),
    ):
        assert not allowed(change)
