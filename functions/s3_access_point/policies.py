"""The policies on the data owner's side: the access point's, and the bucket's delegation to access points."""

from onboarding import dataset_access, names, policy
from onboarding.policy import Document
from onboarding.request import Dataset, TeamRequest
from onboarding.settings import Settings


def access_point_policy(request: TeamRequest, dataset: Dataset, settings: Settings) -> Document:
    """The team's data access role and nobody else: the same actions and prefix that the role's own policy names."""
    arn = dataset_access.access_point_arn(request, dataset, settings)
    role = {"AWS": settings.role_arn(names.data_access_role(settings.prefix, request.team))}
    return policy.document(
        {"Sid": "List", "Principal": role, **dataset_access.list_statement(dataset, arn)},
        {
            "Sid": "Objects",
            "Effect": "Allow",
            "Principal": role,
            "Action": dataset_access.object_actions(dataset),
            "Resource": dataset_access.object_resource(dataset, arn),
        },
    )


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
            "Action": dataset_access.DELEGATED,
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"StringEquals": {"s3:DataAccessPointAccount": owner}},
        }
    )
