"""SageMaker cluster scheduler configurations: the priority classes and fair sharing of a HyperPod cluster."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends

from sandbox.aws.moto.operations import Call, Handler, error, page
from sandbox.aws.sagemaker.clusters import find_cluster, new_id, refuse


@dataclass
class SchedulerConfig:
    """The one scheduler configuration of a cluster."""

    arn: str
    id: str
    name: str
    cluster_arn: str
    config: dict[str, Any]
    tags: list[dict[str, str]]
    description: str | None
    status: str = "Created"
    failure_reason: str | None = None
    created: datetime = field(default_factory=utcnow)


def configs_of(backend: SageMakerModelBackend) -> dict[str, SchedulerConfig]:
    """The configurations by id; they live and die with moto's backend."""
    held: dict[str, SchedulerConfig] = vars(backend).setdefault("_scheduler_configs", {})
    return held


def register_scheduler_config(account: str, region: str, cluster_arn: str, name: str, config: dict[str, Any]) -> str:
    """Makes a cluster's scheduler configuration. Returns its ARN."""
    made = create(Call(account, region, "", {"Name": name, "ClusterArn": cluster_arn, "SchedulerConfig": config}))
    return str(made["ClusterSchedulerConfigArn"])


def create(call: Call) -> dict[str, Any]:
    """CreateClusterSchedulerConfig: it is Created at once."""
    cluster = find_cluster(call, call.params["ClusterArn"])
    configs = configs_of(sagemaker_backends[call.account][call.region])
    if any(config.cluster_arn == cluster.arn for config in configs.values()):
        raise error("ConflictException", "The cluster has a scheduler configuration already.")
    identity = new_id()
    config = SchedulerConfig(
        arn=f"arn:aws:sagemaker:{call.region}:{call.account}:cluster-scheduler-config/{identity}",
        id=identity,
        name=call.params["Name"],
        cluster_arn=cluster.arn,
        config=call.params["SchedulerConfig"],
        tags=list(call.params.get("Tags", [])),
        description=call.params.get("Description"),
    )
    configs[identity] = config
    return {"ClusterSchedulerConfigArn": config.arn, "ClusterSchedulerConfigId": identity}


def describe(call: Call) -> dict[str, Any]:
    """DescribeClusterSchedulerConfig."""
    identity = call.params["ClusterSchedulerConfigId"]
    config = configs_of(sagemaker_backends[call.account][call.region]).get(identity)
    if config is None:
        raise error("ResourceNotFound", f"Cluster scheduler config {identity} not found.")
    details = {"Description": config.description, "FailureReason": config.failure_reason}
    return _summary(config) | {"SchedulerConfig": config.config} | details


def list_configs(call: Call) -> dict[str, Any]:
    """ListClusterSchedulerConfigs."""
    wanted, part = call.params.get("ClusterArn"), call.params.get("NameContains", "")
    found = [
        _summary(config)
        for config in configs_of(sagemaker_backends[call.account][call.region]).values()
        if wanted in (None, config.cluster_arn) and part in config.name
    ]
    shown, token = page(found, call.params.get("MaxResults", 100), call.params.get("NextToken"), refuse)
    return {"ClusterSchedulerConfigSummaries": shown, "NextToken": token}


HANDLERS: dict[str, Handler] = {
    "CreateClusterSchedulerConfig": create,
    "DescribeClusterSchedulerConfig": describe,
    "ListClusterSchedulerConfigs": list_configs,
}


def _summary(config: SchedulerConfig) -> dict[str, Any]:
    return {
        "ClusterSchedulerConfigArn": config.arn,
        "ClusterSchedulerConfigId": config.id,
        "ClusterSchedulerConfigVersion": 1,
        "Name": config.name,
        "Status": config.status,
        "ClusterArn": config.cluster_arn,
        "CreationTime": config.created,
        "LastModifiedTime": config.created,
    }
