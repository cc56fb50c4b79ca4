"""Our one statement in a bucket's policy, which all teams of the bucket share, and the list of those teams.

The list, and a lock on the bucket, are an item of the registry: the access points of a bucket cannot be counted
reliably while other teams come and go.
"""

from dataclasses import dataclass
from typing import ClassVar

from onboarding import names
from onboarding.bucket_statement import BucketStatement
from onboarding.errors import Conflict
from onboarding.policy import Document
from onboarding.resource import Context, State


class DelegationState(State):
    """The statement, and whether this team counts among those that need it."""

    statement: Document | None
    counted: bool = True
    locked: bool = False
    """Set where a function of this team's died in a change: that change is to be done again. Never a target."""


@dataclass(frozen=True)
class Delegation(BucketStatement[DelegationState]):
    """The statement in one bucket's policy."""

    kind: ClassVar[str] = "delegation"
    state: ClassVar[type[State]] = DelegationState

    def is_of(self, context: Context) -> bool:
        """One Sid for all teams of the stack; the bucket is C's, on C's list."""
        return self.sid == names.delegation_sid(context.settings.stack, context.settings.account)

    def read(self, context: Context) -> DelegationState | None:
        """There for this team only where the team is counted; the statement itself may be there for others."""
        teams, holder = self._lock(context).state()
        statement = self.statement(context)
        counted, locked = context.team in teams, holder == context.team
        if statement and not teams and not locked:
            # A team is counted in before the statement comes, and out after it has gone.
            raise Conflict(
                "exists, and no team of this stack needs it; it was left alone. Remove it from the bucket policy",
                resource=self.address,
            )
        return DelegationState(statement=statement, counted=counted, locked=locked) if counted or locked else None

    def create(self, context: Context, desired: DelegationState) -> None:
        """Counts the team in before the statement, so that the last one out cannot miss it."""
        with self._lock(context) as lock:
            lock.add(context.team)
            self.policy(context).put(self.sid, desired.statement, lock)

    def update(self, context: Context, current: DelegationState, desired: DelegationState) -> None:
        """The statement as it should be, or none where the team is not to be counted."""
        if desired.counted:
            self.create(context, desired)
        else:
            self.delete(context, current)

    def delete(self, context: Context, current: DelegationState) -> None:
        """Counts the team out; the last one takes the statement along."""
        with self._lock(context) as lock:
            if lock.teams() <= {context.team}:
                self.policy(context).put(self.sid, None, lock)
            lock.remove(context.team)

    def written(self, context: Context, now: Document | None, after: DelegationState | None) -> Document | None:
        """None where the last team goes; the other teams' where there are some."""
        if after is not None:
            return after.statement
        return now if self._lock(context).teams() - {context.team} else None
