"""IAM roles: the team's cluster access role and data access role, and the scientists' way to the first."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from iam_roles import policies
from iam_roles.role import Role, RoleState
from iam_roles.room import INLINE_POLICY_LIMIT, missing_room, size
from iam_roles.scientist_policy import ScientistPolicy, ScientistPolicyState
from onboarding import names
from onboarding.aws_errors import is_missing
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of


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
    """The DataScientistRole must be there, since its absence later looks like a role not yet visible, and have room."""
    iam = context.accounts.client("iam", request.scientists_account)
    try:
        found = iam.get_role(RoleName=request.data_scientist_role)["Role"]["Arn"]
    except ClientError as error:
        if not is_missing(error):
            raise
        found = None
    if found != request.data_scientist_role_arn:
        yield Finding(
            resource=request.data_scientist_role_arn,
            reason=f"the DataScientistRole does not exist{f'; {found} does' if found else ''}. Correct the event's ARN",
        )
    elif short := missing_room(iam, request.data_scientist_role, request.team, context.settings):
        yield Finding(resource=f"{request.scientists_account} role {request.data_scientist_role}", reason=short)
    permissions = policies.data_access_permissions(request, context.settings)
    needed = size(permissions) if permissions else 0
    if needed > INLINE_POLICY_LIMIT:
        yield Finding(
            resource=names.data_access_role(context.settings.prefix, request.team),
            reason=f"its policy would have {needed:,} characters of {INLINE_POLICY_LIMIT:,}. "
            "Ask for fewer datasets or shorter prefixes",
        )


STEP = Step(name="iam_roles", kinds=(Role, ScientistPolicy), desired=desired, check=check)
handler = handler_of(STEP)
