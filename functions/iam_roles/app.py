"""IAM roles: the team's cluster access role and data access role, and the scientists' way to the first."""

from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError

from iam_roles import policies
from iam_roles.own_roles import is_the_stacks_own
from iam_roles.role import Role, RoleState
from iam_roles.room import INLINE_POLICY_LIMIT, missing_room, size
from iam_roles.scientist_policy import ScientistPolicy, ScientistPolicyState
from onboarding import names
from onboarding.aws_errors import is_denied, is_missing, translate
from onboarding.limits import near_limit
from onboarding.member_role import member_role_finding, unlisted
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of

_ROLES_QUOTA: Final = "L-FE177D64"
"""Service Quotas' code of "Roles per account"."""

_TEMPLATE: Final = "scientists"
"""Of accounts/, for the member role."""


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """The cluster access role before the policy that leads to it."""
    settings, team = context.settings, request.team
    cluster_access = Role(settings.account, names.cluster_access_role(settings.prefix, team))
    cluster_access_arn = settings.role_arn(cluster_access.name)
    yield (
        cluster_access,
        RoleState(
            trust=policies.cluster_access_trust(request),
            permissions=policies.cluster_access_permissions(settings),
            boundary=settings.permissions_boundary,
        ),
    )
    yield (
        ScientistPolicy(
            request.scientists_account, request.data_scientist_role, cluster_access.name, cluster_access_arn
        ),
        ScientistPolicyState(document=policies.assume_cluster_access(cluster_access_arn)),
    )
    yield (
        Role(settings.account, names.data_access_role(settings.prefix, team)),
        RoleState(
            trust=policies.data_access_trust(request, settings),
            permissions=policies.data_access_permissions(request, settings),
            boundary=settings.permissions_boundary,
        ),
    )


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """The scientists' account can be reached, the DataScientistRole is there, and the policies fit.

    The role's absence later would look like a role not yet visible.
    """
    if is_the_stacks_own(request, context.settings):
        yield Finding(
            resource=request.data_scientist_role_arn,
            reason="it is one of the onboarding stack's own roles, and no scientists'. Name the role that the team's "
            "scientists use",
        )
        return
    reached = member_role_finding(
        context, request.scientists_account, "iam", template=_TEMPLATE, function="iam-roles", lists=_lists(request)
    )
    if reached:
        yield reached
    if reached is None or reached.verdict == "met":
        yield from _data_scientist_role(request, context)
    permissions = policies.data_access_permissions(request, context.settings)
    needed = size(permissions) if permissions else 0
    if needed > INLINE_POLICY_LIMIT:
        yield Finding(
            resource=names.data_access_role(context.settings.prefix, request.team),
            reason=f"its policy would have {needed:,} characters of {INLINE_POLICY_LIMIT:,}. "
            "Ask for fewer datasets or shorter prefixes",
        )


def _data_scientist_role(request: TeamRequest, context: Context) -> Iterator[Finding]:
    iam = context.accounts.client("iam", request.scientists_account)
    wanted, found = request.data_scientist_role_arn, None
    try:
        found = iam.get_role(RoleName=request.data_scientist_role)["Role"]["Arn"]
    except ClientError as error:
        if is_denied(error):
            said, account = translate(error).reason, request.scientists_account
            yield unlisted(context, account, wanted, said, template=_TEMPLATE, lists=_lists(request))
            return
        if not is_missing(error):
            raise
    if found != wanted:
        yield Finding(
            resource=wanted,
            state="missing",
            reason=f"the DataScientistRole does not exist{f'; {found} does' if found else ''}. Correct the event's ARN",
        )
        return
    yield Finding(resource=wanted, state="there")
    if short := missing_room(iam, request.data_scientist_role, request.team, context.settings):
        yield Finding(resource=f"{request.scientists_account} role {request.data_scientist_role}", reason=short)


def _lists(request: TeamRequest) -> str:
    return f"DataScientistRoleArns=...,{request.data_scientist_role_arn}"


def advise(_: TeamRequest, context: Context) -> Iterator[Finding]:
    """Each team takes two roles of the cluster's account, which has a quota of them."""
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
