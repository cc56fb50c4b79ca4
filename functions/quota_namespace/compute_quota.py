"""A team's compute quota, and the namespace that task governance makes for it.

Both belong together: the quota makes the namespace, and whether deleting the quota deletes it is not documented. So the
namespace gets our labels before the quota goes, and follows it where it stays behind.

A quota that somebody made in the console for this team is adopted: used as it is, never changed and never deleted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from onboarding import names, ownership
from onboarding.aws_errors import is_missing
from onboarding.cluster import Object, cluster_of
from onboarding.errors import Conflict
from onboarding.findings import FindingId
from onboarding.resource import Context, Resource, State, StillSettling
from quota_namespace.adoption import refuse_ungiven
from quota_namespace.namespace import path_of, read_namespace
from quota_namespace.quota_config import agrees, as_sent

_IN_PROGRESS: Final = frozenset({"Creating", "Updating", "Deleting"})
_WELL: Final = frozenset({"Created", "Updated"})
_GONE: Final = "Deleted"
_DISABLED: Final = "Disabled"
_PAGE: Final = 100
"""The most that ListComputeQuotas gives at once (SageMaker API reference)."""
_TAKES_UPDATES: Final = _WELL | {"UpdateFailed"}
"""One that failed in any other way is deleted and made anew (awsome-distributed-ai, modules/task_governance; SageMaker
developer guide, task governance, "Troubleshoot", for UpdateRollbackFailed)."""


class ComputeQuotaState(State):
    """The quota as SageMaker's own request shapes, and whose it is."""

    config: dict[str, Any] | None
    """ComputeQuotaConfig; None where only the namespace is left."""
    weight: int | None
    description: str | None = None
    """As read, never None; None as wanted leaves it to others."""
    enabled: bool = True
    """Whether the team has its share; somebody may have disabled the quota by hand."""
    adopted: bool = False


@dataclass(frozen=True)
class ComputeQuota(Resource[ComputeQuotaState]):
    """The quota of a team on a cluster."""

    kind: ClassVar[str] = "compute-quota"
    state: ClassVar[type[State]] = ComputeQuotaState
    asynchronous: ClassVar[bool] = True
    # As long as terraform-provider-aws waits for one.
    patience: ClassVar[int] = 1800

    cluster_arn: str
    team: str
    account: str = ""
    """The account of the team's scientists, to whom the maker of a quota may have given it."""

    @property
    def address(self) -> str:
        """Account and quota name."""
        return f"{self.cluster_arn.split(':')[4]} compute quota {names.compute_quota(self.team)}"

    def is_of(self, context: Context) -> bool:
        """The cluster is the stack's; the quota's name follows from the team."""
        return (self.cluster_arn, self.team) == (context.settings.hyperpod_cluster_arn, context.team)

    def read(self, context: Context) -> ComputeQuotaState | None:
        """The quota of the team, whoever made it.

        Raises Conflict where its maker has not given it to the team's account, StillSettling until the quota and its
        namespace are both there, or both gone; a team that leaves has had its namespace, and does not wait for one that
        was deleted by hand.
        """
        namespace = read_namespace(names.namespace(self.team), context)
        if namespace and namespace["metadata"].get("deletionTimestamp"):
            raise StillSettling(f"namespace {names.namespace(self.team)} is being deleted")
        quota = self._find(context, whoever=True)
        if quota is None:
            return self._namespace_alone(context, namespace)
        status = quota["Status"]
        if status in _IN_PROGRESS:
            raise StillSettling(f"is {status}")
        enabled, adopted = quota.get("ActivationState") != _DISABLED, self._is_adopted(context, quota)
        if status in _WELL and namespace is None and not context.leaving:
            self._refuse_to_wait_for(quota, enabled=enabled, adopted=adopted)
        return ComputeQuotaState(
            config=_without_defaults(quota.get("ComputeQuotaConfig", {})),
            weight=quota["ComputeQuotaTarget"].get("FairShareWeight", 0),
            description=quota.get("Description") or "",
            enabled=enabled,
            adopted=adopted,
            failure=None if status in _WELL else _failure(quota),
        )

    def planned(self, current: ComputeQuotaState | None, desired: ComputeQuotaState | None) -> ComputeQuotaState | None:
        """An adopted quota stays as it is, also when the team leaves."""
        return current if current is not None and current.adopted else desired

    def as_asked(self, found: ComputeQuotaState | None, wanted: ComputeQuotaState | None) -> ComputeQuotaState | None:
        """SageMaker answers with more than was asked for."""
        if found is None or wanted is None or found.config is None or wanted.config is None:
            return found
        config = wanted.config if agrees(found.config, wanted.config) else found.config
        description = None if wanted.description is None else found.description
        return found.model_copy(update={"config": config, "description": description})

    def create(self, context: Context, desired: ComputeQuotaState) -> None:
        """Asked for; made later."""
        self._sagemaker(context).create_compute_quota(
            Name=names.compute_quota(self.team),
            ClusterArn=self.cluster_arn,
            ComputeQuotaConfig=as_sent(desired.config or {}),
            ComputeQuotaTarget={"TeamName": self.team, "FairShareWeight": desired.weight},
            ActivationState=_activation(desired),
            Tags=ownership.tag_list(context.team, context.settings.stack),
            **_description(desired),
        )

    def update(self, context: Context, current: ComputeQuotaState, desired: ComputeQuotaState) -> None:
        """A quota that takes no update is deleted first, and made anew when that is done."""
        quota = self._find(context, whoever=False)
        if quota is None:
            self.create(context, desired)
        elif quota["Status"] not in _TAKES_UPDATES:
            self._take_away(context, quota)
        else:
            self._sagemaker(context).update_compute_quota(
                ComputeQuotaId=quota["ComputeQuotaId"],
                TargetVersion=quota["ComputeQuotaVersion"],
                ComputeQuotaConfig=as_sent(desired.config or {}),
                ComputeQuotaTarget={"TeamName": self.team, "FairShareWeight": desired.weight},
                ActivationState=_activation(desired),
                **_description(desired),
            )

    def caution(self, context: Context, found: ComputeQuotaState) -> Iterator[tuple[FindingId, str, str]]:
        """An adopted quota that is disabled stays so; it is not ours to enable. Ours may have to be made anew."""
        if found.failure and not found.adopted and found.failure.split(" ", 1)[0] not in _TAKES_UPDATES:
            yield (
                "QUOTA-REMADE",
                f"takes no update, is deleted and made anew, and its namespace may go with it: {found.failure}",
                "",
            )
        quota = self._find(context, whoever=True) if found.adopted and not found.enabled else None
        if quota is not None:
            yield (
                "QUOTA-DISABLED",
                "is disabled, so that the team has no share of the cluster, and not this stack's",
                _enabling(quota),
            )

    def delete(self, context: Context, current: ComputeQuotaState) -> None:
        """The quota, and when it is gone the namespace, where that is ours and has stayed."""
        quota = self._find(context, whoever=False)
        if quota is None:
            cluster_of(context).delete(path_of(names.namespace(self.team)))
        else:
            self._take_away(context, quota)

    def _take_away(self, context: Context, quota: dict[str, Any]) -> None:
        cluster = cluster_of(context)
        if cluster.get(path_of(names.namespace(self.team))) is not None:
            marks = ownership.marks(self.team, context.settings.stack)
            cluster.patch(path_of(names.namespace(self.team)), {"metadata": {"labels": marks}})
        self._sagemaker(context).delete_compute_quota(ComputeQuotaId=quota["ComputeQuotaId"])

    def _refuse_to_wait_for(self, quota: dict[str, Any], *, enabled: bool, adopted: bool) -> None:
        """A quota without its namespace, which may never come where the quota is disabled.

        Raises StillSettling while it is to come, Conflict where somebody else must enable the quota.
        """
        if enabled:
            raise StillSettling(f"has not made namespace {names.namespace(self.team)} yet")
        if adopted:
            raise Conflict(
                f"{quota['Name']} is disabled, has no namespace and is not this stack's; it was left alone. "
                f"Run: {_enabling(quota)}. Then replay",
                resource=self.address,
            )

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

    def _is_adopted(self, context: Context, quota: dict[str, Any]) -> bool:
        tags = ownership.from_tag_list(self._sagemaker(context).list_tags(ResourceArn=quota["ComputeQuotaArn"])["Tags"])
        if ownership.is_ours(tags, self.team, context.settings.stack):
            return False
        refuse_ungiven(quota, tags, self.account, self.address)
        return True

    def _sagemaker(self, context: Context) -> Any:
        return context.accounts.client("sagemaker")


def _activation(state: ComputeQuotaState) -> str:
    return "Enabled" if state.enabled else _DISABLED


def _description(state: ComputeQuotaState) -> dict[str, str]:
    return {} if state.description is None else {"Description": state.description}


def _enabling(quota: dict[str, Any]) -> str:
    return (
        f"aws sagemaker update-compute-quota --compute-quota-id {quota['ComputeQuotaId']} "
        f"--target-version {quota['ComputeQuotaVersion']} --activation-state Enabled"
    )


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
