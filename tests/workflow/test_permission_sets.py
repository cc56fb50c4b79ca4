"""People who sign in by IAM Identity Center: who of them gets in, by what their administrator adds."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from proofs.isolation.actors import Actors
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Execution
from sandbox.scenery import accounts, identity_center
from tests.events import sample
from tests.faults.runs import offboarded
from tests.workflow.session_names import KIM, LEE, session, user_of
from tests.workflow.teams import announced, outcome, small

A, B, STRANGER = accounts.CLUSTER_ACCOUNT, accounts.SCIENTISTS_ACCOUNT, "999900001111"
SET = {"permissionSet": "Data", "accountId": B}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="module")
def actors(cloud: Cloud) -> Actors:
    return Actors(cloud)


def of(team: str, *scientists: dict[str, str], **changes: Any) -> dict[str, Any]:
    """A small team of these principals."""
    event = small(team, scientists=list(scientists), **changes)
    del event["dataScientistRoleArn"]
    return event


def asked_for(cloud: Cloud, execution: Execution) -> dict[str, Any]:
    """The statement that a team's announcement asks the administrator of its permission set to add."""
    ((_, said),) = announced(cloud, execution)
    (warning,) = [each for each in said["warnings"] if each["resource"] == f"{B} permission set Data"]
    statement: dict[str, Any] = json.loads(warning["reason"].split("once for all teams: ")[1])
    return statement


def gets_in(actors: Actors, role: str, team: str) -> bool:
    """Whether somebody who signed in to the role of a permission set gets into the team's cluster access role."""
    return session(actors, role, team, LEE) is not None


@pytest.fixture
def assigned(cloud: Cloud) -> Iterator[Any]:
    """Assigns permission sets, and takes them away afterwards."""
    made: list[tuple[str, str]] = []

    def assign(name: str, policy: dict[str, Any] | None, account: str = B, **more: Any) -> str:
        arn = identity_center.assign(cloud.client("iam", account), name, policy, **more)
        made.append((account, arn))
        return arn

    yield assign
    for account, arn in made:
        identity_center.withdraw(cloud.client("iam", account), arn)


def test_a_team_by_a_permission_set_comes_and_leaves_and_nothing_of_its_account_is_touched(
    cloud: Cloud, assigned: Any
) -> None:
    assigned("Data", None)
    before = cloud.snapshot()
    mark = len(cloud.calls.entries())
    assert outcome(cloud.onboard(of("signed", SET))) == "onboarded"
    assert cloud.registry()["team/signed"]["account"] == {"S": B}
    assert difference(before[B], cloud.snapshot()[B]) == []
    # Nobody even goes there: that account need know nothing of the stack.
    members = [each.call.resource for each in cloud.calls.entries()[mark:] if each.call.operation == "AssumeRole"]
    assert [each for each in members if f"::{B}:" in str(each)] == []
    assert outcome(offboarded(cloud, "signed")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_its_people_get_in_by_the_statement_that_the_plan_prints_and_not_without(
    cloud: Cloud, actors: Actors, assigned: Any
) -> None:
    execution = cloud.onboard(of("printed", SET))
    assert outcome(execution) == "onboarded"
    bare = assigned("Data", None)
    assert not gets_in(actors, bare, "printed")
    ready = assigned("Data", asked_for(cloud, execution), time=2)
    assert gets_in(actors, ready, "printed")


def test_once_for_all_teams_but_a_team_lets_in_its_own_people_alone(
    cloud: Cloud, actors: Actors, assigned: Any
) -> None:
    execution = cloud.onboard(of("first", SET))
    second = cloud.onboard(of("second", SET))
    third = cloud.onboard(of("third", {"permissionSet": "Other", "accountId": B}))
    assert [outcome(each) for each in (execution, second, third)] == ["onboarded"] * 3
    assert asked_for(cloud, execution) == asked_for(cloud, second)
    role = assigned("Data", asked_for(cloud, execution))
    assert [gets_in(actors, role, team) for team in ("first", "second", "third")] == [True, True, False]


def test_the_sample_of_two_roles_and_a_permission_set_lets_in_all_three(
    cloud: Cloud, actors: Actors, assigned: Any
) -> None:
    event = sample("team-of-several")["detail"]
    *roles, signed_in = event["scientists"]
    people = [*(each["roleArn"] for each in roles), assigned(signed_in["permissionSet"], EVERYTHING)]
    before = cloud.snapshot()
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert [session(actors, each, "language", LEE) is not None for each in people] == [True] * 3
    held = [cloud.snapshot()[B]["roles"][each.rsplit("/", 1)[1]]["inline"] for each in people]
    assert ["hyperpod-cluster-access-language" in each for each in held] == [True, True, False]
    assert outcome(offboarded(cloud, "language")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_its_people_still_get_in_when_its_role_has_another_suffix_or_is_in_another_region(
    cloud: Cloud, actors: Actors, assigned: Any
) -> None:
    assert outcome(cloud.onboard(of("lasting", SET))) == "onboarded"
    iam = cloud.client("iam", B)
    for number, region in enumerate(("us-west-2", "us-west-2", "eu-central-1", "us-east-1"), start=1):
        role = identity_center.assign(iam, "Data", EVERYTHING, region=region, time=number)
        assert ("/us-east-1/" in role, role.count("/")) == (False, 3 if region == "us-east-1" else 4)
        assert gets_in(actors, role, "lasting")
        identity_center.withdraw(iam, role)
    # Nothing of the stack's has changed by it.
    planned = cloud.onboard(of("lasting", SET, dryRun=True))
    assert [each for step in planned.output["plan"] for each in step["changes"] if not each.get("same")] == []


def test_by_itself_the_stack_binds_the_name_that_identity_center_gives_and_none_that_a_role_was_given(
    cloud: Cloud, actors: Actors, assigned: Any
) -> None:
    role = {"roleArn": f"arn:aws:iam::{B}:role/DataScientistRole"}
    assert outcome(cloud.onboard(of("named", role, SET))) == "onboarded"
    signed_in = assigned("Data", EVERYTHING)
    assert session(actors, signed_in, "named", LEE) is not None
    assert session(actors, signed_in, "named", LEE, KIM) is None
    # As `aws eks get-token --role-arn` calls everybody, so that all of a role's people are one user.
    found = session(actors, role["roleArn"], "named", LEE, "EKSGetTokenAuth")
    assert user_of(actors, found).endswith(":assumed-role/hyperpod-cluster-access-named/EKSGetTokenAuth")


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("Data_Science", B),
        ("Data_0123456789abcdef", B),
        ("Data_", B),
        ("Dat", B),
        ("data", B),
        ("DataX", B),
        ("AWSReservedSSO_Data", B),
        ("Data", STRANGER),
    ],
)
def test_another_permission_set_however_it_is_called_gets_nobody_in(
    cloud: Cloud, actors: Actors, assigned: Any, name: str, account: str
) -> None:
    if "team/narrow" not in cloud.registry():
        assert outcome(cloud.onboard(of("narrow", SET))) == "onboarded"
    for number, region in enumerate(("us-west-2", "us-east-1"), start=1):
        role = assigned(name, EVERYTHING, account, region=region, time=number)
        assert not gets_in(actors, role, "narrow")


def test_a_role_that_the_account_makes_of_such_a_name_gets_nobody_in(cloud: Cloud, actors: Actors) -> None:
    if "team/narrow" not in cloud.registry():
        assert outcome(cloud.onboard(of("narrow", SET))) == "onboarded"
    iam = cloud.client("iam", B)
    name = f"AWSReservedSSO_Data_{'0' * 16}"
    # AWS lets nobody make one below aws-reserved/; what is like it must not be enough.
    for path in ("/", "/aws-reserved-sso.amazonaws.com/", "/x/aws-reserved/sso.amazonaws.com/"):
        trust = {"Effect": "Allow", "Principal": {"AWS": B}, "Action": "sts:AssumeRole"}
        made = iam.create_role(
            Path=path, RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust})
        )
        iam.put_role_policy(
            RoleName=name, PolicyName="x", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": EVERYTHING})
        )
        try:
            assert not gets_in(actors, made["Role"]["Arn"], "narrow")
        finally:
            identity_center.withdraw(iam, made["Role"]["Arn"])
