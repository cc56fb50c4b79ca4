"""Profiles as they are read and filled in."""

import boto3
import pytest

from onboarding.accounts import Accounts
from onboarding.errors import InvalidRequest
from onboarding.profiles import Profile, Profiles
from tests.unit.given import REGION, SETTINGS

NAME = f"/{SETTINGS.stack}/profiles/default"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"quota": {}, "quota": {}}', f'Profile {NAME} is not JSON: it names "quota" more than once.'),
        ('{"quota": NaN}', f"Profile {NAME} is not JSON: NaN is no number."),
        ('{"quota": ', f"Profile {NAME} is not JSON: "),
        ("[]", f"Profile {NAME} is not a JSON object."),
    ],
)
def test_a_profile_that_is_no_plain_json_object_is_refused(text: str, says: str) -> None:
    boto3.client("ssm", region_name=REGION).put_parameter(Name=NAME, Value=text, Type="String")
    with pytest.raises(InvalidRequest) as refused:
        Profiles(Accounts(SETTINGS), SETTINGS).read(None)
    assert refused.value.reason.startswith(says)


@pytest.mark.parametrize(
    "name", ["gold:1", "gold:before", "../secrets", "a/b", "/gold", "-gold", "g old", "gold\n", "g\u00f6ld", "g" * 64]
)
def test_a_profile_is_named_by_a_plain_name_or_nothing_is_read(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^.*The profile's name is .*give up to 63 letters"):
        Profiles(Accounts(SETTINGS), SETTINGS).read(name)


def test_what_is_said_of_a_team_wins_and_is_not_filled_in() -> None:
    profile = Profile(NAME, {"a": "{account}", "b": "{team}", "c": "kept"})
    said = {"b": "{account} as it stands"}
    assert profile.filled(team="vision", account="444455556666", said=said) == {
        "team": "vision",
        "a": "444455556666",
        "b": "{account} as it stands",
        "c": "kept",
    }


def test_a_profile_asks_for_an_account_only_where_nothing_else_is_said() -> None:
    profile = Profile(NAME, {"a": ["x", {"y": "role of {account}"}]})
    assert profile.filled(team="vision", account=None, said={"a": 1}) == {"team": "vision", "a": 1}
    with pytest.raises(InvalidRequest, match=r"detail\.account is missing"):
        profile.filled(team="vision", account=None)
