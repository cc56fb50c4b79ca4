"""Executions for tests: started by events, singly or many at once, and what they announced."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.cloud import Cloud, Execution

FULL = os.environ.get("FULL") == "1"
"""Whether the long form of a test is asked for."""

CREATED, DELETED = "Team Created", "Team Deleted"

_PATIENCE_SECONDS = 86_400.0
"""Sandbox seconds; what is waited for takes far less, unless it never comes."""


def until(cloud: Cloud, met: Callable[[], bool], what: str) -> None:
    """Waits until something is so. Raises TimeoutError when it does not come about."""
    deadline = cloud.clock.now() + _PATIENCE_SECONDS
    while not met():
        if cloud.clock.now() > deadline:
            raise TimeoutError(f"not within {_PATIENCE_SECONDS} s: {what}")
        cloud.clock.sleep(1)


def begun(cloud: Cloud, detail: Mapping[str, Any], kind: str = CREATED) -> str:
    """Sends an event; ARN of the execution that it starts."""
    before = set(cloud.executions())
    cloud.send(detail, kind)
    until(cloud, lambda: bool(set(cloud.executions()) - before), "an execution for the event")
    # The oldest: it may have let others happen.
    return [arn for arn in cloud.executions() if arn not in before][-1]


def ended(cloud: Cloud, detail: Mapping[str, Any], kind: str = CREATED) -> Execution:
    """Sends an event and waits for the end of the execution that it starts."""
    return cloud.wait(begun(cloud, detail, kind))


def offboarded(cloud: Cloud, team: str) -> Execution:
    """Sends a Team Deleted event and waits for the end of its execution."""
    return ended(cloud, {"team": team}, DELETED)


def all_of(cloud: Cloud, *events: tuple[str, dict[str, Any]]) -> list[Execution]:
    """Sends events of these kinds at once and waits for the ends of their executions."""
    known = set(_all(cloud))
    for kind, detail in events:
        cloud.send(detail, kind)
    until(cloud, lambda: len(set(_all(cloud)) - known) == len(events), "an execution for every event")
    return [cloud.wait(arn) for arn in _all(cloud) if arn not in known]


def _all(cloud: Cloud) -> list[str]:
    """ARNs of all executions of onboard_team, however many."""
    pages = cloud.client("stepfunctions").get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=cloud.stack.outputs["OnboardTeamArn"])
    return [execution["executionArn"] for page in found for execution in page["executions"]]


def said_of(cloud: Cloud, team: str) -> list[tuple[str, dict[str, Any]]]:
    """What was put on the bus about a team, whoever's execution it was: detail type and detail."""
    entries = [
        event
        for call in cloud.calls.entries(service="events", operation="PutEvents")
        if call.call.principal != "operator"
        for event in call.call.parameters["Entries"]
    ]
    details: list[tuple[str, dict[str, Any]]] = [(e["DetailType"], json.loads(e["Detail"])) for e in entries]
    return [(kind, said) for kind, said in details if said.get("team") == team]
