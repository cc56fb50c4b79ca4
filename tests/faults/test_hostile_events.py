"""Bad events through the real bus: each fails by itself, and nothing else happens."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.inventory import World, difference
from sandbox.cloud import Cloud, Execution, Options, running
from sandbox.scenery import accounts
from tests.faults.events import FULL_DETAIL, HOSTILE
from tests.faults.runs import CREATED, DELETED, all_of

LINES: list[tuple[str, str]] = []
"""What the functions wrote: function and line."""


FINE = {"kube-system", "xn--bucket"}
"""Names that a team may have: what they mean elsewhere does not matter behind our prefixes."""


def surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def bad_events() -> list[tuple[str, dict[str, Any]]]:
    """Kinds and details; the bus takes no text that is not Unicode, and no more than 256 KiB."""
    words = [word for word in HOSTILE if not surrogate(word) and word not in FINE]
    found = [(CREATED, {**FULL_DETAIL, "team": word}) for word in words]
    found += [
        (CREATED, {}),
        (CREATED, {"team": None}),
        (CREATED, {**FULL_DETAIL, "{% $states.context %}": "{% $steps %}"}),
        (CREATED, {**FULL_DETAIL, "datasets": [{"bucket": "x", "prefix": "\n\x1b[2J"}] * 200}),
        (CREATED, {**FULL_DETAIL, "team": ["vision"], "quota": "all of it"}),
        (CREATED, {**FULL_DETAIL, "access": {"groups": ["system:masters"], "rules": [{"verbs": ["*"]}]}}),
        (CREATED, {**FULL_DETAIL, "filler": "x" * 240_000}),
        (DELETED, {}),
        (DELETED, {"team": "vision/../kube-system"}),
        (DELETED, {"team": "vision", "force": True}),
    ]
    return found


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A cloud that keeps what its functions write."""
    with running(Options(on_log=lambda function, line: LINES.append((function, line)))) as started:
        yield started


@pytest.fixture(scope="module")
def before(cloud: Cloud) -> World:
    return cloud.snapshot()


@pytest.fixture(scope="module")
def executions(cloud: Cloud, before: World) -> list[Execution]:
    """All of them, ended, eight at a time."""
    events, ended = bad_events(), []
    for start in range(0, len(events), 8):
        ended += all_of(cloud, *events[start : start + 8])
    cloud.settle()
    return ended


def test_each_bad_event_fails_with_a_readable_cause(executions: list[Execution]) -> None:
    assert len(executions) >= 40
    for execution in executions:
        assert (execution.status, execution.error) == ("FAILED", "InvalidRequest")
        cause = str(execution.cause)
        assert cause.startswith("Step resolve_team: detail"), cause
        assert cause.isprintable()
        assert cause.isascii()
        assert len(cause) < 8 * 1024


@pytest.mark.usefixtures("executions")
def test_no_bad_event_reaches_a_step(cloud: Cloud) -> None:
    invoked = {entry.call.resource for entry in cloud.calls.entries(service="lambda", operation="Invoke")}
    assert {str(arn).rsplit(":", 1)[1] for arn in invoked} == {
        f"{accounts.STACK}-resolve-team",
        f"{accounts.STACK}-explain-failure",
    }


@pytest.mark.usefixtures("executions")
def test_no_bad_event_changes_anything(cloud: Cloud, before: World) -> None:
    assert difference(before, cloud.snapshot()) == []
    assert cloud.registry() == {}


@pytest.mark.usefixtures("executions")
def test_no_bad_event_leaves_an_execution_running(cloud: Cloud) -> None:
    client = cloud.client("stepfunctions")
    for machine in ("OnboardTeamArn", "UnwindTeamArn"):
        arn = cloud.stack.outputs[machine]
        assert client.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"] == []


@pytest.mark.usefixtures("executions")
def test_every_bad_event_is_announced_as_refused(cloud: Cloud, executions: list[Execution]) -> None:
    announced = [
        json.loads(event["Detail"])
        for entry in cloud.calls.entries(service="events", operation="PutEvents")
        if entry.call.principal != "operator"
        for event in entry.call.parameters["Entries"]
    ]
    assert sorted(said["execution"] for said in announced) == sorted(execution.arn for execution in executions)
    assert {said["error"] for said in announced} == {"InvalidRequest"}


@pytest.mark.usefixtures("executions")
def test_every_line_of_the_logs_is_one_json_object_of_a_functions_own() -> None:
    assert LINES
    for function, line in LINES:
        record = json.loads(line)
        assert isinstance(record, dict), (function, line)
        assert line.isprintable(), (function, line)
        assert record.get("message") != "forged"
