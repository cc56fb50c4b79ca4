"""The operations that roles may use at all, with the permissions that AWS asks for each.

One row an operation, after the service authorization reference. What is not listed is refused to everyone but the
sandbox's operators, so that a new call in the product cannot pass unchecked: give it a row.
"""

from dataclasses import replace

from sandbox.aws.eks import permissions as eks_permissions
from sandbox.aws.fsx import permissions as fsx_permissions
from sandbox.aws.gateway import permissions_serverless
from sandbox.aws.gateway.lookups import tags_of
from sandbox.aws.gateway.needs import Need, Row, Target
from sandbox.aws.gateway.reference import is_known
from sandbox.aws.iam import permissions as iam_permissions
from sandbox.aws.organizations import permissions as organizations_permissions
from sandbox.aws.s3 import permissions as s3_permissions
from sandbox.aws.sagemaker import permissions as sagemaker_permissions

TABLE: dict[tuple[str, str], Row] = {
    **eks_permissions.ROWS,
    **fsx_permissions.ROWS,
    **iam_permissions.ROWS,
    **organizations_permissions.ROWS,
    **s3_permissions.ROWS,
    **sagemaker_permissions.ROWS,
    **permissions_serverless.ROWS,
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
            f"{target.service}:{target.operation} has no row in sandbox/aws/gateway/permissions.py: no role may call it"
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
