"""The grant by which a team's data access role uses a data owner's key; the key policy is left alone."""

from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from onboarding import names
from onboarding.aws_errors import is_denied, translate
from onboarding.errors import AccessDenied
from onboarding.member_role import unlisted
from onboarding.resource import Context, Resource, State


class KeyGrantState(State):
    """What the grant allows the role as it is now."""

    operations: list[str]
    orphaned: bool = False
    """Set where a grant is left to a deleted role, whose id KMS then shows for its ARN. Never a target."""


@dataclass(frozen=True)
class KeyGrant(Resource[KeyGrantState]):
    """A grant, by key, name and grantee. It carries no tags; its name and grantee, our role, make it ours."""

    kind: ClassVar[str] = "key-grant"
    state: ClassVar[type[State]] = KeyGrantState

    account: str
    key_arn: str
    name: str
    grantee: str

    @property
    def address(self) -> str:
        """Account, key and grant name."""
        return f"{self.account} key {self.key_arn.rsplit('/', 1)[1]} grant {self.name}"

    def is_of(self, context: Context) -> bool:
        """For a data access role of the team, or in its name for a file system's own role; the key is on C's list."""
        settings, team = context.settings, context.team
        system = self.name.removeprefix(names.storage_grant(settings.prefix, team, ""))
        role, name = names.link_role(system), names.storage_grant(settings.prefix, team, system)
        shared, slash, own = self.name.partition("/")
        if shared == names.key_grant(settings.prefix, team):
            role, name = names.data_access_role(settings.prefix, team, own if slash else None), self.name
        return (self.name, self.grantee) == (name, settings.role_arn(role))

    def read(self, context: Context) -> KeyGrantState | None:
        """All grants of ours together: a lost answer may have left one more than meant."""
        grants = self._grants(context)
        if not grants:
            return None
        alive = [grant for grant in grants if not _is_orphan(grant)]
        return KeyGrantState(
            operations=sorted({operation for grant in alive for operation in grant["Operations"]}),
            orphaned=len(alive) < len(grants),
        )

    def create(self, context: Context, desired: KeyGrantState) -> None:
        """Idempotent by its name: the same grant asked for twice is one (KMS API reference, CreateGrant)."""
        self._kms(context).create_grant(
            KeyId=self.key_arn,
            Name=self.name,
            GranteePrincipal=self.grantee,
            Operations=desired.operations,
        )

    def update(self, context: Context, current: KeyGrantState, desired: KeyGrantState) -> None:
        """A grant cannot be changed: the new one comes before the old one goes, so that running jobs keep reading."""
        old = self._grants(context)
        if desired.operations:
            self.create(context, desired)
        superseded = [grant for grant in old if _is_orphan(grant) or sorted(grant["Operations"]) != desired.operations]
        self._revoke(context, superseded)

    def delete(self, context: Context, current: KeyGrantState) -> None:
        """Revokes all grants of ours."""
        self._revoke(context, self._grants(context))

    def _grants(self, context: Context) -> list[dict[str, Any]]:
        # Among all of the key: asked for by the role's ARN, KMS does not show what a role of that name had before.
        pages = self._kms(context).get_paginator("list_grants").paginate(KeyId=self.key_arn)
        try:
            grants = [grant for page in pages for grant in page["Grants"]]
        except ClientError as error:
            if not is_denied(error):
                raise
            lists, said = f"KeyArns=...,{self.key_arn}", translate(error).reason
            found = unlisted(context, self.account, self.address, said, template="data", lists=lists)
            raise AccessDenied(found.sentence, self.address) from error
        return [
            grant
            for grant in grants
            if grant.get("Name") == self.name and (grant["GranteePrincipal"] == self.grantee or _is_orphan(grant))
        ]

    def _revoke(self, context: Context, grants: list[dict[str, Any]]) -> None:
        for grant in grants:
            self._kms(context).revoke_grant(KeyId=self.key_arn, GrantId=grant["GrantId"])

    def _kms(self, context: Context) -> Any:
        return context.accounts.client("kms", self.account)


def _is_orphan(grant: dict[str, Any]) -> bool:
    return str(grant["GranteePrincipal"]).startswith("AROA")
