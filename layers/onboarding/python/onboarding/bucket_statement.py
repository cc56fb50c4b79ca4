"""A statement of ours in a bucket's policy, as a resource that is changed under the bucket's lock."""

from dataclasses import dataclass

from onboarding import names
from onboarding.bucket_lock import BucketLock
from onboarding.bucket_policy import BucketPolicy
from onboarding.resource import Context, Resource, S


@dataclass(frozen=True)
class BucketStatement(Resource[S]):
    """What each such resource has: where the statement is, and the ways to the policy and to its lock."""

    account: str
    bucket: str
    sid: str

    @property
    def address(self) -> str:
        """Account, bucket and Sid."""
        return f"{self.account} bucket {self.bucket} statement {self.sid}"

    def _policy(self, context: Context) -> BucketPolicy:
        prefix = names.sid_prefix(context.settings.stack, context.settings.account)
        return BucketPolicy(context.accounts.client("s3", self.account), self.account, self.bucket, prefix)

    def _lock(self, context: Context) -> BucketLock:
        dynamodb = context.accounts.client("dynamodb")
        return BucketLock(dynamodb, context.settings.registry_table, self.bucket, holder=context.team)
