"""Which roles can be no DataScientistRole."""

import pytest

from iam_roles.own_roles import is_the_stacks_own
from tests.unit.given import CLUSTER, SCIENTISTS, SETTINGS, request


@pytest.mark.parametrize(
    ("account", "name"),
    [
        (CLUSTER, "hyperpod-cluster-access-vision"),
        (CLUSTER, "hyperpod-data-access-audio"),
        (CLUSTER, "hyperpod-onboarding-iam-roles"),
        (SCIENTISTS, "hyperpod-onboarding-scientists"),
        (SCIENTISTS, SETTINGS.member_role),
    ],
)
def test_a_role_of_the_stack_or_of_a_team_is_not_the_scientists(account: str, name: str) -> None:
    for path in ("", "a/path/"):
        (role,) = request(dataScientistRoleArn=f"arn:aws:iam::{account}:role/{path}{name}").principals
        assert is_the_stacks_own(role.account, role.name, SETTINGS)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        (CLUSTER, "DataScientistRole"),
        (CLUSTER, "hyperpod-cluster"),
        (SCIENTISTS, "hyperpod-cluster-access-vision"),
        (SCIENTISTS, "hyperpod-onboardings"),
    ],
)
def test_a_role_of_a_like_name_may_be(account: str, name: str) -> None:
    assert not is_the_stacks_own(account, name, SETTINGS)
