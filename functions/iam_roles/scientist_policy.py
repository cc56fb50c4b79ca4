"""The inline policy, one a team, that lets a DataScientistRole assume the team's cluster access role."""

from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from onboarding import names, policy
from onboarding.aws_errors import is_missing
from onboarding.errors import Conflict
from onboarding.policy import Document
from onboarding.resource import Context, Resource, State


class ScientistPolicyState(State):
    """The policy document."""

    document: Document


@dataclass(frozen=True)
class ScientistPolicy(Resource[ScientistPolicyState]):
    """One inline policy of a role that is not ours; the role itself is left alone."""

    kind: ClassVar[str] = "scientist-policy"
    state: ClassVar[type[State]] = ScientistPolicyState

    account: str
    role: str
    name: str
    cluster_access_role_arn: str

    @property
    def address(self) -> str:
        """Account, role and policy name."""
        return f"{self.account} role {self.role} policy {self.name}"

    def is_of(self, context: Context) -> bool:
        """It leads to the team's cluster access role; the role that has it is B's, on B's list."""
        role = names.cluster_access_role(context.settings.prefix, context.team)
        return (self.name, self.cluster_access_role_arn) == (role, context.settings.role_arn(role))

    def read(self, context: Context) -> ScientistPolicyState | None:
        """Inline policies carry no tags: ours is the one that leads to our role."""
        try:
            found = self._iam(context).get_role_policy(RoleName=self.role, PolicyName=self.name)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        document = policy.canonical(found["PolicyDocument"])
        if any(statement.get("Resource") != self.cluster_access_role_arn for statement in document["Statement"]):
            raise Conflict(
                f"exists and is about something else than {self.cluster_access_role_arn}; it was left alone. "
                "Rename it, or choose another team name",
                resource=self.address,
            )
        return ScientistPolicyState(document=document)

    def create(self, context: Context, desired: ScientistPolicyState) -> None:
        """PutRolePolicy makes and replaces alike."""
        document = policy.text(desired.document)
        self._iam(context).put_role_policy(RoleName=self.role, PolicyName=self.name, PolicyDocument=document)

    def update(self, context: Context, current: ScientistPolicyState, desired: ScientistPolicyState) -> None:
        """PutRolePolicy makes and replaces alike."""
        self.create(context, desired)

    def delete(self, context: Context, current: ScientistPolicyState) -> None:
        """Only this policy; the role keeps its others."""
        self._iam(context).delete_role_policy(RoleName=self.role, PolicyName=self.name)

    def _iam(self, context: Context) -> Any:
        return context.accounts.client("iam", self.account)
