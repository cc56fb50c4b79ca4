"""The bucket of a dataset as it must be before an access point is made: there, in the Region, under the event's key."""

from collections.abc import Iterator, Sequence
from typing import Any
from typing import Final as Constant

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_missing, translated
from onboarding.errors import AccessDenied, Final
from onboarding.findings import FindingId
from onboarding.member_role import unlisted
from onboarding.plan import Finding
from onboarding.request import Dataset
from onboarding.resource import Context
from s3_access_point import encryption, ownership

TEMPLATE: Constant = "data"
"""Of accounts/, for the member role."""


def listing(datasets: Sequence[Dataset], context: Context) -> str:
    """The parameters by which the owner of these datasets lists their buckets and keys for the stack."""
    buckets = ",".join(sorted({f"arn:{context.settings.partition}:s3:::{dataset.bucket}" for dataset in datasets}))
    keys = ",".join(sorted({dataset.kms_key_arn for dataset in datasets if dataset.kms_key_arn}))
    return f"BucketArns=...,{buckets}{f' KeyArns=...,{keys}' if keys else ''}"


def findings(dataset: Dataset, context: Context, *, writes: bool) -> Iterator[Finding]:
    """How the bucket was found; `writes` is whether the team writes to it, below whichever prefix."""
    address = f"{dataset.account_id} bucket {dataset.bucket}"
    try:
        with translated(address):
            yield from list(_found(address, dataset, context, writes=writes))
    except AccessDenied as error:
        lists = listing([dataset], context)
        yield unlisted(context, dataset.account_id, address, error.reason, template=TEMPLATE, lists=lists)
    except Final as error:
        # A bucket that may not be looked at must not hide what is wrong with the others.
        yield Finding(id=error.id, resource=address, reason=error.reason)


def _found(address: str, dataset: Dataset, context: Context, *, writes: bool) -> Iterator[Finding]:
    s3, region = context.accounts.client("s3", dataset.account_id), context.settings.region
    location = location_of(s3, dataset)
    if location is None:
        reason = f"does not exist in account {dataset.account_id}. Correct the event's bucket or accountId"
        yield Finding(id="S3-BUCKET", resource=address, state="missing", reason=reason)
        return
    if location != region:
        reason = f"is in {location}, and the cluster is in {region}; access points do not cross Regions. "
        yield Finding(id="S3-REGION", resource=address, state=location, reason=f"{reason}Copy the data there")
        return
    state, faults = _key(s3, dataset, context, writes=writes)
    told: list[tuple[FindingId, str, str]] = [("S3-ENCRYPTION", *fault) for fault in faults]
    kept = ownership.fault(s3, dataset, context) if writes else None
    told += [("S3-OBJECT-OWNERSHIP", *kept)] if kept else []
    for id, reason, mend in told:
        yield Finding(id=id, resource=address, state=f"{location}, {state}", reason=reason, mend=mend)
    if not told:
        yield Finding(id="S3-BUCKET", resource=address, state=f"{location}, {state}")


def location_of(s3: Any, dataset: Dataset) -> str | None:
    """The bucket's Region, or None where there is no such bucket. Raises botocore's ClientError."""
    try:
        found = s3.get_bucket_location(Bucket=dataset.bucket, ExpectedBucketOwner=dataset.account_id)
    except ClientError as error:
        if not is_missing(error):
            raise
        return None
    # S3 says nothing where it means us-east-1, and `EU` of what was made by that name (S3 API reference,
    # GetBucketLocation).
    said = found.get("LocationConstraint") or "us-east-1"
    return "eu-west-1" if said == "EU" else str(said)


def _key(s3: Any, dataset: Dataset, context: Context, *, writes: bool) -> tuple[str, list[tuple[str, str]]]:
    """The bucket's key in a few words, and what is wrong with it."""
    found = encryption.encryption_of(s3, dataset)
    if found is None:
        return "no customer key", []
    if found.is_managed:
        return "the AWS managed key", list(encryption.managed_faults(found, dataset, context))
    arn = found.key_arn(dataset, context)
    return f"key {arn or found.named}", list(encryption.faults(found, arn, dataset, context, writes=writes))
