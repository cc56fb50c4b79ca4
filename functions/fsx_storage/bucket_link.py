"""What a bucket's policy must say so that a file system of another account reaches a dataset in it."""

from dataclasses import dataclass
from typing import ClassVar, Final

from onboarding import names, policy
from onboarding.bucket_statement import BucketStatement
from onboarding.policy import Document
from onboarding.request import Dataset
from onboarding.resource import Context, State
from onboarding.settings import Settings

# What FSx's service-linked role itself may do to buckets, less what only exporting takes (FSx for Lustre user guide,
# "Using service-linked roles for Amazon FSx"). AWS does not say which reads it makes.
_IMPORT: Final = ["s3:Get*", "s3:List*", "s3:PutBucketNotification"]
_EXPORT: Final = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]


class BucketLinkState(State):
    """The statement."""

    statement: Document | None
    locked: bool = False
    """Set where a function of this team's died in a change: that change is to be done again. Never a target."""


@dataclass(frozen=True)
class BucketLink(BucketStatement[BucketLinkState]):
    """A statement for one team's folder alone, by bucket and Sid; the Sid, which nobody else gives, is its mark."""

    kind: ClassVar[str] = "bucket-link"
    state: ClassVar[type[State]] = BucketLinkState

    def is_of(self, context: Context) -> bool:
        """A Sid of the stack's links; which team's is in its digest, and the bucket is C's, on C's list."""
        return names.is_link_sid(context.settings.stack, context.settings.account, self.sid)

    def read(self, context: Context) -> BucketLinkState | None:
        """The statement, and whether the team holds the bucket's lock."""
        statement = self.statement(context)
        locked = self._lock(context).state()[1] == context.team
        return BucketLinkState(statement=statement, locked=locked) if statement or locked else None

    def create(self, context: Context, desired: BucketLinkState) -> None:
        """Under the lock, beside all other statements."""
        with self._lock(context) as lock:
            self.policy(context).put(self.sid, desired.statement, lock)

    def update(self, context: Context, current: BucketLinkState, desired: BucketLinkState) -> None:
        """The same."""
        self.create(context, desired)

    def delete(self, context: Context, current: BucketLinkState) -> None:
        """That statement alone."""
        with self._lock(context) as lock:
            self.policy(context).put(self.sid, None, lock)

    def written(self, context: Context, now: Document | None, after: BucketLinkState | None) -> Document | None:
        """The statement, which is this team's alone."""
        return after.statement if after else None


def link_statement(sid: str, dataset: Dataset, file_system: str, *, exports: bool, settings: Settings) -> Document:
    """Lets the file system's service-linked role, and it alone, list the bucket and read below the dataset's prefix.

    By condition, since a principal must exist and FSx makes the role only with the file system's first link.
    """
    bucket = f"arn:{settings.partition}:s3:::{dataset.bucket}"
    return policy.canonical_statement(
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{settings.partition}:iam::{settings.account}:root"},
            "Action": [*_IMPORT, *(_EXPORT if exports else [])],
            "Resource": [bucket, f"{bucket}/{dataset.prefix or ''}*"],
            "Condition": {"ArnEquals": {"aws:PrincipalArn": settings.role_arn(names.link_role(file_system))}},
        }
    )
