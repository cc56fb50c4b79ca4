"""The role in another account by which a step works there."""

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_denied, message
from onboarding.plan import Finding
from onboarding.resource import Context
from onboarding.settings import Settings


def member_role_finding(
    context: Context,
    account: str,
    service: str,
    *,
    template: str,
    function: str,
    lists: str,
    parameter: str = "FunctionRoleArn",
) -> Finding | None:
    """Whether the member role can be assumed with the stack's external ID; None where the account is the cluster's own.

    STS does not say whether a role is missing, or asks for another caller, external ID or organization, so the command
    is the one that sets all of that: `template` of accounts/ for the role of `function`, which `parameter` takes, with
    `lists` among its parameters. Three dots stand for the external ID, and for what the account has listed already.
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
        parameters = f"{parameter}={caller} ClusterAccountId={settings.account} ExternalId=... {lists}".strip()
        return Finding(
            id="MEMBER-ROLE",
            resource=resource,
            state="cannot be assumed",
            reason=f"AssumeRole was refused with AccessDenied: {message(error)}. The role is not there, or asks for "
            "another caller, external ID or organization",
            mend=deployment(settings, template, parameters),
        )
    return Finding(id="MEMBER-ROLE", resource=resource, state="assumed with the external ID")


def unlisted(context: Context, account: str, address: str, said: str, *, template: str, lists: str) -> Finding:
    """What a refusal by a member role means for something that the owner of the account lists for the stack.

    `said` is how the service put it. Without a list, in the cluster's own account, there is no command. The stack of
    `template` is there already, so it keeps its other parameters (AWS CLI reference, cloudformation deploy).
    """
    settings = context.settings
    if account == settings.account:
        return Finding(id="ACCESS-DENIED", resource=address, state="may not be looked at", reason=said)
    return Finding(
        id="NOT-LISTED",
        resource=address,
        state="not listed",
        reason=f"{said}. It is not on the list of accounts/{template}.yaml in account {account}, or a policy of that "
        "account or its organization denies it",
        mend=deployment(settings, template, lists),
    )


def deployment(settings: Settings, template: str, parameters: str) -> str:
    """The command by which the owner of an account deploys a template of accounts/ with these parameters."""
    return (
        f"aws cloudformation deploy --template-file accounts/{template}.yaml --capabilities CAPABILITY_NAMED_IAM "
        f"--stack-name {settings.stack}-{template} --parameter-overrides {parameters}"
    )
