"""EKS access entry: the cluster access role becomes somebody in Kubernetes, in the team's namespace and no other."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from eks_access_entry import access_policies
from eks_access_entry.access_entry import AccessEntry, AccessEntryState
from onboarding import names
from onboarding.aws_errors import is_missing
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """One entry; its groups carry what the managed policies leave out (containers-roadmap #2349)."""
    policy = access_policies.arn(access_policies.OURS[request.access.policy], context.settings)
    yield (
        _entry(request, context),
        AccessEntryState(
            groups=sorted([*request.access.groups, names.kubernetes_group(request.team)]),
            policies={policy: [names.namespace(request.team)], **_hyperpods(request, context)},
        ),
    )


def _hyperpods(request: TeamRequest, context: Context) -> dict[str, list[str]]:
    """ARN to namespaces (none: the whole cluster) of HyperPod's own policies that the event asks for."""
    return {
        access_policies.arn(access_policies.hyperpods(policy.name), context.settings): (
            [names.namespace(request.team)] if policy.scope == "namespace" else []
        )
        for policy in request.access.policies
    }


def _policies_not_given(request: TeamRequest, context: Context) -> Iterator[Finding]:
    settings = context.settings
    given = set()
    for policy in request.access.policies:
        in_cluster = policy.scope == "cluster"
        if policy.name in (settings.cluster_access_policies if in_cluster else settings.access_policies):
            given.add(access_policies.arn(access_policies.hyperpods(policy.name), settings))
            continue
        where = "the whole cluster" if in_cluster else "their namespaces"
        parameter = "ClusterAccessPolicies" if in_cluster else "AccessPolicies"
        yield Finding(
            id="EKS-POLICY",
            resource="access.policies",
            reason=f"the stack does not give teams {policy.name} in {where}. Add it to the stack's parameter "
            f"{parameter}",
        )
    # A stack that gives none has no right to ask.
    for arn in sorted(given - access_policies.known(context.accounts.client("eks")) if given else ()):
        yield Finding(
            id="EKS-POLICY-UNKNOWN",
            resource="access.policies",
            reason=f"EKS has no access policy {access_policies.name(arn)} in {settings.region}. Leave it out of "
            "the event",
        )


def _entry(request: TeamRequest, context: Context) -> AccessEntry:
    settings = context.settings
    role = settings.role_arn(names.cluster_access_role(settings.prefix, request.team))
    return AccessEntry(settings.eks_cluster, role)


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """The cluster is reachable, active, and takes access entries; the event asks for no policy or group beyond those
    that the stack gives.
    """
    settings = context.settings
    if access_policies.exceeds(request.access.policy, settings.most_access_policy):
        yield Finding(
            id="EKS-POLICY",
            resource="access.policy",
            reason=f"{request.access.policy} is more than the stack gives: {settings.most_access_policy} at most. Ask "
            "for that, or have the stack's parameter MostAccessPolicy changed",
        )
    for group in sorted(set(request.access.groups) - settings.team_groups):
        # A group is whatever somebody has bound to it, so the stack's owner says which ones teams may join.
        yield Finding(
            id="EKS-GROUP",
            resource="access.groups",
            reason=f"the stack does not let teams join {group!r}. Add it to the stack's parameter TeamGroups",
        )
    yield from _policies_not_given(request, context)
    name = settings.eks_cluster
    address = f"{settings.account} cluster {name}"
    cluster = context.accounts.client("eks").describe_cluster(name=name)["cluster"]
    status = cluster["status"]
    yield Finding(
        id="EKS-STATUS",
        resource=address,
        state=f"{status}, Kubernetes {cluster['version']}",
        reason="" if status == "ACTIVE" else f"the cluster is {status}. Replay when it is ACTIVE",
    )
    yield _authentication(cluster.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP"), address, name)


def _authentication(mode: str, address: str, cluster: str) -> Finding:
    resource = f"{address} authentication mode"
    if mode in ("API", "API_AND_CONFIG_MAP"):
        return Finding(id="EKS-AUTH-MODE", resource=resource, state=mode)
    return Finding(
        id="EKS-AUTH-MODE",
        resource=resource,
        state=mode,
        reason=f"its authentication mode {mode} takes no access entries",
        mend=f"aws eks update-cluster-config --name {cluster} --access-config authenticationMode=API_AND_CONFIG_MAP",
    )


def advise(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """Access policies that an administrator of the cluster has associated with the team's entry, and what becomes of
    them."""
    entry, own = _entry(request, context), names.namespace(request.team)
    try:
        found = access_policies.associated(context.accounts.client("eks"), entry.cluster, entry.principal)
    except ClientError as error:
        if is_missing(error):
            return
        raise
    for arn, namespaces in sorted(found.items()):
        name = access_policies.name(arn)
        if name in access_policies.OURS.values():
            continue
        scope = f"in {', '.join(namespaces)}" if namespaces else "in the whole cluster"
        if _hyperpods(request, context).get(arn) == namespaces:
            continue
        stays = access_policies.stays(arn, namespaces, own, context.settings)
        fate = "It stays as long as the entry" if stays else "The team was to have no such right: it is taken away"
        yield Finding(
            id="EKS-POLICY-FOREIGN",
            resource=f"{entry.address} policy {name}",
            state=scope,
            reason=f"somebody has associated it {scope}. {fate}",
            warning=True,
        )


STEP = Step(name="eks_access_entry", kinds=(AccessEntry,), desired=desired, check=check, advise=advise)
handler = handler_of(STEP)
