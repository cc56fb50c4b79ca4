"""The organization as the stack sees it: its watched organizational units, and the accounts in them with their tags."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from onboarding.accounts import Accounts
from onboarding.aws_errors import code, translated
from onboarding.errors import AccountNotReady
from onboarding.settings import Settings

TEAM_TAG: Final = "hyperpod-team"
"""Tag of an account that names the team whose scientists work in it."""

PROFILE_TAG: Final = "hyperpod-profile"
"""Tag of an account that names the profile by which its team is onboarded."""

_CLOSED: Final = frozenset({"CLOSED", "PENDING_CLOSURE", "SUSPENDED"})
"""Of an account's states (Organizations API reference, Account) those from which nobody but AWS brings it back."""

_ROOT: Final = "ROOT"
_ROOT_ID: Final = "r-"
_GONE: Final = frozenset(
    {
        "AccountNotFoundException",
        "ChildNotFoundException",
        "OrganizationalUnitNotFoundException",
        "TargetNotFoundException",
    }
)


@dataclass(frozen=True)
class Account:
    """A member account."""

    id: str
    active: bool
    team: str | None
    profile: str | None


class Organization:
    """Reads the organization by the role that accounts/management.yaml makes in the management account."""

    def __init__(self, accounts: Accounts, settings: Settings) -> None:
        self._accounts = accounts
        self._settings = settings

    @property
    def is_watched(self) -> bool:
        """Whether the stack was given an organization and units of it to watch."""
        return bool(self._settings.management_account and self._settings.watched_ous)

    def account(self, account: str) -> Account | None:
        """A member account, or None where it is no member, or no longer.

        Raises AccountNotReady while AWS still makes it, other errors of `onboarding.errors` where it cannot be read.
        """
        with translated(f"account {account}"):
            try:
                found = self._client.describe_account(AccountId=account)["Account"]
                return self._with_tags(found)
            except ClientError as error:
                if code(error) in _GONE:
                    return None
                raise

    def has_lost(self, account: str, *, was_member: bool) -> bool:
        """Whether the account is closed, or being closed, or no member any more though it was one.

        An account that was never known as a member may be anybody's, and open. Raises as `account`.
        """
        with translated(f"account {account}"):
            try:
                return _state(self._client.describe_account(AccountId=account)["Account"]) in _CLOSED
            except ClientError as error:
                if code(error) in _GONE:
                    return was_member
                raise

    def holds(self, account: str) -> bool:
        """Whether the account is in a watched unit, or in a unit below one. Raises as `account`."""
        with translated(f"account {account}"):
            return self._is_below(account)

    def covers(self, unit: str) -> bool:
        """Whether a unit is watched, or is below one that is. Raises as `account`.

        One that is gone is taken for one: nobody can say any more.
        """
        if unit in self._settings.watched_ous:
            return True
        if unit.startswith(_ROOT_ID):
            return False
        with translated(f"organizational unit {unit}"):
            try:
                return self._is_below(unit)
            except ClientError as error:
                if code(error) in _GONE:
                    return True
                raise

    def away(self, found: Account | None) -> str | None:
        """Why an account, as it was found, is no active member in a watched unit; None where it is one. Raises as
        `account`.
        """
        if found is None or not found.active:
            return "is no active member of the organization"
        return None if self.holds(found.id) else "is in no watched organizational unit"

    def accounts(self) -> Iterator[Account]:
        """Every account in the watched units and below them. Raises as `account`, and so half-way too."""
        with translated("organization"):
            units = sorted(self._settings.watched_ous)
            while units:
                unit = units.pop()
                units += [child["Id"] for child in self._pages("list_organizational_units_for_parent", unit)]
                for found in self._pages("list_accounts_for_parent", unit):
                    # One that is still being made is for the event that tells of its end, or for the next look.
                    with suppress(AccountNotReady):
                        yield self._with_tags(found)

    def _is_below(self, child: str) -> bool:
        while True:
            (parent,) = self._client.list_parents(ChildId=child)["Parents"]
            if parent["Id"] in self._settings.watched_ous:
                return True
            if parent["Type"] == _ROOT:
                return False
            child = parent["Id"]

    def _with_tags(self, found: dict[str, Any]) -> Account:
        state = _state(found)
        if state == "PENDING_ACTIVATION":
            raise AccountNotReady("is not activated yet", f"account {found['Id']}")
        pages = self._client.get_paginator("list_tags_for_resource").paginate(ResourceId=found["Id"])
        tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
        return Account(found["Id"], state == "ACTIVE", tags.get(TEAM_TAG), tags.get(PROFILE_TAG))

    def _pages(self, operation: str, parent: str) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator(operation).paginate(ParentId=parent):
            yield from page.get("Accounts", []) + page.get("OrganizationalUnits", [])

    @property
    def _client(self) -> Any:
        return self._accounts.client("organizations", self._settings.management_account)


def _state(found: dict[str, Any]) -> str:
    # `State` took the place of `Status`, which knows no account that is still being made (Organizations API).
    return str(found.get("State") or found["Status"])
