"""What people do by hand to the second of a team's service accounts, and to what its pods get by it."""

from typing import Any

from kubernetes.client import CoreV1Api

from onboarding import names
from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.workflow.teams import IMAGES, Detail, small

SECOND = "evaluation"
USED = [{"dataset": f"{IMAGES['bucket']}/curated"}]


def of_two(team: str) -> Detail:
    """A team of two service accounts with the same dataset."""
    return small(team, serviceAccounts=[{"name": name, "datasets": USED} for name in (names.SERVICE_ACCOUNT, SECOND)])


def without_second_role(cloud: Cloud, team: str) -> None:
    iam, role = cloud.client("iam"), names.data_access_role("hyperpod", team, SECOND)
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    iam.delete_role(RoleName=role)


def with_role_of_the_first(cloud: Cloud, team: str) -> None:
    """Its pods would do what those of the first may."""
    first = names.data_access_role("hyperpod", team)
    eks, where, one = _association(cloud, team)
    eks.update_pod_identity_association(
        **where, associationId=one, roleArn=f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{first}"
    )


def without_second_association(cloud: Cloud, team: str) -> None:
    eks, where, one = _association(cloud, team)
    eks.delete_pod_identity_association(**where, associationId=one)


def without_second_service_account(cloud: Cloud, team: str) -> None:
    core: Any = CoreV1Api(cloud.kubernetes.admin())
    core.delete_namespaced_service_account(SECOND, names.namespace(team))


def _association(cloud: Cloud, team: str) -> tuple[Any, dict[str, str], str]:
    eks, where = cloud.client("eks"), {"clusterName": accounts.EKS_CLUSTER}
    (one,) = eks.list_pod_identity_associations(**where, namespace=names.namespace(team), serviceAccount=SECOND)[
        "associations"
    ]
    return eks, where, one["associationId"]
