"""An S3 access point of the team in a data owner's account, with its policy."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from onboarding import names, ownership, policy
from onboarding.aws_errors import is_missing
from onboarding.errors import Conflict
from onboarding.policy import Document
from onboarding.resource import Context, Resource, State

# Cannot be changed after creation; AWS turns it on for new access points, and we say so ourselves.
BLOCK_PUBLIC_ACCESS: Final = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


class AccessPointState(State):
    """Bucket, policy, and that public access is blocked."""

    bucket: str
    policy: Document | None
    public_access_blocked: bool = True


@dataclass(frozen=True)
class AccessPoint(Resource[AccessPointState]):
    """An access point, by account and name."""

    kind: ClassVar[str] = "access-point"
    state: ClassVar[type[State]] = AccessPointState

    account: str
    name: str

    @property
    def address(self) -> str:
        """Account and access point name."""
        return f"{self.account} access point {self.name}"

    def arn(self, context: Context) -> str:
        """Its ARN; access points are regional."""
        settings = context.settings
        return f"arn:{settings.partition}:s3:{settings.region}:{self.account}:accesspoint/{self.name}"

    def is_of(self, context: Context) -> bool:
        """The team's name is in its name; the account is C, whose member role decides."""
        return names.is_access_point(context.settings.prefix, context.team, self.name)

    def read(self, context: Context) -> AccessPointState | None:
        """The access point, its tags and its policy."""
        s3control = self._s3control(context)
        try:
            found = s3control.get_access_point(AccountId=self.account, Name=self.name)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        tags = s3control.list_tags_for_resource(AccountId=self.account, ResourceArn=self.arn(context)).get("Tags", [])
        ownership.refuse_foreign(ownership.from_tag_list(tags), context.team, context.settings.stack, self.address)
        return AccessPointState(
            bucket=found["Bucket"],
            policy=self._policy(s3control),
            public_access_blocked=found.get("PublicAccessBlockConfiguration") == BLOCK_PUBLIC_ACCESS,
        )

    def create(self, context: Context, desired: AccessPointState) -> None:
        """With its tags in the same call; then its policy."""
        self._s3control(context).create_access_point(
            AccountId=self.account,
            Name=self.name,
            Bucket=desired.bucket,
            PublicAccessBlockConfiguration=BLOCK_PUBLIC_ACCESS,
            Tags=ownership.tag_list(context.team, context.settings.stack),
        )
        self._put_policy(context, desired.policy)

    def update(self, context: Context, current: AccessPointState, desired: AccessPointState) -> None:
        """Only the policy can change; the name holds a digest of the bucket.

        Raises Conflict where the access point is another one under our tags.
        """
        if (current.bucket, current.public_access_blocked) != (desired.bucket, desired.public_access_blocked):
            raise Conflict(
                "is for another bucket or lets public access in, which cannot be changed. Delete it, then replay",
                resource=self.address,
            )
        self._put_policy(context, desired.policy)

    def delete(self, context: Context, current: AccessPointState) -> None:
        """Its policy goes with it."""
        self._s3control(context).delete_access_point(AccountId=self.account, Name=self.name)

    def _policy(self, s3control: Any) -> Document | None:
        try:
            return policy.canonical(s3control.get_access_point_policy(AccountId=self.account, Name=self.name)["Policy"])
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def _put_policy(self, context: Context, document: Document | None) -> None:
        s3control = self._s3control(context)
        if document is None:
            s3control.delete_access_point_policy(AccountId=self.account, Name=self.name)
        else:
            s3control.put_access_point_policy(AccountId=self.account, Name=self.name, Policy=policy.text(document))

    def _s3control(self, context: Context) -> Any:
        return context.accounts.client("s3control", self.account)
