"""The registry's item of a bucket: which teams need our statement in its policy, and who is changing it now."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import code
from onboarding.errors import Busy

# Longer than a function may run, so that no lock is taken from a holder that is alive.
LEASE_SECONDS: Final = 120


@dataclass
class BucketLock:
    """A lock by lease, and a set of teams under it."""

    dynamodb: Any
    table: str
    bucket: str
    holder: str
    """The team: it has one execution at a time, so what it left locked when a function died it may take again."""

    def __enter__(self) -> "BucketLock":
        """Takes the lock.

        Raises Busy where somebody else has it.
        """
        now = int(time.time())
        try:
            self._update(
                "SET holder = :me, expires = :until",
                "attribute_not_exists(holder) OR holder = :me OR expires < :now",
                {":me": {"S": self.holder}, ":until": {"N": str(now + LEASE_SECONDS)}, ":now": {"N": str(now)}},
            )
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                raise Busy(f"another team's change of bucket {self.bucket} is under way") from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives it back; where that fails the lease does."""
        self._update("REMOVE holder, expires", "holder = :me", {":me": {"S": self.holder}})
        if not self.teams():
            self._delete_unused()

    def teams(self) -> frozenset[str]:
        """The teams that need the statement."""
        item = self.dynamodb.get_item(TableName=self.table, Key=self._key, ConsistentRead=True).get("Item", {})
        return frozenset(item.get("teams", {}).get("SS", []))

    def add(self, team: str) -> None:
        """Counts a team in."""
        self._update("ADD teams :team", "holder = :me", {":team": {"SS": [team]}, ":me": {"S": self.holder}})

    def remove(self, team: str) -> None:
        """Counts a team out."""
        self._update("DELETE teams :team", "holder = :me", {":team": {"SS": [team]}, ":me": {"S": self.holder}})

    def _delete_unused(self) -> None:
        try:
            self.dynamodb.delete_item(
                TableName=self.table,
                Key=self._key,
                ConditionExpression="attribute_not_exists(holder) AND attribute_not_exists(teams)",
            )
        except ClientError as error:
            # Somebody else came in between; the item is theirs now.
            if code(error) != "ConditionalCheckFailedException":
                raise

    @property
    def _key(self) -> dict[str, dict[str, str]]:
        return {"id": {"S": f"bucket/{self.bucket}"}}

    def _update(self, update: str, condition: str, values: dict[str, dict[str, Any]]) -> None:
        self.dynamodb.update_item(
            TableName=self.table,
            Key=self._key,
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
