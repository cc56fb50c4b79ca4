"""The policy of an access point."""

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
