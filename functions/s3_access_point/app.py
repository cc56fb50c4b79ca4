"""S3 access points: for each dataset the team's own way in, the bucket's delegation to it, and the use of its key."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from onboarding import dataset_access, names
from onboarding.aws_errors import code, is_missing, translated
from onboarding.errors import Final
from onboarding.key_grant import KeyGrant, KeyGrantState
from onboarding.plan import Desired, Finding, Step
from onboarding.request import Dataset, TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of
from s3_access_point import policies
from s3_access_point.access_point import AccessPoint, AccessPointState
from s3_access_point.delegation import Delegation, DelegationState


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
    """Each bucket there, its owner's, in the stack's Region, and encrypted with the key that the event names."""
    for dataset in request.datasets:
        address = f"{dataset.account_id} bucket {dataset.bucket}"
        try:
            with translated(address):
                s3 = context.accounts.client("s3", dataset.account_id)
                reason = _bucket_problem(s3, dataset, context.settings.region) or _key_problem(s3, dataset)
        except Final as error:
            # A bucket that may not be looked at must not hide what is wrong with the others.
            reason = error.reason
        if reason:
            yield Finding(resource=address, reason=reason)


def _bucket_problem(s3: Any, dataset: Dataset, region: str) -> str | None:
    try:
        found = s3.get_bucket_location(Bucket=dataset.bucket, ExpectedBucketOwner=dataset.account_id)
    except ClientError as error:
        if not is_missing(error):
            raise
        return f"does not exist in account {dataset.account_id}. Correct the event's bucket or accountId"
    # S3 says nothing where it means us-east-1 (S3 API reference, GetBucketLocation).
    location = found.get("LocationConstraint") or "us-east-1"
    if location != region:
        return (
            f"is in {location}, and the cluster is in {region}; access points do not cross Regions. Copy the data there"
        )
    return None


def _key_problem(s3: Any, dataset: Dataset) -> str | None:
    try:
        found = s3.get_bucket_encryption(Bucket=dataset.bucket, ExpectedBucketOwner=dataset.account_id)
    except ClientError as error:
        if code(error) != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return None
    rules = found["ServerSideEncryptionConfiguration"]["Rules"]
    defaults = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules]
    keys = {default["KMSMasterKeyID"] for default in defaults if default.get("KMSMasterKeyID")}
    if not keys or dataset.kms_key_arn in keys or any(_same_key(key, dataset.kms_key_arn) for key in keys):
        return None
    named = f"names {dataset.kms_key_arn}" if dataset.kms_key_arn else "names no key"
    return (
        f"is encrypted with {', '.join(sorted(keys))}, and the event {named}. Set the dataset's kmsKeyArn to that key"
    )


def _same_key(configured: str, named: str | None) -> bool:
    # A bucket may name its key by bare id as well.
    return named is not None and not configured.startswith("arn:") and named.endswith(f":key/{configured}")


STEP = Step(name="s3_access_point", kinds=(AccessPoint, Delegation, KeyGrant), desired=desired, check=check)
handler = handler_of(STEP)
