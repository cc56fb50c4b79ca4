"""A team's compute quota, and the namespace that task governance makes for it.

Both belong together: the quota makes the namespace, and whether deleting the quota deletes it is not documented. So the
namespace gets our labels before the quota goes, and follows it where it stays behind.

A quota that somebody made in the console for this team is adopted: used as it is, never changed and never deleted.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from onboarding import names, ownership
from onboarding.aws_errors import is_missing
from onboarding.cluster import Object, cluster_of
from onboarding.errors import Conflict
from onboarding.resource import Context, Resource, State, StillSettling

_IN_PROGRESS: Final = frozenset({"Creating", "Updating", "Deleting"})
_WELL: Final = frozenset({"Created", "Updated"})
_GONE: Final = "Deleted"
_PAGE: Final = 100
"""The most that ListComputeQuotas gives at once (SageMaker API reference)."""
_NEVER_MADE: Final = ("CreateFailed", "CreateRollbackFailed")


class ComputeQuotaState(State):
    """The quota as SageMaker's own request shapes, and whose it is."""

    config: dict[str, Any] | None
    """ComputeQuotaConfig; None where only the namespace is left."""
    weight: int | None
    adopted: bool = False


@dataclass(frozen=True)
class ComputeQuota(Resource[ComputeQuotaState]):
    """The quota of a team on a cluster."""

    kind: ClassVar[str] = "compute-quota"
    state: ClassVar[type[State]] = ComputeQuotaState
    asynchronous: ClassVar[bool] = True

    cluster_arn: str
    team: str

    @property
    def address(self) -> str:
        """Account and quota name."""
        return f"{self.cluster_arn.split(':')[4]} compute quota {names.compute_quota(self.team)}"

    def read(self, context: Context) -> ComputeQuotaState | None:
        """The quota of the team, whoever made it.

        Raises StillSettling until the quota and its namespace are both there, or both gone; a team that leaves has had
        its namespace, and does not wait for one that was deleted by hand.
        """
        namespace = cluster_of(context).get(_namespace_path(self.team))
        if namespace and namespace["metadata"].get("deletionTimestamp"):
            raise StillSettling(f"namespace {names.namespace(self.team)} is being deleted")
        quota = self._find(context, whoever=True)
        if quota is None:
            return self._namespace_alone(context, namespace)
        status = quota["Status"]
        if status in _IN_PROGRESS:
            raise StillSettling(f"is {status}")
        if status in _WELL and namespace is None and not context.leaving:
            raise StillSettling(f"has not made namespace {names.namespace(self.team)} yet")
        return ComputeQuotaState(
            config=_without_defaults(quota.get("ComputeQuotaConfig", {})),
            weight=quota["ComputeQuotaTarget"].get("FairShareWeight", 0),
            adopted=not self._is_ours(context, quota),
            failure=None if status in _WELL else _failure(quota),
        )

    def planned(self, current: ComputeQuotaState | None, desired: ComputeQuotaState | None) -> ComputeQuotaState | None:
        """An adopted quota stays as it is, also when the team leaves."""
        return current if current is not None and current.adopted else desired

    def create(self, context: Context, desired: ComputeQuotaState) -> None:
        """Asked for; made later."""
        self._sagemaker(context).create_compute_quota(
            Name=names.compute_quota(self.team),
            ClusterArn=self.cluster_arn,
            ComputeQuotaConfig=desired.config,
            ComputeQuotaTarget={"TeamName": self.team, "FairShareWeight": desired.weight},
            ActivationState="Enabled",
            Tags=ownership.tag_list(context.team, context.settings.stack),
        )

    def update(self, context: Context, current: ComputeQuotaState, desired: ComputeQuotaState) -> None:
        """A quota that was never made is deleted first, and made anew when that is done."""
        quota = self._find(context, whoever=False)
        if quota is None:
            self.create(context, desired)
        elif quota["Status"] in _NEVER_MADE:
            self._sagemaker(context).delete_compute_quota(ComputeQuotaId=quota["ComputeQuotaId"])
        else:
            self._sagemaker(context).update_compute_quota(
                ComputeQuotaId=quota["ComputeQuotaId"],
                TargetVersion=quota["ComputeQuotaVersion"],
                ComputeQuotaConfig=desired.config,
                ComputeQuotaTarget={"TeamName": self.team, "FairShareWeight": desired.weight},
            )

    def delete(self, context: Context, current: ComputeQuotaState) -> None:
        """The quota, and when it is gone the namespace, where that is ours and has stayed."""
        quota = self._find(context, whoever=False)
        cluster = cluster_of(context)
        if quota is None:
            cluster.delete(_namespace_path(self.team))
            return
        if cluster.get(_namespace_path(self.team)) is not None:
            marks = ownership.marks(self.team, context.settings.stack)
            cluster.patch(_namespace_path(self.team), {"metadata": {"labels": marks}})
        self._sagemaker(context).delete_compute_quota(ComputeQuotaId=quota["ComputeQuotaId"])

    def _find(self, context: Context, *, whoever: bool) -> dict[str, Any] | None:
        # Ours has our name. Another's can only be found among all, a page for each hundred teams of the cluster.
        sagemaker = self._sagemaker(context)
        searches: list[dict[str, str]] = [{"NameContains": names.compute_quota(self.team)}]
        for search in [*searches, {}] if whoever else searches:
            pages = sagemaker.get_paginator("list_compute_quotas").paginate(
                ClusterArn=self.cluster_arn, **search, PaginationConfig={"PageSize": _PAGE}
            )
            for summary in (summary for page in pages for summary in page["ComputeQuotaSummaries"]):
                if summary["ComputeQuotaTarget"]["TeamName"] == self.team and summary["Status"] != _GONE:
                    quota = self._describe(sagemaker, summary["ComputeQuotaId"])
                    if quota is not None:
                        return quota
        return None

    def _describe(self, sagemaker: Any, quota_id: str) -> dict[str, Any] | None:
        # Lists lag: what one still shows may be gone by now.
        try:
            quota: dict[str, Any] = sagemaker.describe_compute_quota(ComputeQuotaId=quota_id)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return None if quota["Status"] == _GONE else quota

    def _namespace_alone(self, context: Context, namespace: Object | None) -> ComputeQuotaState | None:
        if namespace is None:
            return None
        if not ownership.is_ours(namespace["metadata"].get("labels"), self.team, context.settings.stack):
            raise Conflict(
                f"namespace {names.namespace(self.team)} exists without a compute quota; it was left alone. "
                "Delete it, or choose another team name",
                resource=self.address,
            )
        return ComputeQuotaState(config=None, weight=None)

    def _is_ours(self, context: Context, quota: dict[str, Any]) -> bool:
        tags = self._sagemaker(context).list_tags(ResourceArn=quota["ComputeQuotaArn"])["Tags"]
        return ownership.is_ours(ownership.from_tag_list(tags), self.team, context.settings.stack)

    def _sagemaker(self, context: Context) -> Any:
        return context.accounts.client("sagemaker")


def _namespace_path(team: str) -> str:
    return f"/api/v1/namespaces/{names.namespace(team)}"


def _failure(quota: dict[str, Any]) -> str:
    attempt = f"{quota['ComputeQuotaId']} version {quota['ComputeQuotaVersion']}"
    return f"{quota['Status']} ({attempt}): {quota.get('FailureReason', 'no reason given')}"


def _without_defaults(config: dict[str, Any]) -> dict[str, Any]:
    # SageMaker answers with empty lists where nothing was asked for.
    return {
        key: _without_defaults(value) if isinstance(value, dict) else value
        for key, value in config.items()
        if value not in (None, [], {})
    }
