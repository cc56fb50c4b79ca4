"""Installing and taking back, and what a snapshot leaves out."""

import threading
from collections.abc import Mapping
from typing import Any

from moto.eks import urls
from moto.eks.responses import EKSResponse
from moto.iam.models import Role
from moto.s3.models import S3Backend
from moto.sagemaker.responses import SageMakerResponse

from sandbox.aws import services
from sandbox.aws.services import snapshot
from sandbox.runtime.clock import Clock
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, EKS_CLUSTER, REGION
from tests.sandbox.services_world import EDIT, Namespaces, world


class Announcing(Namespaces):
    """Says when a namespace is made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = threading.Event()

    def make(self, team: str, quota: Mapping[str, Any]) -> None:
        """Announces it."""
        self.made.set()


def test_uninstalling_leaves_moto_as_it_was() -> None:
    owners = (EKSResponse, SageMakerResponse, Role, S3Backend)
    before = [dict(vars(owner)) for owner in owners], dict(urls.url_paths)
    for _ in range(2):
        services.install(Clock(), services.Delays(), Namespaces())
    assert hasattr(EKSResponse, "create_access_entry")
    services.uninstall()
    services.uninstall()
    assert ([dict(vars(owner)) for owner in owners], dict(urls.url_paths)) == before


def test_a_namespace_is_made_without_anyone_looking() -> None:
    with world() as here:
        namespaces = Announcing()
        services.install(Clock(speed=1000), here.delays, namespaces)
        here.client("sagemaker").create_compute_quota(
            Name="q", ClusterArn=here.cluster_arn, ComputeQuotaConfig={}, ComputeQuotaTarget={"TeamName": "vision"}
        )
        assert namespaces.made.wait(5)


def test_two_worlds_with_the_same_history_have_the_same_snapshot() -> None:
    def history() -> object:
        with world() as here:
            role, eks = here.role("vision"), here.client("eks")
            eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=role)
            eks.associate_access_policy(
                clusterName=EKS_CLUSTER, principalArn=role, policyArn=EDIT, accessScope={"type": "cluster"}
            )
            eks.create_pod_identity_association(
                clusterName=EKS_CLUSTER, namespace="n", serviceAccount="s", roleArn=role
            )
            here.client("sagemaker").create_compute_quota(
                Name="q", ClusterArn=here.cluster_arn, ComputeQuotaConfig={}, ComputeQuotaTarget={"TeamName": "vision"}
            )
            return snapshot(CLUSTER_ACCOUNT, REGION)

    assert history() == history()
