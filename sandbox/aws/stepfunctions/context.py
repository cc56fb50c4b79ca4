"""What an expression sees of `$states.context`."""

import datetime
from typing import Any

from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.states import ContextObjectData
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from sandbox.aws.moto.patches import Patches
from sandbox.runtime.json_values import copied


def iso(moment: datetime.datetime) -> str:
    """A moment as Step Functions writes it: ISO 8601, UTC, milliseconds, Z."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def install(patches: Patches) -> None:
    """Completes the context object."""
    original_environment = patches.replace(ExecutionWorker, "_get_evaluation_environment", None)
    original_frame = patches.replace(Environment, "as_inner_frame_of", None)

    def evaluation_environment(self: ExecutionWorker) -> Environment:
        """Upstream: Execution.StartTime is a datetime, which is no JSON value."""
        env: Environment = original_environment(self)
        execution: dict[str, Any] = env.states.context_object.context_object_data["Execution"]  # type: ignore[assignment]
        execution["StartTime"] = iso(execution["StartTime"])
        return env

    def as_inner_frame_of(cls: type[Environment], env: Environment, *args: Any, **kwargs: Any) -> Environment:
        """Upstream: a Task or nested state inside a Map does not see Map.Item."""
        frame: Environment = original_frame.__func__(cls, env, *args, **kwargs)
        outer: ContextObjectData = env.states.context_object.context_object_data
        if "Map" in outer:
            frame.states.context_object.context_object_data["Map"] = copied(outer["Map"])
        return frame

    ExecutionWorker._get_evaluation_environment = evaluation_environment  # type: ignore[method-assign]
    Environment.as_inner_frame_of = classmethod(as_inner_frame_of)  # type: ignore[assignment]
