"""A function as it is deployed, and what its processes find in their environment."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FunctionConfig:
    """A function as the stack deployed it."""

    name: str
    arn: str
    handler: str
    code: Path
    """Its directory."""
    environment: Mapping[str, str]
    role_arn: str
    timeout: float
    """Seconds."""
    memory: int
    """MiB."""
    layers: tuple[Path, ...] = ()
    """The directories of its layers, as they are laid out under /opt."""
    runtime: str = "python3.13"
    log_format: str = "Text"
    """Text or JSON: how the runtime itself writes to the log."""


def environment(
    function: FunctionConfig, instance_id: str, credentials: Mapping[str, str], home: str, endpoint_url: str
) -> dict[str, str]:
    """The variables of a process, its function's own among them (Lambda developer guide, "Defined runtime environment
    variables"). `credentials` are boto3 arguments.
    """
    region = function.arn.split(":")[3]
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[$LATEST]{instance_id}",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        "AWS_ACCESS_KEY_ID": credentials["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": credentials["aws_secret_access_key"],
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_SDK_UA_APP_ID": f"fn-{function.name}-{instance_id}",
    }
    if credentials.get("aws_session_token"):
        variables["AWS_SESSION_TOKEN"] = credentials["aws_session_token"]
    return {**function.environment, **variables}
