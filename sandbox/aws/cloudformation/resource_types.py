"""moto's CloudFormation, completed for the resource types of stacks like ours, and loud about everything else.

moto skips types and properties that it does not know. Here a template that uses one is refused, so that a deployed
stack is what its template says.
"""

from collections.abc import Callable
from typing import Any

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import ValidationError

from sandbox.aws.cloudformation import moto_types, rollback, templates
from sandbox.aws.cloudformation.own_types import OWN_TYPES
from sandbox.aws.cloudformation.properties import UnsupportedTemplateError, check
from sandbox.aws.moto.patches import Patches

__all__ = ["OWN_TYPES", "UnsupportedTemplateError", "check", "install"]


def install() -> Callable[[], None]:
    """Completes moto's CloudFormation; returns what takes it back."""
    patches = Patches()
    moto_types.install(patches)
    rollback.install(patches)
    parse_template = vars(models.Stack)["parse_template"]
    patches.replace(models.Stack, "parse_template", templates.parse_as_moto(parse_template))
    patches.replace(parsing, "clean_json", _clean(parsing.clean_json))
    patches.replace(parsing, "generate_resource_name", _name(parsing.generate_resource_name))
    return patches.undo


def _clean(original: Any) -> Any:
    def clean(value: Any, resources: Any) -> Any:
        """Upstream: AWS::NoValue in a list becomes null, and an attribute that moto lacks is dropped with a warning."""
        if isinstance(value, list):
            return [item for item in (clean(item, resources) for item in value) if item is not None]
        cleaned = original(value, resources)
        if isinstance(value, dict) and "Fn::GetAtt" in value and cleaned is None:
            raise ValidationError(message=f"the sandbox's CloudFormation lacks {'.'.join(value['Fn::GetAtt'])}")
        return cleaned

    return clean


def _name(original: Any) -> Any:
    def generate(resource_type: str, stack_name: str, logical_id: str) -> str:
        """Upstream: made-up names of roles and functions exceed the 64 characters that they may have."""
        name: str = original(resource_type, stack_name, logical_id)
        if resource_type in ("AWS::IAM::Role", "AWS::Lambda::Function") and len(name) > 64:
            head, _, suffix = name.rpartition("-")
            return f"{head[: 63 - len(suffix)]}-{suffix}"
        return name

    return generate
