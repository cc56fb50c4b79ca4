"""Whether the owner of an account shares a dataset with a team: read in his account, as he has it just now."""

import shlex
from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from onboarding.aws_errors import code, is_denied, translate
from onboarding.member_role import deployment
from onboarding.plan import Finding
from onboarding.request import Dataset, TeamRequest
from onboarding.resource import Context
from onboarding.settings import Settings
from onboarding.shares import PARAMETER, Share, entry_for, parsed

_TEMPLATE = "data"


def parameter_name(settings: Settings) -> str:
    """Where accounts/data.yaml keeps what an account shares with the stack's teams; in the stack's Region."""
    return f"/{settings.stack}/shares"


def findings(owner: str, datasets: Sequence[Dataset], request: TeamRequest, context: Context) -> Iterator[Finding]:
    """For each of an owner's datasets whether the team may be given it; or the one reason why nothing can be said.

    What cannot be read shares nothing. Raises botocore's ClientError where it may pass.
    """
    entries = ",".join(dict.fromkeys(entry_for(request, dataset) for dataset in datasets))
    shares = context.readings.once(("shares", owner), lambda: _read(owner, context))
    if isinstance(shares, Finding):
        mend = _command(context.settings, f"{PARAMETER}=[...,{entries}]") if shares.mend else ""
        yield shares.model_copy(update={"mend": mend})
        return
    for dataset in datasets:
        yield _finding(dataset, shares, request, context)


def _finding(dataset: Dataset, shares: tuple[Share, ...], request: TeamRequest, context: Context) -> Finding:
    team = request.team
    resource = f"{dataset.account_id} share of {dataset.bucket}/{dataset.prefix or ''}".rstrip("/")
    given = {each: _first(shares, team, each, dataset) for each in request.scientists_accounts}
    without = [account for account, share in given.items() if share is None]
    if not without:
        state = ", ".join(dict.fromkeys(f"{by.access} of {by.bucket}/{by.prefix}" for by in given.values() if by))
        return Finding(id="S3-SHARE", resource=resource, state=state)
    reading = dataset.model_copy(update={"access": "read"})
    reads = all(_first(shares, team, each, reading) for each in without)
    return Finding(
        id="S3-SHARE",
        resource=resource,
        state="read alone" if reads else "not shared",
        reason=f"account {dataset.account_id} does not share it with team {team} of account {' and '.join(without)} "
        f"for {dataset.access}. Its owner adds the entry to {PARAMETER} of accounts/{_TEMPLATE}.yaml, or the event "
        "leaves the dataset out",
        mend=_command(context.settings, f"{PARAMETER}=[...,{entry_for(request, dataset)}]"),
    )


def _first(shares: Sequence[Share], team: str, account: str, dataset: Dataset) -> Share | None:
    return next((share for share in shares if share.covers(team, account, dataset)), None)


def _read(owner: str, context: Context) -> tuple[Share, ...] | Finding:
    """What the owner shares, or why that cannot be said. The command is filled in by who knows what is wanted."""
    name, region = parameter_name(context.settings), context.settings.region
    resource = f"{owner} parameter {name}"
    again = f"Deploy accounts/{_TEMPLATE}.yaml anew in account {owner}"
    try:
        value = context.accounts.client("ssm", owner).get_parameter(Name=name)["Parameter"]["Value"]
    except ClientError as error:
        if code(error) == "ParameterNotFound":
            reason = f"does not exist in {region}, so that the account shares nothing. {again}, in {region}"
            return Finding(id="SHARES-MISSING", resource=resource, state="missing", reason=reason, mend="...")
        if is_denied(error):
            said = f"{translate(error).reason}. What cannot be read shares nothing"
            # In the cluster's own account no template gives this function any right.
            own = owner == context.settings.account
            reason = f"{said}. Let the function's role read it" if own else f"{said}. {again}: its role reads it"
            return Finding(
                id="SHARES-UNREADABLE",
                resource=resource,
                state="may not be read",
                reason=reason,
                mend="" if own else "...",
            )
        raise
    try:
        return parsed(value)
    except ValueError as error:
        reason = f"{error}. Nothing is shared by it until that is mended: deploy accounts/{_TEMPLATE}.yaml anew"
        return Finding(id="SHARES-INVALID", resource=resource, state="not understood", reason=reason)


def _command(settings: Settings, parameter: str) -> str:
    return deployment(settings, _TEMPLATE, shlex.quote(parameter))
