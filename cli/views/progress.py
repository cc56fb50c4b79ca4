"""Shows an execution while it runs: each state as it starts and as it ends."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from cli.views.waiting import show_waiting, waiting_in

_ENTERED, _EXITED = "StateEntered", "StateExited"
# Choices and assignments take no time and do nothing that a reader would wait for.
_SHOWN = ("Task", "Map", "Wait", "Fail")
_DEPTH = {"Map": 0, "Task": 1, "Wait": 1, "Fail": 1}


@dataclass
class Progress:
    """Follows the histories of an execution and of those that it waits for."""

    console: Console
    _events: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    _running: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _caught: set[tuple[str, str]] = field(default_factory=set)
    _said: set[tuple[str, str, str]] = field(default_factory=set)
    _status: Status | None = None

    def __call__(self, execution: str, event: dict[str, Any]) -> None:
        """Takes one history event, as GetExecutionHistory shows it."""
        kind = event["type"]
        self._events[execution, int(event["id"])] = event
        state, _, phase = kind.partition("State")
        if phase and state in _SHOWN and kind.endswith(_ENTERED):
            self._entered(execution, state, event)
        elif phase and state in _SHOWN and kind.endswith(_EXITED):
            self._exited(execution, state, event)
        elif kind in ("TaskFailed", "TaskTimedOut"):
            self._failed(execution, event)
        elif kind == "TaskSucceeded":
            self._caught.discard((execution, self._label_of(execution, event)))
        elif kind == "TaskScheduled" and (waits := waiting_in(event)) is not None:
            show_waiting(self.console, *waits)
        elif kind == "MapStateFailed":
            self._caught.update(running for running in self._running if running[0] == execution)

    def __enter__(self) -> "Progress":
        if self.console.is_terminal:
            self._status = self.console.status("")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def _entered(self, execution: str, state: str, event: dict[str, Any]) -> None:
        details = event["stateEnteredEventDetails"]
        label = _label(details["name"], details.get("input"))
        self._running[execution, label] = event["timestamp"]
        self._say(execution, label, f"{'  ' * _DEPTH[state]}[dim]▸ {escape(label)}[/]")
        self._refresh()

    def _exited(self, execution: str, state: str, event: dict[str, Any]) -> None:
        name = event["stateExitedEventDetails"]["name"]
        entered = self._entering(execution, event)
        # The events of a Map lead back into its iterations; a Map has no step of its own.
        label = name if state == "Map" else _label(name, entered.get("input"))
        started = self._running.pop((execution, label), None)
        took = "" if started is None else f" [dim]{(event['timestamp'] - started).total_seconds():.2f} s[/]"
        mark = "[yellow]caught[/]" if (execution, label) in self._caught else "[green]✓[/]"
        self._caught.discard((execution, label))
        self._say(execution, label, f"{'  ' * _DEPTH[state]}{mark} {escape(label)}{took}", mark)
        self._refresh()

    def _say(self, execution: str, label: str, line: str, mark: str = "") -> None:
        # A step that waits for a service is looked at again and again: the first look says it all.
        if (execution, label, mark) not in self._said:
            self._said.add((execution, label, mark))
            self.console.print(line, highlight=False)

    def _failed(self, execution: str, event: dict[str, Any]) -> None:
        details = event.get("taskFailedEventDetails") or event.get("taskTimedOutEventDetails") or {}
        label = self._label_of(execution, event)
        self._caught.add((execution, label))
        reason = _reason(str(details.get("cause") or ""))
        text = f"  [red]✗[/] {escape(label)}: [red]{escape(str(details.get('error')))}[/] [dim]{escape(reason)}[/]"
        self.console.print(text, highlight=False)

    def _label_of(self, execution: str, event: dict[str, Any]) -> str:
        entered = self._entering(execution, event)
        return _label(entered.get("name", "a task"), entered.get("input"))

    def _entering(self, execution: str, event: dict[str, Any]) -> dict[str, Any]:
        # The event of a failed task leads back to the event that entered its state.
        found: dict[str, Any] | None = event
        while found is not None and "stateEnteredEventDetails" not in found:
            found = self._events.get((execution, int(found.get("previousEventId", 0))))
        entered: dict[str, Any] = (found or {}).get("stateEnteredEventDetails", {})
        return entered

    def _refresh(self) -> None:
        if self._status:
            running = ", ".join(label for _, label in self._running)
            self._status.update(f"[dim]{escape(running)}[/]")


def _label(name: str, payload: str | None) -> str:
    step = _parsed(payload).get("step")
    return f"{name} · {step}" if isinstance(step, str) else name


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _reason(cause: str) -> str:
    message = str(_parsed(cause).get("errorMessage", cause))
    reason = str(_parsed(message).get("reason", message))
    return reason if len(reason) <= 160 else f"{reason[:160]}..."
