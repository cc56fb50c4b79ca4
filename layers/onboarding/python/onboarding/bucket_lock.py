"""The registry's item of a bucket: which teams need our statement in its policy, and who is changing it now."""

import time
from dataclasses import dataclass, field
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
    _held: bool = field(default=False, init=False)
    _counting: bool = field(default=False, init=False)

    def __enter__(self) -> "BucketLock":
        """Takes the lock.

        Raises Busy where somebody else has it.
        """
        now = int(time.time())
        try:
            self._update(
                "SET holder = :me, expires = :until",
                "attribute_not_exists(holder) OR holder = :me OR expires < :now",
                {":until": {"N": str(now + LEASE_SECONDS)}, ":now": {"N": str(now)}},
            )
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                raise Busy(f"another team's change of bucket {self.bucket} is under way") from error
            raise
        self._held = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives it back, unless `remove` has; where that fails the holder's next change does, or the lease."""
        if self._counting:
            self._update("REMOVE holder, expires", "holder = :me", {})
        elif self._held:
            self._give_back("attribute_not_exists(teams)", "REMOVE holder, expires", {})

    def state(self) -> tuple[frozenset[str], str | None]:
        """The teams that need the statement, and who holds the lock."""
        item = self.dynamodb.get_item(TableName=self.table, Key=self._key, ConsistentRead=True).get("Item", {})
        return frozenset(item.get("teams", {}).get("SS", [])), item.get("holder", {}).get("S")

    def teams(self) -> frozenset[str]:
        """The teams that need the statement."""
        return self.state()[0]

    def is_single(self) -> bool:
        """Whether the owner's only statement stood without a list before ours came."""
        item = self.dynamodb.get_item(TableName=self.table, Key=self._key, ConsistentRead=True).get("Item", {})
        return "single" in item

    def note_single(self) -> None:
        """Remembers that."""
        self._update("SET single = :yes", "holder = :me", {":yes": {"BOOL": True}})

    def forget_single(self) -> None:
        """Forgets it, since no statement of ours is left."""
        self._update("REMOVE single", "holder = :me", {})

    def add(self, team: str) -> None:
        """Counts a team in."""
        self._update("ADD teams :team", "holder = :me", {":team": {"SS": [team]}})
        self._counting = True

    def remove(self, team: str) -> None:
        """Counts a team out and gives the lock back, in one write: a failure leaves it counted, for another try."""
        last = "attribute_not_exists(teams) OR teams = :team"
        self._give_back(last, "DELETE teams :team REMOVE holder, expires", {":team": {"SS": [team]}})
        self._held = False

    def _give_back(self, unused: str, update: str, values: dict[str, dict[str, Any]]) -> None:
        """Deletes the item where it is of no more use, and updates it otherwise."""
        try:
            self.dynamodb.delete_item(
                TableName=self.table,
                Key=self._key,
                ConditionExpression=f"holder = :me AND attribute_not_exists(single) AND ({unused})",
                ExpressionAttributeValues={":me": {"S": self.holder}, **values},
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            self._update(update, "holder = :me", values)

    @property
    def _key(self) -> dict[str, dict[str, str]]:
        return {"id": {"S": f"bucket/{self.bucket}"}}

    def _update(self, update: str, condition: str, values: dict[str, dict[str, Any]]) -> None:
        self.dynamodb.update_item(
            TableName=self.table,
            Key=self._key,
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeValues={":me": {"S": self.holder}, **values},
        )
