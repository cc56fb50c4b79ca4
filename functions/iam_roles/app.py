"""IAM roles: the team's cluster access role and data access roles, and the scientists' way to the first."""

from collections.abc import Iterator
from typing import Final

from iam_roles import policies, scientists
from iam_roles.role import Role, RoleState
from iam_roles.room import INLINE_POLICY_LIMIT, TRUST_POLICY_LIMIT, size
from iam_roles.scientist_policy import ScientistPolicy, ScientistPolicyState
from onboarding import names
from onboarding.limits import near_limit
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of

_ROLES_QUOTA: Final = "L-FE177D64"
"""Service Quotas' code of "Roles per account"."""


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """The cluster access role before the policies that lead to it."""
    settings, team = context.settings, request.team
    cluster_access = Role(settings.account, names.cluster_access_role(settings.prefix, team))
    cluster_access_arn = settings.role_arn(cluster_access.name)
    yield (
        cluster_access,
        RoleState(
            trust=policies.cluster_access_trust(request, settings),
            permissions=policies.cluster_access_permissions(settings),
            boundary=settings.permissions_boundary,
        ),
    )
    for role in scientists.roles(request):
        yield (
            ScientistPolicy(role.account, role.name, cluster_access.name, cluster_access_arn),
            ScientistPolicyState(document=policies.assume_cluster_access(cluster_access_arn)),
        )
    for account in request.pod_accounts:
        yield (
            Role(settings.account, names.data_access_role(settings.prefix, team, account.own)),
            RoleState(
                trust=policies.data_access_trust(request, account, settings),
                permissions=policies.data_access_permissions(request, account, settings),
                boundary=settings.permissions_boundary,
            ),
        )


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """The scientists' accounts can be reached, their roles are there, and the policies fit.

    A role's absence later would look like a role not yet visible.
    """
    yield from scientists.roles_findings(request, context)
    trusted = size(policies.cluster_access_trust(request, context.settings))
    if trusted > TRUST_POLICY_LIMIT:
        yield Finding(
            id="IAM-TRUST-SIZE",
            resource=names.cluster_access_role(context.settings.prefix, request.team),
            reason=f"its trust policy would have {trusted:,} characters of {TRUST_POLICY_LIMIT:,}. "
            "Name fewer scientists, or roles with shorter paths and names",
        )
    for account in request.pod_accounts:
        permissions = policies.data_access_permissions(request, account, context.settings)
        needed = size(permissions) if permissions else 0
        if needed > INLINE_POLICY_LIMIT:
            yield Finding(
                id="IAM-POLICY-SIZE",
                resource=names.data_access_role(context.settings.prefix, request.team, account.own),
                reason=f"its policy would have {needed:,} characters of {INLINE_POLICY_LIMIT:,}. "
                "Ask for fewer datasets or shorter prefixes",
            )


def advise(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """What the permission sets' own policy takes. And each team takes two roles of the cluster's account, one more for
    each further service account; the account has a quota of them.
    """
    yield from scientists.permission_sets_findings(request, context)
    summary = context.accounts.client("iam").get_account_summary()["SummaryMap"]
    yield near_limit(
        f"{context.settings.account} IAM roles",
        summary["Roles"],
        summary["RolesQuota"],
        # Quotas of global services are raised in us-east-1 (Service Quotas user guide).
        "aws service-quotas request-service-quota-increase --region us-east-1 --service-code iam "
        f"--quota-code {_ROLES_QUOTA} --desired-value {2 * summary['RolesQuota']}",
    )


STEP = Step(name="iam_roles", kinds=(Role, ScientistPolicy), desired=desired, check=check, advise=advise)
handler = handler_of(STEP)
