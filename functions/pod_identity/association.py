"""The pod identity association of a team's service account and its data access role."""

from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from onboarding import ownership
from onboarding.aws_errors import is_missing
from onboarding.resource import Context, Resource, State


class AssociationState(State):
    """The role that pods get."""

    role_arn: str


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

    def read(self, context: Context) -> AssociationState | None:
        """Found by what it is for, then described, since the list shows neither role nor tags."""
        found = self._find(context)
        if found is None:
            return None
        ownership.refuse_foreign(found.get("tags"), context.team, context.settings.stack, self.address)
        return AssociationState(role_arn=found["roleArn"])

    def create(self, context: Context, desired: AssociationState) -> None:
        """With its tags in the same call."""
        self._eks(context).create_pod_identity_association(
            clusterName=self.cluster,
            namespace=self.namespace,
            serviceAccount=self.service_account,
            roleArn=desired.role_arn,
            tags=ownership.marks(context.team, context.settings.stack),
        )

    def update(self, context: Context, current: AssociationState, desired: AssociationState) -> None:
        """The role; running pods keep the credentials they have."""
        self._eks(context).update_pod_identity_association(
            clusterName=self.cluster, associationId=self._id(context), roleArn=desired.role_arn
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
