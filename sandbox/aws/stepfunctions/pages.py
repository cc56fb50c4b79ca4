"""Histories in pages, as GetExecutionHistory hands them out."""

from typing import Any, Final

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.aws.moto.patches import Patches

_USUAL: Final = 100
"""Events of a page where nothing else is asked for, or 0 (Step Functions API reference, GetExecutionHistory)."""


def _paged(original: Any) -> Any:
    def history(self: StepFunctionResponse) -> ActionResult:
        """Upstream: all events on one page in their order, whatever was asked."""
        answer: ActionResult = original(self)
        events: Any = answer.result["events"]  # type: ignore[index]
        if self._get_bool_param("reverseOrder"):
            events = events[::-1]
        begin = int(self._get_param("nextToken") or 0)
        end = begin + (self._get_int_param("maxResults") or _USUAL)
        more = {"nextToken": str(end)} if end < len(events) else {}
        return ActionResult({"events": events[begin:end], **more})

    return history


def install(patches: Patches) -> None:
    """Hands histories out in pages."""
    patches.replace(
        StepFunctionResponse,
        "get_execution_history",
        _paged(vars(StepFunctionResponse)["get_execution_history"]),
    )
