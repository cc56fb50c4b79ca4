"""The operations that roles may use at all, with the permissions that AWS asks for each.

One row an operation, after the service authorization reference. What is not listed is refused to everyone but the
sandbox's operators, so that a new call in the product cannot pass unchecked: give it a row.
"""

from dataclasses import replace

from sandbox.gateway import (
    resources_eks,
    resources_fsx,
    resources_iam,
    resources_organizations,
    resources_s3,
    resources_sagemaker,
    resources_serverless,
)
from sandbox.gateway.lookups import tags_of
from sandbox.gateway.needs import Need, Row, Target
from sandbox.gateway.reference import is_known

TABLE: dict[tuple[str, str], Row] = {
    **resources_eks.ROWS,
    **resources_fsx.ROWS,
    **resources_iam.ROWS,
    **resources_organizations.ROWS,
    **resources_s3.ROWS,
    **resources_sagemaker.ROWS,
    **resources_serverless.ROWS,
}


class UnlistedOperationError(Exception):
    """The table has no row for an operation."""


def needs_of(target: Target) -> list[Need]:
    """What a call needs, with the tags of the resources that exist already.

    Raises:
        UnlistedOperationError: the table does not know the operation, or AWS does not know the action.
    """
    row = TABLE.get((target.service, target.operation))
    if row is None:
        raise UnlistedOperationError(
            f"{target.service}:{target.operation} has no row in sandbox/gateway/resources.py, so no role may call it"
        )
    needs = row(target)
    for need in needs:
        if not is_known(need.action):
            raise UnlistedOperationError(f"{need.action} is not in the service authorization reference")
    return [_with_resource_tags(need) for need in needs]


def _with_resource_tags(need: Need) -> Need:
    tags = tags_of(need.resource)
    keys = {f"aws:ResourceTag/{key}": (value,) for key, value in tags.items()}
    service = need.action.split(":")[0]
    if service in ("iam", "sts"):
        keys |= {f"iam:ResourceTag/{key}": (value,) for key, value in tags.items()}
    if service == "s3":
        keys |= {f"s3:AccessPointTag/{key}": (value,) for key, value in tags.items()}
    return replace(need, context={**keys, **need.context}) if keys else need
