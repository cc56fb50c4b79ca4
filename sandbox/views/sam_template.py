"""The built template as `sam local invoke` needs it against a running sandbox.

SAM knows no physical names and passes on only variables that a template declares. So the functions get the variables
that they were deployed with, and those that lead an AWS SDK to the sandbox.
"""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.aws.cloudformation import templates
from sandbox.aws.cloudformation.deploy import Stack

BUILD = Path(".aws-sam/build")
NAME = "sandbox.yaml"


def write(root: Path, stack: Stack, endpoints: Mapping[str, str]) -> Path | None:
    """Writes it beside the built template; None where nothing has been built."""
    built = root / BUILD / "template.yaml"
    if not built.exists():
        return None
    template: dict[str, Any] = templates.parse(built.read_text())
    template["Parameters"]["Architecture"]["Default"] = (
        "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    )
    template["Globals"]["Function"].pop("Environment", None)
    deployed = {function.handler: function.environment for function in stack.functions}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            variables = {**deployed[resource["Properties"]["Handler"]], **endpoints}
            resource["Properties"]["Environment"] = {"Variables": variables}
    path = root / BUILD / NAME
    path.write_text(yaml.safe_dump(template, sort_keys=False))
    return path
