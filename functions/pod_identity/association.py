"""The pod identity association of a team's service account and its data access role."""

from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from onboarding import names, ownership
from onboarding.aws_errors import is_missing
from onboarding.resource import Context, Resource, State


class AssociationState(State):
    """The role that pods get, and what EKS does with it on the way: what else is set by hand keeps the team's pods from
    their data, or gives them another role.
    """

    role_arn: str
    session_tags: bool = True
    """Whether EKS says which cluster, namespace and service account a pod is of; the role's trust asks for it."""
    target_role_arn: str | None = None
    policy: str | None = None


@dataclass(frozen=True)
class Association(Resource[AssociationState]):
    """An association, by cluster, namespace and service account; there is one at most (eksctl #7753)."""

    kind: ClassVar[str] = "pod-identity-association"
    state: ClassVar[type[State]] = AssociationState

    account: str
    cluster: str
    namespace: str
    service_account: str

    @property
    def address(self) -> str:
        """Account, cluster, namespace and service account."""
        return f"{self.account} cluster {self.cluster} pod identity {self.namespace}/{self.service_account}"

    def is_of(self, context: Context) -> bool:
        """In the team's namespace; the service account is the team's to name."""
        settings = context.settings
        own = (settings.account, settings.eks_cluster, names.namespace(context.team))
        return (self.account, self.cluster, self.namespace) == own

    def read(self, context: Context) -> AssociationState | None:
        """Found by what it is for, then described, since the list shows neither role nor tags."""
        found = self._find(context)
        if found is None:
            return None
        ownership.refuse_foreign(found.get("tags"), context.team, context.settings.stack, self.address)
        return AssociationState(
            role_arn=found["roleArn"],
            session_tags=not found.get("disableSessionTags"),
            target_role_arn=found.get("targetRoleArn"),
            policy=found.get("policy"),
        )

    def create(self, context: Context, desired: AssociationState) -> None:
        """With its tags in the same call."""
        self._eks(context).create_pod_identity_association(
            clusterName=self.cluster,
            namespace=self.namespace,
            serviceAccount=self.service_account,
            tags=ownership.marks(context.team, context.settings.stack),
            **_fields(desired),
        )

    def update(self, context: Context, current: AssociationState, desired: AssociationState) -> None:
        """In place, so that pods keep the credentials they have; made anew where a target role or a policy must go, of
        which EKS does not say how an update takes it away.
        """
        if (current.target_role_arn and not desired.target_role_arn) or (current.policy and not desired.policy):
            self.delete(context, current)
            self.create(context, desired)
            return
        self._eks(context).update_pod_identity_association(
            clusterName=self.cluster, associationId=self._id(context), **_fields(desired)
        )

    def delete(self, context: Context, current: AssociationState) -> None:
        """By its generated id."""
        self._eks(context).delete_pod_identity_association(clusterName=self.cluster, associationId=self._id(context))

    def _find(self, context: Context) -> dict[str, Any] | None:
        eks = self._eks(context)
        listed = eks.list_pod_identity_associations(
            clusterName=self.cluster, namespace=self.namespace, serviceAccount=self.service_account
        )["associations"]
        for summary in listed:
            try:
                association: dict[str, Any] = eks.describe_pod_identity_association(
                    clusterName=self.cluster, associationId=summary["associationId"]
                )["association"]
            except ClientError as error:
                # Still listed, already gone: deletion is eventually consistent (aws-controllers-k8s #2684).
                if not is_missing(error):
                    raise
            else:
                return association
        return None

    def _id(self, context: Context) -> str:
        found = self._find(context)
        return str(found["associationId"]) if found else ""

    def _eks(self, context: Context) -> Any:
        return context.accounts.client("eks")


def _fields(state: AssociationState) -> dict[str, Any]:
    given = {
        "roleArn": state.role_arn,
        "disableSessionTags": not state.session_tags,
        "targetRoleArn": state.target_role_arn,
        "policy": state.policy,
    }
    return {name: value for name, value in given.items() if value is not None}
