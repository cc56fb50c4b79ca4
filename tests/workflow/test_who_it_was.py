"""Who it was, in a stack that binds everybody: two people are two users, and nobody calls himself otherwise."""

from typing import Any

import pytest

from proofs.isolation.actors import Actors
from sandbox.cloud import Cloud
from sandbox.scenery import accounts, identity_center
from tests.workflow.session_names import KIM, LEE, session, user_of
from tests.workflow.teams import outcome, small

PARAMETERS = {"BoundSessionNames": "all"}

A, B = accounts.CLUSTER_ACCOUNT, accounts.SCIENTISTS_ACCOUNT
ROLE = f"arn:aws:iam::{B}:role/DataScientistRole"
USER = f"arn:aws:sts::{A}:assumed-role/hyperpod-cluster-access-known/{{}}"


@pytest.fixture(scope="module")
def actors(cloud: Cloud) -> Actors:
    event = small("known", scientists=[{"roleArn": ROLE}, {"permissionSet": "Data", "accountId": B}])
    del event["dataScientistRoleArn"]
    assert outcome(cloud.onboard(event)) == "onboarded"
    identity_center.assign(cloud.client("iam", B), "Data", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    return Actors(cloud)


@pytest.fixture(params=["a role", "a permission set"])
def role(request: pytest.FixtureRequest) -> str:
    return ROLE if request.param == "a role" else identity_center.role_arn(B, "Data")


def test_two_people_are_two_users(actors: Actors, role: str) -> None:
    users = [user_of(actors, session(actors, role, "known", each)) for each in (LEE, KIM)]
    # EKS writes a hyphen for @.
    assert users == [USER.format(name) for name in ("lee-example.com", "kim-example.com")]


@pytest.mark.parametrize("called", [KIM, "EKSGetTokenAuth", "lee", "lee@example.co", "example.com", "LEE@example.com"])
def test_nobody_calls_himself_otherwise(actors: Actors, role: str, called: str) -> None:
    assert session(actors, role, "known", LEE, called) is None


def test_what_a_session_brings_along_is_handed_on_all_the_same(actors: Actors, role: str) -> None:
    brought: Any = {"tags": {"project": "x"}, "transitive": True, "source_identity": LEE}
    assert session(actors, role, "known", LEE, **brought) is not None
    assert session(actors, role, "known", LEE, KIM, **brought) is None
