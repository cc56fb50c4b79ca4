"""What Step Functions itself meets on the way to a service passes, whatever its name."""

from collections.abc import Callable

from sandbox.cloud import Cloud, Execution
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Match
from tests.contracts.machines import passing
from tests.task_errors import CALLS, raising
from tests.workflow.teams import outcome, small

TRIES = 9
"""How often a task is tried again at least."""


def of_machines(integration: str, nth: int) -> Callable[[Call], bool]:
    """The nth call of that kind that a state machine makes, and not a function or the test."""
    found = Match(*CALLS[integration])
    seen = 0

    def matches(call: Call) -> bool:
        nonlocal seen
        if not found(call) or call.function is not None or not call.principal.endswith("-team"):
            return False
        seen += 1
        return seen == nth

    return matches


def strike(cloud: Cloud, integration: str, names: list[str], at_once: int) -> None:
    """Raises each error once, `at_once` of them one after the other, and lets the next call get through."""
    for number, name in enumerate(names):
        fault = raising(integration, name, of_machines(integration, number + number // at_once + 1))
        assert fault is not None
        cloud.faults.add(fault)


def said(integration: str) -> list[str]:
    """The errors of an integration that pass and that an answer says."""
    return sorted(name for name in passing(integration) if raising(integration, name))


def leave(cloud: Cloud, team: str) -> Execution:
    before = set(cloud.executions())
    cloud.send({"team": team}, "Team Deleted")
    while not (new := [arn for arn in cloud.executions() if arn not in before]):
        pass
    return cloud.wait(new[0])


def test_an_onboarding_gets_over_every_error_that_passes(cloud: Cloud) -> None:
    names = {kind: said(kind) for kind in ("lambda:invoke", "dynamodb:updateItem", "events:putEvents")}
    strike(cloud, "lambda:invoke", names["lambda:invoke"], at_once=2)
    # Claim team, Record plan, Record active.
    strike(cloud, "dynamodb:updateItem", names["dynamodb:updateItem"], at_once=4)
    strike(cloud, "events:putEvents", names["events:putEvents"], at_once=TRIES)
    ended = cloud.onboard(small("hindered"))
    assert outcome(ended) == "onboarded"
    assert ended.output["announced"] is True
    assert cloud.faults.struck() == sum(map(len, names.values()))


def test_an_offboarding_gets_over_every_error_that_passes(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("held-up"))) == "onboarded"
    nested, deleting = said("states:startExecution.sync:2"), said("dynamodb:deleteItem")[:TRIES]
    strike(cloud, "states:startExecution.sync:2", nested, at_once=TRIES)
    strike(cloud, "dynamodb:deleteItem", deleting, at_once=TRIES)
    assert outcome(leave(cloud, "held-up")) == "offboarded"
    assert cloud.faults.struck() == len(nested) + len(deleting)
