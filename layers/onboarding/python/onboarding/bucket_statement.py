"""A statement of ours in a bucket's policy, as a resource that is changed under the bucket's lock."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from onboarding import dataset_access, names
from onboarding.bucket_faults import LIMIT, policy_command, refused_principals, short_of_room, size
from onboarding.bucket_lock import BucketLock
from onboarding.bucket_policy import BucketPolicy, ours
from onboarding.plan import Finding, Planned
from onboarding.policy import Document
from onboarding.resource import Context, Resource, S, State


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

    @abstractmethod
    def written(self, context: Context, now: Document | None, after: S | None) -> Document | None:
        """What the policy, which has `now`, will have of it once this resource is as it should be."""

    def policy(self, context: Context) -> BucketPolicy:
        """The policy that it is in."""
        prefix = names.sid_prefix(context.settings.stack, context.settings.account)
        return BucketPolicy(context.accounts.client("s3", self.account), self.account, self.bucket, prefix)

    def document(self, context: Context) -> Document:
        """That policy as it was when first read; a change, which is made under the lock, reads it anew."""
        return context.readings.once(("bucket policy", self.account, self.bucket), self.policy(context).document)

    def statement(self, context: Context) -> Document | None:
        """The statement in canonical form, or None."""
        return ours(self.document(context), self.sid)

    def _lock(self, context: Context) -> BucketLock:
        dynamodb = context.accounts.client("dynamodb")
        return BucketLock(dynamodb, context.settings.registry_table, self.bucket, holder=context.team)


def forecast(planned: list[Planned], context: Context) -> Iterator[Finding]:
    """Whether S3 will take the policies that these changes leave: problems of those that are to be written, and
    warnings of the others, which the team must write some day.

    Raises botocore's ClientError where a policy cannot be read.
    """
    statements: dict[tuple[str, str], list[tuple[BucketStatement[Any], State | None]]] = {}
    for resource, _, after in planned:
        if isinstance(resource, BucketStatement):
            statements.setdefault((resource.account, resource.bucket), []).append((resource, after))
    for (account, bucket), group in statements.items():
        policy, found = group[0][0].policy(context), group[0][0].document(context)
        wanted, changed = found, []
        for resource, after in group:
            now = wanted
            wanted = policy.changed(now, resource.sid, resource.written(context, ours(now, resource.sid), after))
            changed += [resource.address] if wanted != now else []
        why = refused_principals(found)
        if why:
            loose = not changed
            address = f"{account} bucket {bucket}" if loose else changed[0]
            yield Finding(
                id="S3-POLICY-PRINCIPAL",
                resource=address,
                reason=why,
                mend=policy_command(bucket),
                warning=loose,
                looming=loose,
            )
        # A folder's statement comes beside the one by which the bucket lets access points in.
        beside = dataset_access.delegation(bucket, account, context.settings)
        full = wanted if all(after is None for _, after in group) else policy.changed(wanted, beside["Sid"], beside)
        if changed and size(full) > max(LIMIT, size(found)):
            yield Finding(
                id="S3-POLICY-ROOM", resource=changed[0], reason=short_of_room(found, full), mend=policy_command(bucket)
            )
