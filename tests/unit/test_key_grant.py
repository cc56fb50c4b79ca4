"""A grant of a key that its owner has taken off the list: a team that leaves meets it as well."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from onboarding.errors import AccessDenied
from onboarding.key_grant import KeyGrant
from onboarding.resource import Context
from tests.unit.given import DATA, KEY, SETTINGS

GRANT = KeyGrant(DATA, KEY, "hyperpod-data-access-vision", SETTINGS.role_arn("hyperpod-data-access-vision"))


class Refusing:
    """Stands for Accounts, and for the KMS of one that refuses to list grants with this code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def client(self, _service: str, _account: str) -> "Refusing":
        return self

    def get_paginator(self, _: str) -> "Refusing":
        return self

    def paginate(self, **_: str) -> Iterator[Any]:
        # As botocore's: it asks when the first page is read.
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "ListGrants")
        yield


def read(code: str) -> None:
    accounts: Any = Refusing(code)
    GRANT.read(Context(team="vision", settings=SETTINGS, accounts=accounts))


def test_a_key_that_is_not_listed_is_told_with_the_command_that_lists_it() -> None:
    with pytest.raises(AccessDenied) as refused:
        read("AccessDeniedException")
    assert refused.value.resource == GRANT.address
    assert refused.value.reason.startswith(
        "ListGrants was refused with AccessDeniedException: no. It is not on the list"
    )
    assert refused.value.reason.endswith(
        "--stack-name hyperpod-onboarding-data --parameter-overrides KeyArns=...," + KEY
    )


def test_any_other_refusal_stays_what_it_is() -> None:
    with pytest.raises(ClientError):
        read("ThrottlingException")
