"""What an administrator does by hand, beside the product."""

from typing import Any, Protocol

from onboarding import names, ownership
from sandbox.cluster.api.api import KubernetesApi
from sandbox.runtime.clock import Clock
from sandbox.scenery import accounts


class Cloud(Protocol):
    """What an administrator works with; `sandbox.cloud.Cloud` is one."""

    clock: Clock
    kubernetes: KubernetesApi

    def client(self, service: str) -> Any:
        """A boto3 client with all rights in the cluster's account."""


def console_quota(cloud: Cloud, team: str, **changes: Any) -> str:
    """An administrator makes a quota for a team of the scientists' account in the console, and waits until it has its
    namespace and queues or has failed; its id.

    `changes` are arguments of CreateComputeQuota.
    """
    sagemaker = cloud.client("sagemaker")
    (cluster,) = sagemaker.list_clusters()["ClusterSummaries"]
    resources = [{"InstanceType": "ml.g6.12xlarge", "Count": 1}]
    request = {
        "Name": f"console-{team}",
        "ClusterArn": cluster["ClusterArn"],
        "ComputeQuotaConfig": {"ComputeQuotaResources": resources},
        "ComputeQuotaTarget": {"TeamName": team, "FairShareWeight": 3},
        "Tags": [{"Key": ownership.ACCOUNT_TAG, "Value": accounts.SCIENTISTS_ACCOUNT}],
    }
    made: str = sagemaker.create_compute_quota(**{**request, **changes})["ComputeQuotaId"]
    queue = f"LocalQueue/{names.namespace(team)}/{names.local_queue(team)}"
    while queue not in cloud.kubernetes.snapshot():
        if sagemaker.describe_compute_quota(ComputeQuotaId=made)["Status"].endswith("Failed"):
            break
        cloud.clock.sleep(1)
    return made
