"""What CloudFormation takes away again where a stack could not be created, and what it leaves behind."""

from typing import Any

from moto.awslambda.models import LayerVersion
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.dynamodb.models.table import Table
from moto.iam.models import ManagedPolicy, Role, iam_backends

from sandbox.aws.moto.patches import Patches


def install(patches: Patches) -> None:
    """Lets a failed creation roll back."""
    create = vars(parsing.ResourceMap)["create"]

    def create_or_roll_back(self: Any, template: dict[str, Any]) -> bool:
        """Upstream: what was created before a failure stays."""
        try:
            ready: bool = create(self, template)
            return ready
        except Exception as failure:
            left = _roll_back(self)
            if left:
                raise ValidationError(message=f"{failure}; left behind: {', '.join(left)}") from failure
            raise

    patches.replace(parsing.ResourceMap, "create", create_or_roll_back)


def _roll_back(resources: Any) -> list[str]:
    """Deletes what was created, the latest first, but what the template says to retain; returns what stays.

    Retain keeps also what a failed creation made, RetainExceptOnCreate does not, and nobody deletes a protected table
    (CloudFormation user guide, "DeletionPolicy attribute"; DynamoDB developer guide, "Using deletion protection").
    """
    declared = resources._resource_json_map
    left = []
    for logical_id, resource in reversed(list(resources._parsed_resources.items())):
        if logical_id not in declared or resource is None:
            continue
        protected = isinstance(resource, Table) and resource.deletion_protection_enabled
        if declared[logical_id].get("DeletionPolicy") == "Retain" or protected:
            # A layer's next version is another one; whatever has a name keeps the next of that name out.
            left += [] if isinstance(resource, LayerVersion) else [logical_id]
            continue
        if isinstance(resource, Role):
            # Upstream: a role is deleted as IAM does it, which asks for its policies to go first.
            for policy in list(resource.managed_policies.values()):
                policy.detach_from(resource)
            resource.policies.clear()
        if isinstance(resource, ManagedPolicy):
            # Upstream: it is not deleted at all.
            iam_backends[resources._account_id]["aws"].delete_policy(resource.arn)
        else:
            resources._delete_resource(resource, declared[logical_id])
        del resources._parsed_resources[logical_id]
    return left
