"""The operations that roles may use at all, with the permissions that AWS asks for each.

One row an operation, after the service authorization reference, in the folder of its service. What is not listed is
refused to everyone but the sandbox's operators, so that a new call in the product cannot pass unchecked: give it a row.
"""

from dataclasses import replace

from sandbox.aws.policies.needs import Row, Target
from sandbox.aws.policies.reference import is_known
from sandbox.aws.services import SERVICES
from sandbox.runtime.call_log import Need

TABLE: dict[tuple[str, str], Row] = {key: row for service in SERVICES for key, row in service.rows.items()}
_TAGS = {key: tags for service in SERVICES for key, tags in service.tags.items()}


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
            f"{target.service}:{target.operation} has no row in sandbox/aws/SERVICE/permissions.py: no role may call it"
        )
    needs = row(target)
    for need in needs:
        if not is_known(need.action):
            raise UnlistedOperationError(f"{need.action} is not in the service authorization reference")
    return [_with_resource_tags(need) for need in needs]


def _with_resource_tags(need: Need) -> Need:
    tags = _tags_of(need.resource)
    keys = {f"aws:ResourceTag/{key}": (value,) for key, value in tags.items()}
    service = need.action.split(":")[0]
    if service in ("iam", "sts"):
        keys |= {f"iam:ResourceTag/{key}": (value,) for key, value in tags.items()}
    if service == "s3":
        keys |= {f"s3:AccessPointTag/{key}": (value,) for key, value in tags.items()}
    return replace(need, context={**keys, **need.context}) if keys else need


def _tags_of(arn: str) -> dict[str, str]:
    """The tags of an existing resource of a service that our policies look at the tags of; else none."""
    if arn.count(":") < 5:
        return {}
    service, region, account, name = arn.split(":", 5)[2:]
    source = _TAGS.get((service, name.split("/")[0]))
    return source(arn, account, region) if source else {}
