"""To whom belongs what a team writes into a bucket of another account."""

from typing import Any, Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import code
from onboarding.request import Dataset
from onboarding.resource import Context

_OWNERS: Final = "BucketOwnerEnforced"
# What buckets have that were made before April 2023, and say nothing (S3 user guide, "Object Ownership").
_UNSAID: Final = "ObjectWriter"


def fault(s3: Any, dataset: Dataset, context: Context) -> tuple[str, str] | None:
    """Why the team may not write there, with the command that mends it; None where the owner owns what it writes.

    `BucketOwnerPreferred` hands over only what is uploaded with an access control list that says so. Raises botocore's
    ClientError.
    """
    cluster = context.settings.account
    if dataset.account_id == cluster:
        return None
    try:
        found = s3.get_bucket_ownership_controls(Bucket=dataset.bucket, ExpectedBucketOwner=dataset.account_id)
        rule = found["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    except ClientError as error:
        if code(error) != "OwnershipControlsNotFoundError":
            raise
        rule = _UNSAID
    if rule == _OWNERS:
        return None
    return (
        f"has Object Ownership {rule}, by which what the team writes would belong to account {cluster}, and the owner "
        "could not even read it. Have the bucket's owner own it; that turns access control lists off, so see first "
        "that nobody needs one",
        f"aws s3api put-bucket-ownership-controls --bucket {dataset.bucket} "
        f"--ownership-controls 'Rules=[{{ObjectOwnership={_OWNERS}}}]'",
    )
