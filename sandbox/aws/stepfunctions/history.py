"""An execution's history: closed once the execution has ended, and told to whoever follows it."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut

_LAST = {
    HistoryEventType.ExecutionSucceeded,
    HistoryEventType.ExecutionFailed,
    HistoryEventType.ExecutionAborted,
    HistoryEventType.ExecutionTimedOut,
}


def entered(event: Mapping[str, Any]) -> bool:
    """Whether an event of an execution's history is that a state was entered: what Step Functions bills."""
    return str(getattr(event["type"], "value", event["type"])).endswith("StateEntered")


class History(EventManager):
    """Upstream: a task that outlives its execution goes on writing to its history, and nobody can follow one."""

    def __init__(self, told: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._told = told
        self._closed = False

    def add_event(self, context: Any, event_type: Any, *args: Any, **kwargs: Any) -> int:
        """Adds an event unless the last one is in."""
        if self._closed:
            return int(context.last_published_event_id)
        if event_type in _LAST:
            self._closed = True
        return int(super().add_event(context, event_type, *args, **kwargs))

    def _publish_history_event(self, *args: Any, **kwargs: Any) -> None:
        super()._publish_history_event(*args, **kwargs)
        self._told(dict(self._history_event_list[-1]))

    def close(self, env: Environment) -> None:
        """Writes the last event of an execution that was stopped or timed out, if its own thread has not."""
        state = env.program_state()
        details: Any
        if isinstance(state, ProgramStopped):
            details = {"executionAbortedEventDetails": {"error": state.error, "cause": state.cause}}
            self.add_event(env.event_history_context, HistoryEventType.ExecutionAborted, details)
        elif isinstance(state, ProgramTimedOut):
            details = {"executionTimedOutEventDetails": {"error": "States.Timeout"}}
            self.add_event(env.event_history_context, HistoryEventType.ExecutionTimedOut, details)
