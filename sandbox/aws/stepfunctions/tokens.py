"""Tasks that wait for their token, on the sandbox's clock, and the answers by SendTaskSuccess and SendTaskFailure."""

from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import EmptyResult
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackConsumerLeft,
    CallbackConsumerTimeout,
    CallbackEndpoint,
    CallbackOutcome,
)
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.aws.moto.patches import Patches
from sandbox.runtime.clock import Clock


def _made(original: Any, clock: Clock) -> Any:
    def make(self: Any, *args: Any, **kwargs: Any) -> None:
        """Upstream: who waits for a token takes real time to do so."""
        original(self, *args, **kwargs)
        self._notify_event = clock.signal()

    return make


def _wait(self: CallbackEndpoint, timeout: float | None = None) -> CallbackOutcome | None:
    """Upstream: a token that was answered, or whose task is out of time, can be answered again.

    SendTaskSuccess (API reference): TaskTimedOut where the task has timed out or is over, also by another answer.
    """
    self._notify_event.wait(timeout)
    self.report(CallbackConsumerTimeout() if self._outcome is None else CallbackConsumerLeft())
    return self._outcome


def _awaited(
    self: StateTaskServiceCallback, timeout_seconds: float, callback_endpoint: CallbackEndpoint
) -> CallbackOutcome | None:
    return callback_endpoint.wait(timeout=timeout_seconds)


def _answered(original: Any) -> Any:
    def answer(self: StepFunctionResponse) -> Any:
        """Upstream: an answer that comes too late is an error of the interpreter's own."""
        try:
            return original(self)
        except TypeError as error:
            raise AWSError("Task Timed Out: 'Provided task does not exist anymore'", "TaskTimedOut") from error

    return answer


def _respond_to_failure(self: StepFunctionResponse) -> Any:
    """Upstream: SendTaskFailure's cause is dropped."""
    backend: Any = self.stepfunction_backend
    backend.send_task_failure(
        self._get_param("taskToken"), error=self._get_param("error"), cause=self._get_param("cause")
    )
    return EmptyResult()


def install(patches: Patches, clock: Clock) -> None:
    """Puts waiting for a token on the clock, and lets each be answered once."""
    patches.replace(CallbackEndpoint, "__init__", _made(vars(CallbackEndpoint)["__init__"], clock))
    patches.replace(CallbackEndpoint, "wait", _wait)
    patches.replace(StateTaskServiceCallback, "_wait_for_task_token_timeout", _awaited)
    patches.replace(StepFunctionResponse, "send_task_failure", _answered(_respond_to_failure))
    patches.replace(StepFunctionResponse, "send_task_success", _answered(StepFunctionResponse.send_task_success))
