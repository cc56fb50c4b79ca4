"""The policy of an access point."""

from onboarding import dataset_access, names, policy
from onboarding.dataset_reference import reference_to
from onboarding.policy import Document
from onboarding.request import Dataset, TeamRequest
from onboarding.settings import Settings


def access_point_policy(request: TeamRequest, dataset: Dataset, settings: Settings) -> Document:
    """The data access roles that have the dataset and nobody else: each with the same actions and prefix that its own
    policy names.
    """
    arn = dataset_access.access_point_arn(request, dataset, settings)
    if request.service_accounts is None:
        role = {"AWS": settings.role_arn(names.data_access_role(settings.prefix, request.team))}
        return _document({"Principal": role}, [("Objects", {"Principal": role}, dataset)], dataset, arn)
    found = [
        (settings.role_arn(names.data_access_role(settings.prefix, request.team, account.own)), theirs)
        for account in request.pod_accounts
        for theirs in account.datasets
        if reference_to(theirs) == reference_to(dataset)
    ]
    objects = []
    for sid, access in (("Objects", "read"), ("ObjectsWritten", "read-write")):
        same = [(role, theirs) for role, theirs in found if theirs.access == access]
        if same:
            objects.append((sid, _roles([role for role, _ in same], settings), same[0][1]))
    return _document(_roles([role for role, _ in found], settings), objects, dataset, arn)


def _roles(arns: list[str], settings: Settings) -> Document:
    """By condition, not as principals: one that was deleted can be named in no policy that is written, and one made
    again is another principal (IAM user guide, "AWS JSON policy elements: Principal"). A team's update may take one of
    several away and be rolled back, and the others' access must not hang on it.
    """
    return {
        "Principal": {"AWS": f"arn:{settings.partition}:iam::{settings.account}:root"},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": arns}},
    }


def _document(listing: Document, objects: list[tuple[str, Document, Dataset]], dataset: Dataset, arn: str) -> Document:
    shown = dataset_access.list_statement(dataset, arn)
    conditions = {**listing.get("Condition", {}), **shown.get("Condition", {})}
    return policy.document(
        {"Sid": "List", **shown, **listing, **({"Condition": conditions} if conditions else {})},
        *(
            {
                "Sid": sid,
                "Effect": "Allow",
                **who,
                "Action": dataset_access.object_actions(used_as),
                "Resource": dataset_access.object_resource(used_as, arn),
            }
            for sid, who, used_as in objects
        ),
    )
