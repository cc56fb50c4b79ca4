"""`undelivered`: events that EventBridge could not deliver, read, explained and put back."""

import json
from collections.abc import Container
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from cli import executions, screen, stack
from cli.events import team_in
from cli.options import Json, StackName
from cli.stack import Stack

QUEUE: Final = "undelivered-events"
"""Ends the name of the stack's dead-letter queue (template.yaml, UndeliveredEvents)."""

_HIDDEN_SECONDS: Final = 300
"""While they are looked at nobody else receives them."""

_MACHINES: Final = ("OnboardTeamArn", "SweepArn")
"""Machines, by their outputs, that take again what a rule would have started them with."""

_STAYS: Final = "is not put back: `hyperpod-teams replay TEAM` for the team that it is about unwinds first"

PutBack = Annotated[bool, typer.Option("--put-back", help="Start with each what should have got it; then take it out.")]


@dataclass(frozen=True)
class Message:
    """A message of the queue."""

    receipt: str
    event: Any
    rule: str
    target: str
    why: str

    def as_value(self, execution: str | None) -> dict[str, Any]:
        """For programs."""
        event = self.event if isinstance(self.event, dict) else {}
        return {
            "team": team_in(self.event),
            "source": event.get("source"),
            "detail-type": event.get("detail-type"),
            "time": event.get("time"),
            "rule": self.rule,
            "why": self.why,
            "execution": execution,
            "event": self.event,
        }


def undelivered(stack_name: StackName = None, put_back: PutBack = False, as_json: Json = False) -> None:
    """Show the events in the dead-letter queue and why each was not delivered; with --put-back, deliver them.

    What a rule on executions should have got is not put back: replay the team, which unwinds first.

    Exit status: 0 the queue is empty now, 1 something is left in it.
    """
    where = stack.find(stack_name)
    queue = where.client("sqs").get_queue_url(QueueName=f"{where.name}-{QUEUE}")["QueueUrl"]
    found = _received(where, queue)
    takers = {where.output(name) for name in _MACHINES}
    started: dict[str, str] = {}
    try:
        for message in found if put_back else ():
            if message.target in takers:
                started[message.receipt] = executions.start_at(where, message.target, message.event)
                where.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message.receipt)
    finally:
        for message in found:
            if message.receipt not in started:
                where.client("sqs").change_message_visibility(
                    QueueUrl=queue, ReceiptHandle=message.receipt, VisibilityTimeout=0
                )
    values = [message.as_value(started.get(message.receipt)) for message in found]
    if as_json:
        screen.print_json(values)
    else:
        _show(screen.output(), values, found, takers)
    raise typer.Exit(0 if len(started) == len(found) else 1)


def _received(where: Stack, queue: str) -> list[Message]:
    found: list[Message] = []
    while True:
        answer = where.client("sqs").receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
        )
        if not answer.get("Messages"):
            return found
        found += map(_message, answer["Messages"])


def _message(received: dict[str, Any]) -> Message:
    said = {name: each.get("StringValue", "") for name, each in received.get("MessageAttributes", {}).items()}
    try:
        event = json.loads(received["Body"])
    except ValueError:
        # Nothing of EventBridge's.
        event = None
    # What EventBridge writes beside an event (EventBridge user guide, "Using dead-letter queues").
    why = ": ".join(said[name] for name in ("ERROR_CODE", "ERROR_MESSAGE") if said.get(name))
    rule = said.get("RULE_ARN", "").rsplit("/", 1)[-1]
    return Message(received["ReceiptHandle"], event, rule, said.get("TARGET_ARN", ""), why)


def _show(console: Console, values: list[dict[str, Any]], found: list[Message], takers: Container[str]) -> None:
    if not values:
        console.print("The dead-letter queue is empty.", highlight=False)
    for value, message in zip(values, found, strict=True):
        mark = "[green]✓[/]" if value["execution"] else "[yellow]![/]"
        parts = [value["time"], value["source"], value["detail-type"]]
        event = " ".join(map(str, filter(None, parts))) or "a message that is no event"
        said = ", ".join([event, *(f"{name} {value[name]}" for name in ("team", "rule") if value[name])])
        console.print(f"{mark} {escape(said)}", highlight=False)
        if value["why"]:
            console.print(f"    {escape(value['why'])}", highlight=False)
        if value["execution"]:
            console.print(f"    put back: {escape(value['execution'])}", highlight=False)
        elif message.target not in takers:
            console.print(f"    {_STAYS}", highlight=False)
