"""What is looked at of a team's principals before anything is touched: roles in their accounts, and permission sets."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from botocore.exceptions import ClientError

from iam_roles import policies
from iam_roles.own_roles import is_the_stacks_own
from iam_roles.room import missing_room
from onboarding import policy
from onboarding.aws_errors import is_denied, is_missing, translate
from onboarding.member_role import member_role_finding, unlisted
from onboarding.plan import Finding
from onboarding.principals import Principal
from onboarding.request import TeamRequest
from onboarding.resource import Context

_TEMPLATE: Final = "scientists"
"""Of accounts/, for the member role."""


def roles(request: TeamRequest) -> list[Principal]:
    """Those of the team's principals that are roles, account by account."""
    found = [principal for principal in request.principals if principal.role_arn]
    return sorted(found, key=lambda role: (role.account, role.name))


def roles_findings(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """Whether each account of roles can be reached, and each role is there, is the account's to share, and has room."""
    for account, found in groupby(roles(request), key=lambda role: role.account):
        theirs = []
        for role in found:
            if is_the_stacks_own(account, role.name, context.settings):
                yield Finding(
                    id="IAM-OWN-ROLE",
                    resource=str(role.role_arn),
                    reason="it is one of the onboarding stack's own roles, and no scientists'. Name the role that the "
                    "team's scientists use",
                )
            else:
                theirs.append(role)
        if theirs:
            yield from _in_account(account, theirs, request.team, context)


def permission_sets_findings(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """What each permission set must allow by itself: it is its administrator's, and cannot be seen from here."""
    statement = policy.text(policies.permission_set_statement(context.settings))
    for each in request.principals:
        if each.permission_set:
            yield Finding(
                id="IAM-PERMISSION-SET",
                resource=each.address,
                state="not looked at",
                reason="its people come in only where its own policy lets them, which cannot be seen from here. "
                f"Whoever administers it adds this statement to its inline policy, once for all teams: {statement}",
                warning=True,
            )


def _in_account(account: str, theirs: Sequence[Principal], team: str, context: Context) -> Iterator[Finding]:
    reached = member_role_finding(
        context, account, "iam", template=_TEMPLATE, function="iam-roles", lists=_lists(theirs)
    )
    if reached:
        yield reached
    if reached is None or reached.verdict == "met":
        for role in theirs:
            yield from _role(role, team, context)


def _role(role: Principal, team: str, context: Context) -> Iterator[Finding]:
    iam = context.accounts.client("iam", role.account)
    wanted, found = str(role.role_arn), None
    try:
        found = iam.get_role(RoleName=role.name)["Role"]["Arn"]
    except ClientError as error:
        if is_denied(error):
            said = translate(error).reason
            yield unlisted(context, role.account, wanted, said, template=_TEMPLATE, lists=_lists([role]))
            return
        if not is_missing(error):
            raise
    if found != wanted:
        yield Finding(
            id="IAM-ROLE",
            resource=wanted,
            state="missing",
            reason=f"the DataScientistRole does not exist{f'; {found} does' if found else ''}. Correct the event's ARN",
        )
        return
    yield Finding(id="IAM-ROLE", resource=wanted, state="there")
    if short := missing_room(iam, role.name, team, context.settings):
        yield Finding(id="IAM-ROLE-ROOM", resource=role.address, reason=short)


def _lists(theirs: Sequence[Principal]) -> str:
    return ",".join(["DataScientistRoleArns=...", *(str(role.role_arn) for role in theirs)])
