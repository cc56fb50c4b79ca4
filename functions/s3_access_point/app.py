"""S3 access points: for each dataset the team's own way in, the bucket's delegation to it, and the use of its key."""

from collections.abc import Iterator
from typing import Any
from typing import Final as Constant

from botocore.exceptions import ClientError

from onboarding import dataset_access, names
from onboarding.aws_errors import code, is_missing, translated
from onboarding.errors import AccessDenied, Final
from onboarding.key_grant import KeyGrant, KeyGrantState
from onboarding.limits import near_limit
from onboarding.member_role import member_role_finding, unlisted
from onboarding.plan import Desired, Finding, Step
from onboarding.request import Dataset, TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of
from s3_access_point import policies
from s3_access_point.access_point import AccessPoint, AccessPointState
from s3_access_point.delegation import Delegation, DelegationState

ACCESS_POINT_LIMIT: Constant = 10_000
"""Of an account in a Region, unless it was raised (S3 user guide, "Access points restrictions and limitations")."""

_ACCESS_POINTS_QUOTA: Constant = "L-FAABEEBA"
"""Service Quotas' code of "Access Points"."""

_TEMPLATE: Constant = "data"
"""Of accounts/, for the member role."""


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """The access points, then what the bucket and the key must allow, once each."""
    settings = context.settings
    for dataset in request.datasets:
        name = dataset_access.access_point_name(request, dataset, settings)
        policy = policies.access_point_policy(request, dataset, settings)
        yield AccessPoint(dataset.account_id, name), AccessPointState(bucket=dataset.bucket, policy=policy)
    for bucket, owner in dict.fromkeys((dataset.bucket, dataset.account_id) for dataset in request.datasets):
        statement = policies.delegation(bucket, owner, settings)
        yield Delegation(owner, bucket, statement["Sid"]), DelegationState(statement=statement)
    grantee = settings.role_arn(names.data_access_role(settings.prefix, request.team))
    for key, owner in dict.fromkeys((d.kms_key_arn, d.account_id) for d in request.datasets if d.kms_key_arn):
        uses = [dataset_access.key_operations(dataset) for dataset in request.datasets if dataset.kms_key_arn == key]
        grant = KeyGrant(owner, key, names.key_grant(settings.prefix, request.team), grantee)
        yield grant, KeyGrantState(operations=sorted({operation for use in uses for operation in use}))


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """Each owner's account can be reached; each bucket is there, its owner's, in the stack's Region, under the key that
    the event names."""
    reached = {}
    for owner in sorted({dataset.account_id for dataset in request.datasets}):
        found = reached[owner] = _reached(owner, request, context)
        if found:
            yield found
    # Datasets that differ in their prefix alone are one bucket.
    for dataset in {(d.bucket, d.kms_key_arn): d for d in request.datasets}.values():
        account = reached[dataset.account_id]
        if account is None or account.verdict == "met":
            yield _bucket(dataset, context)


def _reached(owner: str, request: TeamRequest, context: Context) -> Finding | None:
    of_owner = [dataset for dataset in request.datasets if dataset.account_id == owner]
    partition = context.settings.partition
    buckets = ",".join(sorted({f"arn:{partition}:s3:::{dataset.bucket}" for dataset in of_owner}))
    keys = ",".join(sorted({dataset.kms_key_arn for dataset in of_owner if dataset.kms_key_arn}))
    lists = f"BucketArns=...,{buckets}{f' KeyArns=...,{keys}' if keys else ''}"
    return member_role_finding(context, owner, "s3", template=_TEMPLATE, function="s3-access-point", lists=lists)


def _bucket(dataset: Dataset, context: Context) -> Finding:
    address, region = f"{dataset.account_id} bucket {dataset.bucket}", context.settings.region
    try:
        with translated(address):
            s3 = context.accounts.client("s3", dataset.account_id)
            location = _location(s3, dataset)
            if location is None:
                reason = f"does not exist in account {dataset.account_id}. Correct the event's bucket or accountId"
                return Finding(resource=address, state="missing", reason=reason)
            if location != region:
                reason = f"is in {location}, and the cluster is in {region}; access points do not cross Regions. "
                return Finding(resource=address, state=location, reason=f"{reason}Copy the data there")
            keys = _keys(s3, dataset)
    except AccessDenied as error:
        lists = f"BucketArns=...,arn:{context.settings.partition}:s3:::{dataset.bucket}"
        return unlisted(context, dataset.account_id, address, error.reason, template=_TEMPLATE, lists=lists)
    except Final as error:
        # A bucket that may not be looked at must not hide what is wrong with the others.
        return Finding(resource=address, reason=error.reason)
    encryption = f"key {', '.join(sorted(keys))}" if keys else "no customer key"
    return Finding(resource=address, state=f"{location}, {encryption}", reason=_key_problem(keys, dataset))


def _location(s3: Any, dataset: Dataset) -> str | None:
    """The bucket's Region, or None where there is no such bucket."""
    try:
        found = s3.get_bucket_location(Bucket=dataset.bucket, ExpectedBucketOwner=dataset.account_id)
    except ClientError as error:
        if not is_missing(error):
            raise
        return None
    # S3 says nothing where it means us-east-1 (S3 API reference, GetBucketLocation).
    return found.get("LocationConstraint") or "us-east-1"


def _keys(s3: Any, dataset: Dataset) -> set[str]:
    """The customer's keys by which new objects are encrypted: one, or none."""
    try:
        found = s3.get_bucket_encryption(Bucket=dataset.bucket, ExpectedBucketOwner=dataset.account_id)
    except ClientError as error:
        if code(error) != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return set()
    rules = found["ServerSideEncryptionConfiguration"]["Rules"]
    defaults = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules]
    return {default["KMSMasterKeyID"] for default in defaults if default.get("KMSMasterKeyID")}


def _key_problem(keys: set[str], dataset: Dataset) -> str:
    if not keys or dataset.kms_key_arn in keys or any(_same_key(key, dataset.kms_key_arn) for key in keys):
        return ""
    named = f"names {dataset.kms_key_arn}" if dataset.kms_key_arn else "names no key"
    return (
        f"is encrypted with {', '.join(sorted(keys))}, and the event {named}. Set the dataset's kmsKeyArn to that key"
    )


def _same_key(configured: str, named: str | None) -> bool:
    # A bucket may name its key by bare id as well.
    return named is not None and not configured.startswith("arn:") and named.endswith(f":key/{configured}")


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
            yield Finding(resource=address, reason=error.reason, warning=True)
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
)
handler = handler_of(STEP)
