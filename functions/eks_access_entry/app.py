"""EKS access entry: the cluster access role becomes somebody in Kubernetes, in the team's namespace and no other."""

from collections.abc import Iterator
from typing import Final

from eks_access_entry.access_entry import AccessEntry, AccessEntryState
from onboarding import names
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of

ACCESS_POLICIES: Final = {
    "view": "AmazonEKSViewPolicy",
    "edit": "AmazonEKSEditPolicy",
    "admin": "AmazonEKSAdminPolicy",
}


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """One entry; its groups carry what the managed policies leave out (containers-roadmap #2349)."""
    settings = context.settings
    role = settings.role_arn(names.cluster_access_role(settings.prefix, request.team))
    policy = f"arn:{settings.partition}:eks::aws:cluster-access-policy/{ACCESS_POLICIES[request.access.policy]}"
    yield (
        AccessEntry(settings.eks_cluster, role),
        AccessEntryState(
            groups=sorted([*request.access.groups, names.kubernetes_group(request.team)]),
            policies={policy: [names.namespace(request.team)]},
        ),
    )


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """The cluster is reachable, active, and takes access entries; the event asks for no group that it may not have."""
    for group in sorted(set(request.access.groups) - context.settings.team_groups):
        # A group is whatever somebody has bound to it, so the stack's owner says which ones teams may join.
        yield Finding(
            resource="access.groups",
            reason=f"the stack does not let teams join {group!r}. Add it to the stack's parameter TeamGroups",
        )
    name = context.settings.eks_cluster
    address = f"{context.settings.account} cluster {name}"
    cluster = context.accounts.client("eks").describe_cluster(name=name)["cluster"]
    status = cluster["status"]
    yield Finding(
        resource=address,
        state=f"{status}, Kubernetes {cluster['version']}",
        reason="" if status == "ACTIVE" else f"the cluster is {status}. Replay when it is ACTIVE",
    )
    yield _authentication(cluster.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP"), address, name)


def _authentication(mode: str, address: str, cluster: str) -> Finding:
    resource = f"{address} authentication mode"
    if mode in ("API", "API_AND_CONFIG_MAP"):
        return Finding(resource=resource, state=mode)
    return Finding(
        resource=resource,
        state=mode,
        reason=f"its authentication mode {mode} takes no access entries",
        mend=f"aws eks update-cluster-config --name {cluster} --access-config authenticationMode=API_AND_CONFIG_MAP",
    )


STEP = Step(name="eks_access_entry", kinds=(AccessEntry,), desired=desired, check=check)
handler = handler_of(STEP)
