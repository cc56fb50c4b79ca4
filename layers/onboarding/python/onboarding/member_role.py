"""The role in another account by which a step works there."""

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_denied, message
from onboarding.plan import Finding
from onboarding.resource import Context


def member_role_finding(
    context: Context, account: str, service: str, *, template: str, function: str, lists: str
) -> Finding | None:
    """Whether the member role can be assumed with the stack's external ID; None where the account is the cluster's own.

    STS does not say whether a role is missing, or asks for another caller, external ID or organization, so the command
    is the one that sets all of that: `template` of accounts/ for the role of `function`, with `lists` among its
    parameters. Three dots stand for the external ID, and for what the account has listed already.
    """
    settings = context.settings
    if account == settings.account:
        return None
    resource = f"{account} role {settings.member_role}"
    try:
        context.accounts.client(service, account)
    except ClientError as error:
        if not is_denied(error):
            raise
        caller = settings.role_arn(f"{settings.stack}-{function}")
        return Finding(
            resource=resource,
            state="cannot be assumed",
            reason=f"AssumeRole was refused with AccessDenied: {message(error)}. The role is not there, or asks for "
            "another caller, external ID or organization",
            mend=f"aws cloudformation deploy --template-file accounts/{template}.yaml --capabilities "
            f"CAPABILITY_NAMED_IAM --stack-name {settings.stack}-{template} --parameter-overrides "
            f"FunctionRoleArn={caller} ClusterAccountId={settings.account} ExternalId=... {lists}",
        )
    return Finding(resource=resource, state="assumed with the external ID")
