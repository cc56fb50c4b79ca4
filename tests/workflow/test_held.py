"""A team that another execution holds for ever: who waits for it gives up after four hours, and says who holds it."""

import json
from collections.abc import Iterator

import pytest

from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts
from tests.workflow.teams import announced, outcome, small

SLEEPER = {"StartAt": "Sleep", "States": {"Sleep": {"Type": "Wait", "Seconds": 86400, "End": True}}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Without permissions, so that an execution of a machine that is not the stack's may be looked at."""
    with running(Options(enforce=False)) as started:
        yield started


@pytest.fixture
def holder(cloud: Cloud) -> Iterator[str]:
    """An execution that sleeps for a day."""
    client, role = cloud.client("stepfunctions"), f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{accounts.STACK}-sweep"
    machine = client.create_state_machine(name="sleeper", definition=json.dumps(SLEEPER), roleArn=role)
    arn: str = client.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    yield arn
    client.stop_execution(executionArn=arn)


def test_who_waits_for_a_holder_gives_up_after_four_hours_and_names_it(cloud: Cloud, holder: str) -> None:
    assert outcome(cloud.onboard(small("kept"))) == "onboarded"
    cloud.client("dynamodb").update_item(
        TableName=cloud.stack.outputs["RegistryTable"],
        Key={"id": {"S": "team/kept"}},
        UpdateExpression="SET holder = :holder, wanted = :wanted",
        ExpressionAttributeValues={":holder": {"S": holder}, ":wanted": {"S": "{}"}},
    )
    before, began = cloud.registry()["team/kept"], cloud.clock.now()
    execution = cloud.onboard(small("kept", serviceAccount="trainer"))
    assert (execution.status, execution.error) == ("FAILED", "Held")
    assert execution.cause == f"Step claim: another execution has held the team for four hours: {holder}"
    assert cloud.clock.now() - began >= 3600
    ((kind, said),) = announced(cloud, execution)
    assert (kind, said["team"], said["error"], said["left"]) == ("Team Onboarding Failed", "kept", "Held", [])
    assert cloud.registry()["team/kept"] == before
