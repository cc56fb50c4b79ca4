"""What access to a dataset means, said once: for the data access role's policy, the access point's and the bucket's.

All three must allow a request (S3 user guide, "Configuring IAM policies for using access
points").
"""

from onboarding import names, policy
from onboarding.dataset_reference import reference_to
from onboarding.policy import Document
from onboarding.request import Dataset, TeamRequest
from onboarding.settings import Settings

READ_OBJECTS = ["s3:GetObject"]
# Writing a checkpoint: multipart uploads begun, continued and given up, and old checkpoints removed.
WRITE_OBJECTS = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
LIST = ["s3:ListBucket"]

DELEGATED = sorted([*READ_OBJECTS, *WRITE_OBJECTS, *LIST])

READ_KEY = ["Decrypt"]
# A multipart upload to an encrypted bucket decrypts what it has written (S3 user guide, "Uploading with SSE-KMS").
WRITE_KEY = ["Decrypt", "GenerateDataKey"]


def used(request: TeamRequest) -> list[Dataset]:
    """The datasets that pods reach by S3: of several service accounts, one at least must have it."""
    reached = {reference_to(dataset) for account in request.pod_accounts for dataset in account.datasets}
    return [dataset for dataset in request.datasets if reference_to(dataset) in reached]


def access_point_name(request: TeamRequest, dataset: Dataset, settings: Settings) -> str:
    """Name of the team's access point for the dataset."""
    return names.access_point(settings.prefix, request.team, dataset.account_id, dataset.bucket, dataset.prefix)


def access_point_arn(request: TeamRequest, dataset: Dataset, settings: Settings) -> str:
    """Its ARN."""
    name = access_point_name(request, dataset, settings)
    return f"arn:{settings.partition}:s3:{settings.region}:{dataset.account_id}:accesspoint/{name}"


def object_actions(dataset: Dataset) -> list[str]:
    """What may be done with the dataset's objects."""
    return [*READ_OBJECTS, *(WRITE_OBJECTS if dataset.access == "read-write" else [])]


def key_operations(dataset: Dataset) -> list[str]:
    """What may be done with the dataset's key."""
    return WRITE_KEY if dataset.access == "read-write" else READ_KEY


def list_statement(dataset: Dataset, access_point: str) -> Document:
    """Listing through the access point, below the dataset's prefix alone."""
    statement: Document = {"Effect": "Allow", "Action": LIST, "Resource": access_point}
    if dataset.prefix:
        statement["Condition"] = {"StringLike": {"s3:prefix": [dataset.prefix, f"{dataset.prefix}*"]}}
    return statement


def object_resource(dataset: Dataset, access_point: str) -> str:
    """The dataset's objects, as a policy names them."""
    return f"{access_point}/object/{dataset.prefix or ''}*"


def delegation(bucket: str, owner: str, settings: Settings) -> Document:
    """Leaves requests that come through the owner's own access points to the access points' policies.

    Only for principals of the cluster's account, and only for what datasets may be used for. With the owner's account
    fixed the bucket does not count as public (S3 user guide, "Delegating access control to access points").
    """
    arn = f"arn:{settings.partition}:s3:::{bucket}"
    return policy.canonical_statement(
        {
            "Sid": names.delegation_sid(settings.stack, settings.account),
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{settings.partition}:iam::{settings.account}:root"},
            "Action": DELEGATED,
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"StringEquals": {"s3:DataAccessPointAccount": owner}},
        }
    )
