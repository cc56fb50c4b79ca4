"""SageMaker HyperPod and its task governance."""

from moto.sagemaker.models import sagemaker_backends

from sandbox.aws.gateway.lookups import UNKNOWN, sagemaker_cluster_arn
from sandbox.aws.gateway.needs import Need, Row, Target, both, request_tags, row, when
from sandbox.aws.sagemaker.compute_quotas import quotas_of

NEW = "000000000000"
"""Stands for the id of a quota that is being made."""

GOVERNANCE = "task-governance"
"""Stands for the principal of the add-on, which AWS does not document."""


def _cluster(target: Target) -> str:
    return sagemaker_cluster_arn(target.account, target.region, target["ClusterName"] or target["ClusterArn"])


def _quota(target: Target) -> str:
    return target.arn(f"compute-quota/{target['ComputeQuotaId'] or NEW}")


def _scheduler(target: Target) -> str:
    return target.arn(f"cluster-scheduler-config/{target['ClusterSchedulerConfigId']}")


def _tagged(target: Target) -> str:
    return str(target["ResourceArn"])


def _everything(target: Target) -> str:
    return "*"


VIA_SERVICE = {"aws:ViaAWSService": ("true",)}
"""What a service adds to the context of calls it makes in its caller's name (IAM user guide, global condition keys)."""


def _governance(cluster: str, *actions: str) -> list[Need]:
    """SageMaker sees to task governance's access to the cluster's EKS side in the caller's name.

    The service authorization reference names dependent actions of CreateComputeQuota, but not the access entry: it is
    task governance's own. That the entry is looked at, and its policy given up with a quota, is assumed.
    """
    account, region = cluster.split(":")[4], cluster.split(":")[3]
    stored = sagemaker_backends[account][region].clusters.values()
    found = next((each for each in stored if each.arn == cluster), None)
    orchestrator = (found.describe().get("Orchestrator") or {}) if found else {}
    eks = orchestrator.get("Eks", {}).get("ClusterArn")
    if not eks:
        return [Need("sagemaker:DescribeCluster", cluster)]
    entry = f"{eks.replace(':cluster/', ':access-entry/')}/role/{account}/{GOVERNANCE}/{UNKNOWN}"
    return [
        Need("sagemaker:DescribeCluster", cluster, VIA_SERVICE),
        Need("eks:DescribeCluster", eks, VIA_SERVICE),
        *(Need(f"eks:{action}", entry, VIA_SERVICE) for action in (*_LOOK, *actions)),
    ]


_LOOK = ("DescribeAccessEntry", "ListAssociatedAccessPolicies")


def _connecting(target: Target) -> list[Need]:
    return _governance(_cluster(target), "AssociateAccessPolicy")


def _disconnecting(target: Target) -> list[Need]:
    quota = quotas_of(sagemaker_backends[target.account][target.region]).get(target["ComputeQuotaId"])
    return _governance(quota.cluster_arn, "DisassociateAccessPolicy") if quota else []


ROWS: dict[tuple[str, str], Row] = {
    ("sagemaker", "DescribeCluster"): row(_cluster),
    ("sagemaker", "ListClusters"): row(_everything),
    ("sagemaker", "ListClusterNodes"): row(_cluster),
    ("sagemaker", "CreateComputeQuota"): both(
        row(_cluster, request_tags),
        row(_quota, request_tags),
        _connecting,
        when(lambda target: target["Tags"], row(_quota, request_tags, action="sagemaker:AddTags")),
    ),
    ("sagemaker", "DescribeComputeQuota"): row(_quota),
    ("sagemaker", "UpdateComputeQuota"): row(_quota),
    ("sagemaker", "DeleteComputeQuota"): both(row(_quota), _disconnecting),
    ("sagemaker", "ListComputeQuotas"): row(_everything),
    ("sagemaker", "DescribeClusterSchedulerConfig"): row(_scheduler),
    ("sagemaker", "ListClusterSchedulerConfigs"): row(_everything),
    ("sagemaker", "AddTags"): row(_tagged, request_tags),
    ("sagemaker", "DeleteTags"): row(_tagged, request_tags),
    ("sagemaker", "ListTags"): row(_tagged),
}
