"""Who a team's scientists are: one role, or a list of roles and permission sets."""

from typing import Any

import pytest

from onboarding.profiles import Profile
from onboarding.registry import accounts_in
from onboarding.request import recorded
from tests.unit.given import CLUSTER, DATA, SCIENTISTS, request
from tests.unit.test_request import detail, refusal, resolved

ROLE = {"roleArn": f"arn:aws:iam::{SCIENTISTS}:role/path/Scientists"}
OTHER = {"roleArn": f"arn:aws:iam::{DATA}:role/Scientists"}
SET = {"permissionSet": "Data_Science+1", "accountId": DATA}


def listed(*scientists: Any, **changes: Any) -> dict[str, Any]:
    found = detail(scientists=list(scientists), **changes)
    del found["dataScientistRoleArn"]
    return found


def test_a_list_is_kept_in_its_order_and_its_first_account_owns_the_team() -> None:
    event = listed(SET, OTHER, ROLE)
    assert resolved(event)["scientists"] == [SET, OTHER, ROLE]
    assert "dataScientistRoleArn" not in resolved(event)
    assert resolved(resolved(event)) == resolved(event)
    team = recorded(resolved(event))
    assert (team.scientists_account, team.scientists_accounts) == (DATA, [SCIENTISTS, DATA])
    assert [each.name for each in team.principals] == ["Data_Science+1", "Scientists", "Scientists"]


def test_the_short_form_is_a_list_of_one() -> None:
    assert "scientists" not in resolved(detail())
    (one,) = request().principals
    assert (one.address, one.account) == (f"{SCIENTISTS} role DataScientistRole", SCIENTISTS)


@pytest.mark.parametrize(
    ("scientists", "says"),
    [
        ([], "detail.scientists is too short: give at least 1"),
        ([{**ROLE, "roleArn": f"{ROLE['roleArn']}{n}"} for n in range(11)], "scientists is too long: give at most 10"),
        ([ROLE, ROLE], f"detail.scientists: they name '{SCIENTISTS} role Scientists' more than once"),
        ([ROLE, {"roleArn": f"arn:aws:iam::{SCIENTISTS}:role/Scientists"}], "role Scientists' more than once"),
        ([SET, SET], f"'{DATA} permission set Data_Science+1' more than once"),
        ([{}], "detail.scientists[0]: give roleArn alone, or permissionSet with accountId"),
        ([{**ROLE, "accountId": DATA}], "give roleArn alone, or permissionSet with accountId"),
        ([{"permissionSet": "DataScience"}], "give roleArn alone, or permissionSet with accountId"),
        ([{"permissionSet": "a*", "accountId": DATA}], "the name of a permission set: up to 32 letters"),
        ([{"permissionSet": "a" * 33, "accountId": DATA}], "the name of a permission set: up to 32 letters"),
        ([{"permissionSet": "${aws:username}", "accountId": DATA}], "the name of a permission set"),
        ([{"permissionSet": "a", "accountId": 777788889999}], "accountId is 777788889999, which is no text"),
        ([{"roleArn": f"arn:aws:iam::{DATA}:user/x"}], "the ARN of an IAM role"),
        (
            [{"roleArn": f"arn:aws:iam::{DATA}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x"}],
            "AWS keeps this role",
        ),
        ([ROLE["roleArn"]], "detail.scientists[0] is"),
    ],
)
def test_a_list_that_names_nobody_or_somebody_twice_is_refused(scientists: list[Any], says: str) -> None:
    assert says in refusal(listed(*scientists))


def test_exactly_one_form_says_who_the_scientists_are() -> None:
    both, neither = detail(scientists=[ROLE]), listed(ROLE)
    del neither["scientists"]
    for event in (both, neither):
        assert "by dataScientistRoleArn or by scientists, one of them" in refusal(event)


@pytest.mark.parametrize("said", [{"scientists": [ROLE]}, {"dataScientistRoleArn": OTHER["roleArn"]}])
def test_whichever_form_an_event_uses_leaves_out_that_of_its_profile(said: dict[str, Any]) -> None:
    for template in ({"scientists": [SET]}, {"dataScientistRoleArn": "arn:aws:iam::{account}:role/Scientists"}):
        filled = Profile("/stack/profiles/default", template).filled(team="vision", account=None, said=said)
        assert filled == {**said, "team": "vision"}


def test_the_accounts_in_which_a_team_has_something_are_those_of_all_its_roles() -> None:
    record = {
        "account": CLUSTER,
        "active": request(dataScientistRoleArn=None, scientists=[SET, ROLE]).model_dump_json(
            by_alias=True, exclude_none=True
        ),
    }
    assert accounts_in(record) == [CLUSTER, SCIENTISTS]
