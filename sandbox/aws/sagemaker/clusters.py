"""HyperPod clusters orchestrated by EKS."""

from collections.abc import Sequence
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random
from moto.sagemaker.models import Cluster, ClusterNode, sagemaker_backends

from sandbox.aws.moto.operations import Call, Handler, error, page

NODES_ROLE = "hyperpod-execution"
"""As which the instances of a cluster run."""

ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_id() -> str:
    """Twelve characters, as SageMaker's ids of clusters, quotas and scheduler configurations."""
    return "".join(mock_random.choice(ID_CHARACTERS) for _ in range(12))


class HyperPodCluster(Cluster):
    """moto's cluster has its name in its ARN and no orchestrator; HyperPod's has an id and an EKS cluster."""

    def __init__(
        self,
        account: str,
        region: str,
        name: str,
        eks_cluster_arn: str,
        instances: dict[str, int],
        subnets: Sequence[str] = (),
    ) -> None:
        self.account_id = account
        self.region_name = region
        self.cluster_name = name
        self.arn = f"arn:aws:sagemaker:{region}:{account}:cluster/{new_id()}"
        self.eks_cluster_arn = eks_cluster_arn
        self.status = "InService"
        self.creation_time = utcnow()
        self.failure_message = ""
        self.tags: list[dict[str, str]] = []
        self.vpc_config: dict[str, list[str]] = {"Subnets": list(subnets), "SecurityGroupIds": []}
        self.instance_groups = [_instance_group(account, type_, count) for type_, count in instances.items()]
        self.nodes = {
            node.instance_id: node
            for group in self.instance_groups
            for node in (_node(self, group) for _ in range(group["CurrentCount"]))
        }

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeCluster."""
        return self.summary() | {
            "InstanceGroups": self.instance_groups,
            "Orchestrator": {"Eks": {"ClusterArn": self.eks_cluster_arn}},
            "VpcConfig": self.vpc_config,
            "NodeRecovery": "Automatic",
            "NodeProvisioningMode": "Continuous",
        }


def register_cluster(
    account: str,
    region: str,
    name: str,
    eks_cluster_arn: str,
    instances: dict[str, int],
    subnets: Sequence[str] = (),
) -> str:
    """Makes a cluster that is InService with that many instances of each type in these subnets. Returns its ARN."""
    cluster = HyperPodCluster(account, region, name, eks_cluster_arn, instances, subnets)
    sagemaker_backends[account][region].clusters[name] = cluster
    return cluster.arn


def refuse(message: str) -> ServiceException:
    """SageMaker's answer to a request that it does not like."""
    return error("ValidationException", message)


def find_cluster(call: Call, name_or_arn: str) -> Cluster:
    """Raises ResourceNotFound."""
    for cluster in sagemaker_backends[call.account][call.region].clusters.values():
        if name_or_arn in (cluster.cluster_name, cluster.arn):
            return cluster
    raise error("ResourceNotFound", f"Cluster {name_or_arn} not found.")


def describe(call: Call) -> dict[str, Any]:
    """DescribeCluster, by name or ARN."""
    described: dict[str, Any] = find_cluster(call, call.params["ClusterName"]).describe()
    return described


def list_nodes(call: Call) -> dict[str, Any]:
    """ListClusterNodes, by name or ARN."""
    wanted = call.params.get("InstanceGroupNameContains", "")
    nodes = [node.summary() for node in find_cluster(call, call.params["ClusterName"]).nodes.values()]
    matching = [node for node in nodes if wanted in node["InstanceGroupName"]]
    shown, token = page(matching, call.params.get("MaxResults", 100), call.params.get("NextToken"), refuse)
    return {"ClusterNodeSummaries": shown, "NextToken": token}


HANDLERS: dict[str, Handler] = {"DescribeCluster": describe, "ListClusterNodes": list_nodes}


def _instance_group(account: str, instance_type: str, count: int) -> dict[str, Any]:
    return {
        "InstanceGroupName": instance_type.removeprefix("ml.").replace(".", "-"),
        "InstanceType": instance_type,
        "CurrentCount": count,
        "TargetCount": count,
        "Status": "InService",
        "ThreadsPerCore": 1,
        "ExecutionRole": f"arn:aws:iam::{account}:role/{NODES_ROLE}",
        "LifeCycleConfig": {"SourceS3Uri": f"s3://sagemaker-{account}-lifecycle/", "OnCreate": "on_create.sh"},
    }


def _node(cluster: HyperPodCluster, group: dict[str, Any]) -> ClusterNode:
    return ClusterNode(
        region_name=cluster.region_name,
        account_id=cluster.account_id,
        cluster_name=cluster.cluster_name,
        instance_group_name=group["InstanceGroupName"],
        instance_type=group["InstanceType"],
        life_cycle_config=group["LifeCycleConfig"],
        execution_role=group["ExecutionRole"],
        node_id=f"i-{mock_random.get_random_hex(17)}",
        threads_per_core=group["ThreadsPerCore"],
    )
