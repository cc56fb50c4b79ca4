"""Executions of the stack's state machines: started, looked at, waited for."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.endings import INTERRUPTED, Refusal, code_of
from cli.stack import Stack

LOOK_SECONDS: Final = 1.0
"""Between two looks at what runs. Step Functions refills 15 DescribeExecution and 20 GetExecutionHistory a second, for
an account and Region (Step Functions developer guide, "Service quotas")."""

_PAGE: Final = 1000
_GONE: Final = "ExecutionDoesNotExist"

pause: Callable[[float], None] = time.sleep
"""Lets that many seconds pass."""

AT_ONCE: Final = 5
"""Executions that a command starts at a time, as the stack's TeamsAtOnce by default: IAM throttles work on roles early
(docs/doors.md, "Many at once")."""

Start = Callable[[], str]
"""Starts an execution, or knows one that runs already; its ARN."""

Told = Callable[[str, dict[str, Any]], None]
"""Takes an execution's ARN and one event of its history, as GetExecutionHistory shows it."""


@dataclass(frozen=True)
class Execution:
    """An execution as DescribeExecution shows it."""

    arn: str
    status: str
    output: Any = None
    error: str | None = None
    cause: str | None = None
    input: Any = None
    started: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"

    @property
    def why(self) -> str:
        """Error and cause of one that failed, in a line."""
        return f"{self.error or self.status}: {self.cause or 'no cause was given'}"


def start(stack: Stack, machine: str, payload: Mapping[str, Any]) -> str:
    """Starts an execution of the machine that is the output `machine`; its ARN."""
    return start_at(stack, stack.output(machine), payload)


def start_at(stack: Stack, machine: str, payload: Mapping[str, Any]) -> str:
    """Starts an execution of the machine of that ARN; its own."""
    started = stack.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(payload))
    return str(started["executionArn"])


def look(stack: Stack, arn: str) -> Execution:
    """The execution as it is now. Raises botocore's ClientError where there is none."""
    said = stack.client("stepfunctions").describe_execution(executionArn=arn)
    return Execution(
        arn, said["status"], _parsed(said.get("output")), said.get("error"), said.get("cause"),
        _parsed(said.get("input")),
        said["startDate"],
    )  # fmt: skip


def found(stack: Stack, arn: str) -> Execution | None:
    """The same; None where Step Functions knows it no more, 90 days after its end ("Service quotas")."""
    try:
        return look(stack, arn)
    except ClientError as error:
        if code_of(error) == _GONE:
            return None
        raise


def history(stack: Stack, arn: str) -> Iterator[dict[str, Any]]:
    """All events of an execution so far, in order."""
    pages = stack.client("stepfunctions").get_paginator("get_execution_history")
    for page in pages.paginate(executionArn=arn, maxResults=_PAGE):
        yield from page["events"]


def waited(
    stack: Stack, starts: Mapping[str, Start], told: Told | None = None, still: Callable[[str], None] | None = None
) -> Iterator[tuple[str, Execution]]:
    """Starts them, a few at a time, and yields each with its name when it has ended, in the order in which they end.

    `told` hears of their histories, and of those that they wait for; `still`, at each look, of the names of those that
    have not ended. Raises Refusal on Ctrl-C: they go on.
    """
    waiting, running = dict(starts), dict[str, str]()
    followed = Followed(stack, told) if told else None
    try:
        while waiting or running:
            for name in list(waiting)[: AT_ONCE - len(running)]:
                running[name] = waiting.pop(name)()
            for name, arn in list(running.items()):
                now = _just_started(stack, arn)
                if followed:
                    followed.look(arn)
                if not now.runs:
                    del running[name]
                    yield name, now
                elif still:
                    still(name)
            if running:
                pause(LOOK_SECONDS)
    except KeyboardInterrupt:
        raise Refusal(_interrupted(running, waiting), INTERRUPTED) from None


def _interrupted(running: Mapping[str, str], waiting: Mapping[str, Start]) -> str:
    left = f" {', '.join(waiting)} had not been started." if waiting else ""
    if not running:
        return f"Interrupted; nothing runs.{left}"
    return f"What was started goes on in AWS; `hyperpod-teams watch {' '.join(running.values())}` shows it.{left}"


def _just_started(stack: Stack, arn: str) -> Execution:
    # StartExecution is answered before every copy knows of it ("eventually consistent", API reference,
    # DescribeExecution).
    return found(stack, arn) or Execution(arn, "RUNNING")


@dataclass
class Followed:
    """Histories, each event told once."""

    stack: Stack
    told: Told

    def __post_init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._within: dict[str, list[str]] = {}

    def look(self, arn: str) -> None:
        """Tells what has come, also of the executions that this one has started and waits for."""
        for execution in self._within.get(arn, []):
            self.look(execution)
        for event in self._news(arn):
            self.told(arn, event)
            nested = _nested(event)
            if nested is not None:
                self._within.setdefault(arn, []).append(nested)
                self.look(nested)

    def _news(self, arn: str) -> list[dict[str, Any]]:
        try:
            events = [event for event in history(self.stack, arn) if event["id"] > self._seen.get(arn, 0)]
        except ClientError as error:
            if code_of(error) == _GONE:
                return []
            raise
        if events:
            self._seen[arn] = events[-1]["id"]
        return events


def _nested(event: Mapping[str, Any]) -> str | None:
    details = event.get("taskSubmittedEventDetails", {})
    if not str(details.get("resource", "")).startswith("startExecution"):
        return None
    answer = _parsed(details.get("output"))
    arn = answer.get("ExecutionArn") if isinstance(answer, dict) else None
    return None if arn is None else str(arn)


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
