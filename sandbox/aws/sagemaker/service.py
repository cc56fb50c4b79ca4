"""SageMaker HyperPod as the sandbox plays it."""

from typing import Any

from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from sandbox.aws.moto.operations import answer
from sandbox.aws.policies.needs import tags_dict
from sandbox.aws.sagemaker import clusters, compute_quotas, scheduler_configs, tags
from sandbox.aws.sagemaker.compute_quotas import quotas_of
from sandbox.aws.sagemaker.permissions import ROWS
from sandbox.aws.service import Service


def _install() -> None:
    for part in (clusters, compute_quotas, scheduler_configs):
        answer(SageMakerResponse, part.HANDLERS, clusters.refuse)
    tags.install()


def _cluster_tags(arn: str, account: str, region: str) -> dict[str, str]:
    found = sagemaker_backends[account][region].clusters.values()
    return next((tags_dict(cluster.tags) for cluster in found if cluster.arn == arn), {})


def _quota_tags(arn: str, account: str, region: str) -> dict[str, str]:
    quotas = quotas_of(sagemaker_backends[account][region])
    return next((tags_dict(quota.tags) for quota in quotas if quota.arn == arn), {})


def _snapshot(account: str, region: str) -> dict[str, Any]:
    backend = sagemaker_backends[account][region]
    names = {cluster.arn: cluster.cluster_name for cluster in backend.clusters.values()}
    return {
        "compute_quotas": {
            quota.name: {
                "cluster": names.get(quota.cluster_arn),
                "status": "Created" if quota.status == "Updated" else quota.status,
                "config": quota.config,
                "target": quota.target,
                "activation": quota.activation,
                **({"description": quota.description} if quota.description else {}),
                "tags": {tag["Key"]: tag["Value"] for tag in quota.tags},
            }
            for quota in quotas_of(backend)
            if quota.status != "Deleted"
        }
    }


SERVICE = Service(
    rows=ROWS,
    tags={("sagemaker", "cluster"): _cluster_tags, ("sagemaker", "compute-quota"): _quota_tags},
    install=_install,
    snapshot=_snapshot,
)
