"""Quota and namespace: the team's share of the cluster, and what its scientists and pods need in the namespace."""

from collections.abc import Iterator
from typing import Any

from onboarding import names
from onboarding.add_ons import TASK_GOVERNANCE, add_on_findings
from onboarding.kubernetes_object import KubernetesObject, ObjectState
from onboarding.plan import Desired, Finding, Planned, Step
from onboarding.request import PodAccount, TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of
from onboarding.team_fence import fence_of
from quota_namespace import rbac
from quota_namespace.capacity import capacity_findings
from quota_namespace.compute_quota import ComputeQuota, ComputeQuotaState
from quota_namespace.fence import fence
from quota_namespace.grantable import grantable_findings, unheld_findings
from quota_namespace.network import network_findings
from quota_namespace.pod_policy import pod_policy_findings
from quota_namespace.pod_security import PodSecurity
from quota_namespace.quota_config import quota_config
from quota_namespace.scheduler import scheduler_findings
from quota_namespace.trail import trail_findings


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """The quota makes the namespace; then comes the fence around it, the objects in it, and the team's view of its own
    queue.
    """
    cluster, team = context.settings.eks_cluster, request.team
    namespace, role, reader = names.namespace(team), names.namespaced_role(team), names.cluster_reader(team)
    yield (
        ComputeQuota(context.settings.hyperpod_cluster_arn, team, request.scientists_account),
        ComputeQuotaState(
            config=quota_config(request.quota),
            weight=request.quota.fair_share_weight,
            description=request.quota.description,
            enabled=request.suspension is None,
        ),
    )
    yield from fence(request, context)
    for kind, where, name, fields in (
        *(("ServiceAccount", namespace, account.name, _pull_secrets(account)) for account in request.pod_accounts),
        ("Role", namespace, role, {"rules": rbac.namespaced_rules(request)}),
        ("RoleBinding", namespace, role, rbac.binding("Role", role, team)),
        ("ClusterRole", "", reader, {"rules": rbac.cluster_rules(team)}),
        ("ClusterRoleBinding", "", reader, rbac.binding("ClusterRole", reader, team)),
    ):
        yield KubernetesObject(cluster, kind, where, name), ObjectState(fields=fields)


def _pull_secrets(account: PodAccount) -> dict[str, Any]:
    """Names alone; where the request is silent, whatever stands there is the team's own business."""
    if account.image_pull_secrets is None:
        return {}
    return {"imagePullSecrets": [{"name": name} for name in account.image_pull_secrets]}


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """Task governance is at work, the HyperPod cluster is the one on this EKS cluster and has what the quota promises,
    and extra rules are such as teams may be given.
    """
    settings = context.settings
    yield from add_on_findings(context, TASK_GOVERNANCE)
    cluster = context.accounts.client("sagemaker").describe_cluster(ClusterName=settings.hyperpod_cluster_arn)
    eks = cluster.get("Orchestrator", {}).get("Eks", {}).get("ClusterArn")
    if eks != settings.eks_cluster_arn:
        yield Finding(
            id="HYPERPOD-CLUSTER",
            resource=settings.hyperpod_cluster_arn,
            state=cluster["ClusterStatus"],
            reason=f"is orchestrated by {eks or 'no EKS cluster'}, and the stack was deployed for "
            f"{settings.eks_cluster_arn}. Correct the stack's parameters",
        )
    else:
        yield Finding(
            id="HYPERPOD-CLUSTER",
            resource=settings.hyperpod_cluster_arn,
            state=f"{cluster['ClusterStatus']}, on EKS cluster {settings.eks_cluster}",
        )
        yield from capacity_findings(request.quota, cluster)
    yield from grantable_findings(request.access.rules, context)


def advise(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """What pods may be is bounded, the cluster's scheduling policy suits the quota, its network keeps to policies, what
    people do with quotas is noticed.
    """
    yield from pod_policy_findings(context)
    yield from scheduler_findings(request, context)
    if fence_of(request, context).network:
        yield from network_findings(context)
    yield from trail_findings(context)


def forecast(planned: list[Planned], context: Context) -> Iterator[Finding]:
    """Where the team's Role is made or changed, the stack holds what is to be in it."""
    for resource, before, after in planned:
        is_role = isinstance(resource, KubernetesObject) and resource.object_kind == "Role"
        if is_role and after != before and isinstance(after, ObjectState):
            yield from unheld_findings(after.fields["rules"], context)


STEP = Step(
    name="quota_namespace",
    kinds=(ComputeQuota, PodSecurity, KubernetesObject),
    desired=desired,
    check=check,
    advise=advise,
    forecast=forecast,
)
handler = handler_of(STEP)
