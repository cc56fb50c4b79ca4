"""S3 access points: for each dataset the team's own way in, the bucket's delegation to it, and the use of its key."""

from collections.abc import Iterator
from typing import Any
from typing import Final as Constant

from onboarding import dataset_access, names, sharing
from onboarding.aws_errors import translated
from onboarding.bucket_statement import forecast
from onboarding.errors import Final
from onboarding.key_grant import KeyGrant, KeyGrantState
from onboarding.limits import near_limit
from onboarding.member_role import member_role_finding
from onboarding.plan import Desired, Finding, Step
from onboarding.request import Dataset, PodAccount, TeamRequest
from onboarding.resource import Context
from onboarding.settings import Settings
from onboarding.step import handler_of
from s3_access_point import bucket, key, policies
from s3_access_point.access_point import AccessPoint, AccessPointState
from s3_access_point.delegation import Delegation, DelegationState

ACCESS_POINT_LIMIT: Constant = 10_000
"""Of an account in a Region, unless it was raised (S3 user guide, "Access points restrictions and limitations")."""

_ACCESS_POINTS_QUOTA: Constant = "L-FAABEEBA"
"""Service Quotas' code of "Access Points"."""


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """The access points, then what the bucket and the key must allow, once each."""
    settings = context.settings
    for dataset in dataset_access.used(request):
        name = dataset_access.access_point_name(request, dataset, settings)
        policy = policies.access_point_policy(request, dataset, settings)
        yield AccessPoint(dataset.account_id, name), AccessPointState(bucket=dataset.bucket, policy=policy)
    for name, owner in dict.fromkeys((dataset.bucket, dataset.account_id) for dataset in request.datasets):
        statement = dataset_access.delegation(name, owner, settings)
        yield Delegation(owner, name, statement["Sid"]), DelegationState(statement=statement)
    for account in request.pod_accounts:
        yield from _grants(request, account, settings)


def _grants(request: TeamRequest, account: PodAccount, settings: Settings) -> Iterator[Desired]:
    grantee = settings.role_arn(names.data_access_role(settings.prefix, request.team, account.own))
    for used, owner in dict.fromkeys((d.kms_key_arn, d.account_id) for d in account.datasets if d.kms_key_arn):
        uses = [dataset_access.key_operations(dataset) for dataset in account.datasets if dataset.kms_key_arn == used]
        grant = KeyGrant(owner, used, names.key_grant(settings.prefix, request.team, account.own), grantee)
        yield grant, KeyGrantState(operations=sorted({operation for use in uses for operation in use}))


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """Each owner's account can be reached, and shares what is asked for; each bucket is there, its owner's, in the
    stack's Region, under the key that the event names."""
    reached = {}
    for owner in sorted({dataset.account_id for dataset in request.datasets}):
        found = reached[owner] = _reached(owner, request, context)
        if found:
            yield found
        if found is None or found.verdict == "met":
            yield from sharing.findings(owner, _of(owner, request), request, context)
    written = {dataset.bucket for dataset in request.datasets if dataset.access == "read-write"}
    # Datasets that differ in their prefix alone are one bucket.
    for dataset in {(d.bucket, d.kms_key_arn): d for d in request.datasets}.values():
        account = reached[dataset.account_id]
        if account is None or account.verdict == "met":
            yield from bucket.findings(dataset, context, writes=dataset.bucket in written)
    for owner, used in dict.fromkeys((d.account_id, d.kms_key_arn) for d in request.datasets):
        account = reached[owner]
        if used and (account is None or account.verdict == "met"):
            yield key.finding(owner, used, context)


def _reached(owner: str, request: TeamRequest, context: Context) -> Finding | None:
    lists = bucket.listing(_of(owner, request), context)
    return member_role_finding(context, owner, "s3", template=bucket.TEMPLATE, function="s3-access-point", lists=lists)


def _of(owner: str, request: TeamRequest) -> list[Dataset]:
    return [dataset for dataset in request.datasets if dataset.account_id == owner]


def advise(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """Each dataset takes an access point of its owner's account, which has a limit of them in the Region."""
    region = context.settings.region
    for owner in sorted({dataset.account_id for dataset in request.datasets}):
        reached = _reached(owner, request, context)
        if reached and reached.verdict == "problem":
            # `check` has said so.
            continue
        address = f"{owner} access points in {region}"
        try:
            with translated(address):
                used = _access_points(context.accounts.client("s3control", owner), owner)
        except Final as error:
            # As with buckets: one account that does not answer must not hide the others.
            yield Finding(id=error.id, resource=address, reason=error.reason, warning=True)
            continue
        yield near_limit(
            address,
            used,
            ACCESS_POINT_LIMIT,
            f"aws service-quotas request-service-quota-increase --region {region} --service-code s3 "
            f"--quota-code {_ACCESS_POINTS_QUOTA} --desired-value {2 * ACCESS_POINT_LIMIT}",
        )


def _access_points(control: Any, owner: str) -> int:
    """How many the account has in the Region. A page has 1,000; botocore knows no paginator for them."""
    page = control.list_access_points(AccountId=owner)
    used = len(page["AccessPointList"])
    while page.get("NextToken"):
        page = control.list_access_points(AccountId=owner, NextToken=page["NextToken"])
        used += len(page["AccessPointList"])
    return used


STEP = Step(
    name="s3_access_point",
    kinds=(AccessPoint, Delegation, KeyGrant),
    desired=desired,
    check=check,
    advise=advise,
    forecast=forecast,
)
handler = handler_of(STEP)
