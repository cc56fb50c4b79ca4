"""SageMaker compute quotas: what task governance keeps for each team on a HyperPod cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends

from sandbox.aws.moto.eventual import EventualTable
from sandbox.aws.moto.installation import Installation, current
from sandbox.aws.moto.operations import Call, Handler, error, page
from sandbox.aws.sagemaker import quota_progress
from sandbox.aws.sagemaker.clusters import HyperPodCluster, find_cluster, new_id, refuse
from sandbox.aws.sagemaker.quota_progress import Progress
from sandbox.aws.sagemaker.quota_read_back import filled_in, in_full

_AMOUNTS = ("Accelerators", "VCpu", "MemoryInGiB", "AcceleratorPartition")


@dataclass
class Quota(Progress):
    """A team's compute quota on one cluster."""

    arn: str
    id: str
    name: str
    cluster_arn: str
    config: dict[str, Any]
    target: dict[str, Any]
    tags: list[dict[str, str]]
    description: str | None
    version: int = 1
    created: datetime = field(default_factory=utcnow)

    @property
    def team(self) -> str:
        """The team's name."""
        return str(self.target["TeamName"])


def quotas_of(backend: SageMakerModelBackend) -> EventualTable[Quota]:
    """The quotas by id, as of now; they live and die with moto's backend."""
    table: EventualTable[Quota] = vars(backend).setdefault("_compute_quotas", EventualTable())
    for quota in table:
        quota_progress.advance(quota)
        if quota.status == "Deleted" and current().clock.now() - quota.ended > current().delays.quota_kept:
            table.remove(quota.id)
    return table


def create(call: Call) -> dict[str, Any]:
    """CreateComputeQuota: there is no client token, so the same request again is a conflict."""
    params = call.params
    try:
        cluster = find_cluster(call, params["ClusterArn"])
    except ServiceException:
        raise refuse(f"Cluster {params['ClusterArn']} does not exist.") from None
    if not isinstance(cluster, HyperPodCluster):
        raise refuse("Compute quotas are supported on EKS-orchestrated clusters only.")
    _check_config(params["ComputeQuotaConfig"], {group["InstanceType"] for group in cluster.instance_groups})
    team = params["ComputeQuotaTarget"]["TeamName"]
    for other in _table(call):
        if other.status == "Deleted" or other.cluster_arn != cluster.arn:
            continue
        if other.name == params["Name"]:
            raise error("ConflictException", f"Compute quota with name {other.name} already exists for the cluster.")
        if other.team == team:
            raise error("ConflictException", f"Compute quota for team {team} already exists for the cluster.")
    identity = new_id()
    quota = Quota(
        arn=f"arn:aws:sagemaker:{call.region}:{call.account}:compute-quota/{identity}",
        id=identity,
        name=params["Name"],
        cluster_arn=cluster.arn,
        config=filled_in(params["ComputeQuotaConfig"]),
        target={"FairShareWeight": 0} | params["ComputeQuotaTarget"],
        activation=params.get("ActivationState", "Enabled"),
        tags=list(params.get("Tags", [])),
        description=params.get("Description"),
    )
    _table(call).put(identity, quota)
    quota_progress.start(quota, quota.team, "Creat", settle)
    return {"ComputeQuotaArn": quota.arn, "ComputeQuotaId": quota.id}


def describe(call: Call) -> dict[str, Any]:
    """DescribeComputeQuota."""
    quota = _quota_of(call)
    if call.params.get("ComputeQuotaVersion", quota.version) != quota.version:
        raise _not_found(call)
    return _summary(quota) | {"FailureReason": quota.failure, "Description": quota.description}


def update(call: Call) -> dict[str, Any]:
    """UpdateComputeQuota: TargetVersion must be the current version, which then counts up."""
    quota, params = _quota_of(call), call.params
    if quota.status not in ("Created", "Updated", "UpdateFailed"):
        raise error("ConflictException", f"Compute quota {quota.id} cannot be updated in status {quota.status}.")
    if params["TargetVersion"] != quota.version:
        raise error(
            "ConflictException", f"TargetVersion {params['TargetVersion']} is not the current version {quota.version}."
        )
    target = params.get("ComputeQuotaTarget", {"TeamName": quota.team})
    if target["TeamName"] != quota.team:
        raise refuse("The team of a compute quota cannot be changed.")
    if "ComputeQuotaConfig" in params:
        cluster = find_cluster(call, quota.cluster_arn)
        _check_config(params["ComputeQuotaConfig"], {group["InstanceType"] for group in cluster.instance_groups})
    quota.previous = {name: getattr(quota, name) for name in ("config", "target", "activation", "description")}
    if "ComputeQuotaConfig" in params:
        quota.config = filled_in(params["ComputeQuotaConfig"])
    quota.target = quota.target | target
    quota.activation = params.get("ActivationState", quota.activation)
    quota.description = params.get("Description", quota.description)
    quota.version += 1
    quota_progress.start(quota, quota.team, "Updat", settle)
    return {"ComputeQuotaArn": quota.arn, "ComputeQuotaVersion": quota.version}


def delete(call: Call) -> None:
    """DeleteComputeQuota: the model knows no conflict for it, so it is accepted in any status."""
    quota = _quota_of(call)
    if quota.status == "Deleted":
        raise _not_found(call)
    if quota.status != "Deleting":
        quota_progress.start(quota, quota.team, "Delet", settle)


def list_quotas(call: Call) -> dict[str, Any]:
    """ListComputeQuotas: deleted ones are among them for a while."""
    params = call.params
    found = [
        _summary(quota)
        for quota in _table(call).listed()
        if params.get("NameContains", "") in quota.name
        and params.get("Status", quota.status) == quota.status
        and params.get("ClusterArn", quota.cluster_arn) == quota.cluster_arn
        and params.get("CreatedAfter", quota.created) <= quota.created <= params.get("CreatedBefore", quota.created)
    ]
    found.sort(
        key=lambda summary: summary[params.get("SortBy", "CreationTime")],
        reverse=params.get("SortOrder", "Descending") == "Descending",
    )
    shown, token = page(found, params.get("MaxResults", 100), params.get("NextToken"), refuse)
    return {"ComputeQuotaSummaries": shown, "NextToken": token}


def settle() -> None:
    """Brings every quota up to date and makes or removes the namespaces that are due. Safe from any thread.

    Effects happen one at a time and in order; when another thread is at it, that one does the rest and this returns.
    """
    installation = current()
    with installation.lock:
        due = [
            (effect.due, effect.action, quota.team, in_full(quota.config))
            for regions in list(sagemaker_backends.values())
            for backend in list(regions.values())
            for quota in quotas_of(backend)
            for effect in quota_progress.take_due_effects(quota)
        ]
        installation.namespace_work.extend(work[1:] for work in sorted(due, key=lambda work: work[:3]))
        if installation.namespace_worker:
            return
        installation.namespace_worker = True
    # Kubernetes may ask back who is calling, so the lock must be free meanwhile.
    try:
        while work := _next_work(installation):
            action, team, quota = work
            if action == "make":
                installation.namespaces.make(team, quota)
            else:
                installation.namespaces.remove(team)
    finally:
        installation.namespace_worker = False


def _next_work(installation: Installation) -> tuple[str, str, Mapping[str, Any]] | None:
    with installation.lock:
        if installation.namespace_work:
            return installation.namespace_work.popleft()
        installation.namespace_worker = False
        return None


HANDLERS: dict[str, Handler] = {
    "CreateComputeQuota": create,
    "DescribeComputeQuota": describe,
    "UpdateComputeQuota": update,
    "DeleteComputeQuota": delete,
    "ListComputeQuotas": list_quotas,
}


def _table(call: Call) -> EventualTable[Quota]:
    return quotas_of(sagemaker_backends[call.account][call.region])


def _quota_of(call: Call) -> Quota:
    quota = _table(call).get(call.params["ComputeQuotaId"])
    if quota is None:
        raise _not_found(call)
    return quota


def _not_found(call: Call) -> Exception:
    return error("ResourceNotFound", f"Compute quota {call.params['ComputeQuotaId']} not found.")


def _check_config(config: dict[str, Any], types: set[str]) -> None:
    sharing = config.get("ResourceSharingConfig", {})
    if "BorrowLimit" in sharing and sharing["Strategy"] != "LendAndBorrow":
        raise refuse("BorrowLimit can be set for strategy LendAndBorrow only.")
    # The model has 0 to 10,000, the documentation less (API reference, ResourceSharingConfig).
    if not 1 <= sharing.get("BorrowLimit", 1) <= 500:
        raise refuse("BorrowLimit must be 1 to 500 percent.")
    for resource in [*config.get("ComputeQuotaResources", []), *sharing.get("AbsoluteBorrowLimits", [])]:
        if resource["InstanceType"] not in types:
            raise refuse(f"Instance type {resource['InstanceType']} is not part of the cluster.")
        amounts = [name for name in _AMOUNTS if name in resource]
        if "Count" in resource and amounts:
            raise refuse(f"Count cannot be given together with {', '.join(amounts)}.")


def _summary(quota: Quota) -> dict[str, Any]:
    return {
        "ComputeQuotaArn": quota.arn,
        "ComputeQuotaId": quota.id,
        "Name": quota.name,
        "ComputeQuotaVersion": quota.version,
        "Status": quota.status,
        "ClusterArn": quota.cluster_arn,
        "ComputeQuotaConfig": quota.config,
        "ComputeQuotaTarget": quota.target,
        "ActivationState": quota.activation,
        "CreationTime": quota.created,
        "LastModifiedTime": quota.modified,
    }
