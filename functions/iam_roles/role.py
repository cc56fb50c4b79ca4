"""An IAM role of ours in the cluster's account, with its trust and its one inline policy."""

from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from onboarding import names, ownership, policy
from onboarding.aws_errors import is_missing
from onboarding.policy import Document
from onboarding.resource import Context, Resource, State

POLICY_NAME = "access"


class RoleState(State):
    """Trust, permissions and boundary."""

    trust: Document
    permissions: Document | None
    boundary: str | None


@dataclass(frozen=True)
class Role(Resource[RoleState]):
    """A role, by name."""

    kind: ClassVar[str] = "role"
    state: ClassVar[type[State]] = RoleState

    account: str
    name: str

    @property
    def address(self) -> str:
        """Account and role name."""
        return f"{self.account} role {self.name}"

    def is_of(self, context: Context) -> bool:
        """Its cluster access role, or one of its data access roles, in the cluster's account."""
        settings, team = context.settings, context.team
        own = self.name == names.cluster_access_role(settings.prefix, team) or names.is_data_access_role(
            settings.prefix, team, self.name
        )
        return self.account == settings.account and own

    def read(self, context: Context) -> RoleState | None:
        """GetRole shows tags and boundary; the permissions take a call of their own."""
        iam = self._iam(context)
        try:
            role = iam.get_role(RoleName=self.name)["Role"]
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        tags = ownership.from_tag_list(role.get("Tags", []))
        ownership.refuse_foreign(tags, context.team, context.settings.stack, self.address)
        return RoleState(
            trust=policy.canonical(role["AssumeRolePolicyDocument"]),
            permissions=self._permissions(iam),
            boundary=role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        )

    def create(self, context: Context, desired: RoleState) -> None:
        """With its tags in the same call, so that no role of ours is ever without an owner."""
        self._iam(context).create_role(
            RoleName=self.name,
            AssumeRolePolicyDocument=policy.text(desired.trust),
            Tags=ownership.tag_list(context.team, context.settings.stack),
            PermissionsBoundary=context.settings.permissions_boundary,
        )
        self._put_permissions(context, None, desired.permissions)

    def update(self, context: Context, current: RoleState, desired: RoleState) -> None:
        """Boundary first, without which the stack's own permissions allow no more; rolling back keeps it, for the same
        reason. Then trust: whom a role lets in is narrowed before what it may do is widened.
        """
        iam, boundary = self._iam(context), context.settings.permissions_boundary
        if current.boundary != boundary:
            iam.put_role_permissions_boundary(RoleName=self.name, PermissionsBoundary=boundary)
        if current.trust != desired.trust:
            iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=policy.text(desired.trust))
        self._put_permissions(context, current.permissions, desired.permissions)

    def delete(self, context: Context, current: RoleState) -> None:
        """Its policy first: IAM does not delete a role that has one."""
        self._put_permissions(context, current.permissions, None)
        self._iam(context).delete_role(RoleName=self.name)

    def _permissions(self, iam: Any) -> Document | None:
        try:
            found = iam.get_role_policy(RoleName=self.name, PolicyName=POLICY_NAME)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return policy.canonical(found["PolicyDocument"])

    def _put_permissions(self, context: Context, current: Document | None, desired: Document | None) -> None:
        iam = self._iam(context)
        if desired is not None and desired != current:
            iam.put_role_policy(RoleName=self.name, PolicyName=POLICY_NAME, PolicyDocument=policy.text(desired))
        elif desired is None and current is not None:
            iam.delete_role_policy(RoleName=self.name, PolicyName=POLICY_NAME)

    def _iam(self, context: Context) -> Any:
        return context.accounts.client("iam", self.account)
