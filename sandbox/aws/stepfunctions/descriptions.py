"""What an execution says of itself, to DescribeExecution and to the execution that has started it."""

from typing import Any, Final

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.aws.moto.patches import Patches

LONGEST_CAUSE: Final = 32_768
"""Characters of a cause (Step Functions' service model, SensitiveCause)."""

_DATA: Final = ("input", "inputDetails", "output", "outputDetails")


def _describe(original: Any) -> Any:
    def describe(self: StepFunctionResponse) -> Any:
        """Upstream: input and output are told though only the metadata was asked for."""
        answer = original(self)
        if self._get_param("includedData") == "METADATA_ONLY":
            for field in _DATA:
                answer.result.pop(field, None)
        return answer

    return describe


def _with_short_cause(original: Any) -> Any:
    def build(self: StateTaskServiceSfn, *args: Any, **kwargs: Any) -> Any:
        """Upstream: a failed nested execution is described whole, however long its input is."""
        resolve = original(self, *args, **kwargs)

        def resolved() -> Any:
            try:
                return resolve()
            except FailureEventException as failure:
                details: Any = failure.failure_event.event_details
                task = details["taskFailedEventDetails"]
                task["cause"] = task["cause"][:LONGEST_CAUSE]
                raise

        return resolved

    return build


def install(patches: Patches) -> None:
    """Completes descriptions, and cuts what is too long for a cause."""
    describe = vars(StepFunctionResponse)["describe_execution"]
    patches.replace(StepFunctionResponse, "describe_execution", _describe(describe))
    for builder in ("_build_sync_resolver", "_build_sync2_resolver"):
        patches.replace(StateTaskServiceSfn, builder, _with_short_cause(vars(StateTaskServiceSfn)[builder]))
