"""The access entry of a team's cluster access role, with the access policies associated to it."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from eks_access_entry.access_policies import associated, stays
from onboarding import names, ownership
from onboarding.aws_errors import code, is_missing
from onboarding.resource import Context, Resource, State

_STANDARD: Final = "STANDARD"
_REFUSED: Final = frozenset({"InvalidParameterException", "InvalidRequestException"})


class AccessEntryState(State):
    """Groups, and each associated policy with the namespaces it is scoped to (none: the whole cluster).

    Without the policies of others that stay.
    """

    groups: list[str]
    policies: dict[str, list[str]]
    username: str | None = None
    """What Kubernetes calls the scientists where somebody has chosen it; None where EKS has, by role and session."""
    type: str = _STANDARD


@dataclass(frozen=True)
class AccessEntry(Resource[AccessEntryState]):
    """An access entry, by cluster and principal."""

    kind: ClassVar[str] = "access-entry"
    state: ClassVar[type[State]] = AccessEntryState

    cluster: str
    principal: str

    @property
    def address(self) -> str:
        """Account, cluster and principal."""
        account, name = self.principal.split(":")[4], self.principal.rsplit("/", 1)[1]
        return f"{account} cluster {self.cluster} access entry {name}"

    def is_of(self, context: Context) -> bool:
        """The cluster is the stack's, and the principal the team's cluster access role."""
        settings = context.settings
        role = names.cluster_access_role(settings.prefix, context.team)
        return (self.cluster, self.principal) == (settings.eks_cluster, settings.role_arn(role))

    def read(self, context: Context) -> AccessEntryState | None:
        """An entry can exist without its policies, so they are asked for too (aws-controllers-k8s #2917)."""
        eks = self._eks(context)
        try:
            entry = eks.describe_access_entry(clusterName=self.cluster, principalArn=self.principal)["accessEntry"]
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        ownership.refuse_foreign(entry.get("tags"), context.team, context.settings.stack, self.address)
        own = names.namespace(context.team)
        found = associated(eks, self.cluster, self.principal)
        return AccessEntryState(
            groups=sorted(entry.get("kubernetesGroups", [])),
            policies={arn: scope for arn, scope in found.items() if not stays(arn, scope, own, context.settings)},
            username=self._chosen(entry.get("username")),
            type=entry.get("type", _STANDARD),
        )

    def as_asked(self, found: AccessEntryState | None, wanted: AccessEntryState | None) -> AccessEntryState | None:
        """Without the name or type that somebody else chose, where they are wanted back: a roll-back gives neither."""
        if found is None or wanted is None:
            return found
        chosen = {
            **({"username": wanted.username} if wanted.username else {}),
            **({"type": wanted.type} if wanted.type != _STANDARD else {}),
        }
        return found.model_copy(update=chosen)

    def create(self, context: Context, desired: AccessEntryState) -> None:
        """The entry with its tags and groups, then its policies; by EKS's own name, of the type that is said, since the
        stack's own permissions allow no other."""
        self._eks(context).create_access_entry(
            clusterName=self.cluster,
            principalArn=self.principal,
            kubernetesGroups=desired.groups,
            tags=ownership.marks(context.team, context.settings.stack),
            type=_STANDARD,
        )
        self._put_policies(context, {}, desired.policies)

    def update(self, context: Context, current: AccessEntryState, desired: AccessEntryState) -> None:
        """Groups and name where they differ, and each policy that does. Made anew, without the policies of others,
        where it is of another type, which EKS never changes, or where EKS does not take its own choice of a name from
        us.
        """
        if current.type != _STANDARD:
            self._make_anew(context, current, desired)
            return
        changes: dict[str, Any] = {}
        if current.groups != desired.groups:
            changes["kubernetesGroups"] = desired.groups
        if current.username and not desired.username:
            changes["username"] = f"arn:{context.settings.partition}{self._own_username}"
        if changes:
            try:
                self._eks(context).update_access_entry(clusterName=self.cluster, principalArn=self.principal, **changes)
            except ClientError as error:
                if "username" not in changes or code(error) not in _REFUSED:
                    raise
                self._make_anew(context, current, desired)
                return
        self._put_policies(context, current.policies, desired.policies)

    def delete(self, context: Context, current: AccessEntryState) -> None:
        """Its policies go with it."""
        self._eks(context).delete_access_entry(clusterName=self.cluster, principalArn=self.principal)

    def _make_anew(self, context: Context, current: AccessEntryState, desired: AccessEntryState) -> None:
        self.delete(context, current)
        self.create(context, desired)

    def _put_policies(self, context: Context, current: dict[str, list[str]], desired: dict[str, list[str]]) -> None:
        eks = self._eks(context)
        for arn in sorted(current.keys() - desired.keys()):
            try:
                eks.disassociate_access_policy(clusterName=self.cluster, principalArn=self.principal, policyArn=arn)
            except ClientError as error:
                # Where the answer was lost the SDK asks again by itself, and hears that there is no such policy.
                if not is_missing(error):
                    raise
        for arn, namespaces in sorted(desired.items()):
            if current.get(arn) != namespaces:
                # Associating again replaces the scope (EKS API reference, AssociateAccessPolicy).
                scope = {"type": "namespace", "namespaces": namespaces} if namespaces else {"type": "cluster"}
                eks.associate_access_policy(
                    clusterName=self.cluster, principalArn=self.principal, policyArn=arn, accessScope=scope
                )

    @property
    def _own_username(self) -> str:
        # "arn:aws:sts::111122223333:assumed-role/my-role/{{SessionName}}" (EKS user guide, "Create access entries").
        account, name = self.principal.split(":")[4], self.principal.rsplit("/", 1)[1]
        return f":sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"

    def _chosen(self, username: str | None) -> str | None:
        return None if username is None or username.endswith(self._own_username) else username

    def _eks(self, context: Context) -> Any:
        return context.accounts.client("eks")
