"""What the registry knows of teams, for functions that only read it. The state machines write it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from onboarding.accounts import Accounts
from onboarding.aws_errors import translated
from onboarding.errors import NewerRecord
from onboarding.schema import is_newer, newer_sentence
from onboarding.settings import Settings

ACCOUNT_INDEX: Final = "by-account"
_TEAM: Final = "team/"


class Registry:
    """The teams' items, with DynamoDB's type letters taken off."""

    def __init__(self, accounts: Accounts, settings: Settings) -> None:
        self._accounts = accounts
        self._table = settings.registry_table
        self._read: dict[str, dict[str, Any] | None] = {}

    def forget(self) -> None:
        """What was read before is read anew: to be called where an invocation begins."""
        self._read.clear()

    def team(self, team: str) -> dict[str, Any] | None:
        """The item of a team, or None; the same until `forget`, so that an event is judged by one record.

        Raises errors of `onboarding.errors`, NewerRecord for one of a newer version.
        """
        if team not in self._read:
            self._read[team] = self._team(team)
        return self._read[team]

    def _team(self, team: str) -> dict[str, Any] | None:
        with translated(f"registry {_TEAM}{team}"):
            found = self._client.get_item(TableName=self._table, Key={"id": {"S": _TEAM + team}}, ConsistentRead=True)
        if "Item" not in found:
            return None
        record = _plain(found["Item"])
        if is_newer(record):
            raise NewerRecord(newer_sentence(team, record), f"registry {_TEAM}{team}")
        return record

    def is_onboarded(self, team: str) -> bool:
        """Whether the team has been onboarded, whatever happens to it now. Raises as `team`."""
        return "active" in (self.team(team) or {})

    def teams_of(self, account: str) -> list[str]:
        """The onboarded teams whose scientists work in the account, in order. Raises as `team`."""
        with translated(f"registry {ACCOUNT_INDEX} {account}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=ACCOUNT_INDEX,
                KeyConditionExpression="account = :account",
                ExpressionAttributeValues={":account": {"S": account}},
            )
            return sorted(item["id"]["S"].removeprefix(_TEAM) for page in pages for item in page["Items"])

    def teams(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every team and its item, one of a newer version too: that of one team is to stop no look at the others.

        Raises errors of `onboarding.errors`, and so half-way too.
        """
        with translated("registry"):
            for page in self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True):
                for item in page["Items"]:
                    if item["id"]["S"].startswith(_TEAM):
                        yield item["id"]["S"].removeprefix(_TEAM), _plain(item)

    @property
    def _client(self) -> Any:
        return self._accounts.client("dynamodb")


def accounts_in(record: dict[str, Any]) -> list[str]:
    """The accounts in which a team has something, by its item: as it was onboarded, and as it was to be."""
    active = json.loads(record.get("active", "{}"))
    changes = [change for step in json.loads(record.get("plan", "[]")) for change in step["changes"]]
    found = {
        *(record.get("account"), *(dataset["accountId"] for dataset in active.get("datasets", []))),
        *(each["roleArn"].split(":")[4] for each in active.get("scientists", []) if "roleArn" in each),
        *(change["identity"].get("account") for change in changes),
    }
    return sorted(account for account in found if account)


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: next(iter(value.values())) for name, value in item.items()}
