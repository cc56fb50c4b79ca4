"""Every error name of the state machines' table (statemachine/errors.json) can be raised here, by that name."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from sandbox.aws import clients
from sandbox.aws.gateway.middleware import Gateway
from sandbox.aws.gateway.operators import operator, why_not
from sandbox.aws.moto import server
from sandbox.aws.stepfunctions import interpreter
from sandbox.runtime.call_log import Call, CallLog
from sandbox.runtime.clock import Clock
from sandbox.runtime.faults import Fault, Faults, Kind
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, REGION
from tests.contracts.machines import table
from tests.sandbox.test_stepfunctions import Engine, one, task
from tests.task_errors import CALLS, raising

NESTED = f"arn:aws:states:{REGION}:{CLUSTER_ACCOUNT}:stateMachine:other"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "lambda:invoke": {"FunctionName": "other", "Payload": {}},
    "dynamodb:getItem": {"TableName": "other", "Key": {}},
    "dynamodb:updateItem": {"TableName": "other", "Key": {}},
    "dynamodb:deleteItem": {"TableName": "other", "Key": {}},
    "events:putEvents": {"Entries": [{"Source": "a", "DetailType": "b", "Detail": {}}]},
    "states:startExecution.sync:2": {"StateMachineArn": NESTED, "Input": {}},
    "aws-sdk:sfn:describeExecution": {"ExecutionArn": f"{NESTED.replace('stateMachine', 'execution')}:other"},
    "aws-sdk:dynamodb:updateItem.waitForTaskToken": {"TableName": "other", "Key": {}},
    "aws-sdk:sfn:sendTaskFailure": {"TaskToken": "t"},
    "aws-sdk:sfn:sendTaskSuccess": {"TaskToken": "t", "Output": "{}"},
    "aws-sdk:sns:publish": {"TopicArn": f"arn:aws:sns:{REGION}:{CLUSTER_ACCOUNT}:other", "Message": "m"},
    "aws-sdk:s3:putObject": {"Bucket": "other", "Key": "k", "Body": "b"},
    "aws-sdk:cloudwatch:putMetricData": {"Namespace": "n", "MetricData": [{"MetricName": "m"}]},
}


@pytest.fixture(scope="module")
def faults() -> Faults:
    return Faults()


@pytest.fixture(scope="module")
def engine(faults: Faults) -> Iterator[Engine]:
    """State machines whose calls pass by faults, and by no policy."""
    moto_api_backend.reset()
    running = server.start(lambda app: Gateway(app, CallLog(), faults, enforce=False))
    keys = operator(CLUSTER_ACCOUNT)
    clock = Clock(1000)
    undo = interpreter.install(clock, lambda *_, **__: keys, why_not, running.url)
    yield Engine(lambda service: clients.client(service, endpoint_url=running.url, region_name=REGION, **keys))
    clock.stop()
    undo()
    running.stop()
    moto_api_backend.reset()


@pytest.fixture(autouse=True)
def _no_fault_left(faults: Faults) -> Iterator[None]:
    yield
    faults.clear()


RAISED = [(integration, name) for integration in CALLS for name in table()[integration] if raising(integration, name)]


@pytest.mark.parametrize(("integration", "name"), RAISED)
def test_an_error_of_the_table_is_raised_by_its_name(
    engine: Engine, faults: Faults, integration: str, name: str
) -> None:
    service, operation = CALLS[integration]

    def of_the_task(call: Call) -> bool:
        # The test itself starts and describes the machine that it looks at.
        return (call.service, call.operation) == (service, operation) and ":machine-" not in str(call.resource)

    fault = raising(integration, name, of_the_task)
    assert isinstance(fault, Fault)
    faults.add(fault)
    assert engine.run(one(task(integration, **ARGUMENTS[integration])))["error"] == name
    assert faults.struck() == 1


def test_a_map_whose_list_cannot_be_read_says_so(engine: Engine, faults: Faults) -> None:
    faults.add(Fault(lambda call: call.operation == "GetObject", Kind.THROTTLE))
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"}}
    body = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "S"}
    state = {
        "Type": "Map",
        "ItemReader": {**reader, "Arguments": {"Bucket": "other", "Key": "list.json"}},
        "ItemProcessor": {**body, "States": {"S": {"Type": "Succeed"}}},
    }
    assert engine.run(one(state))["error"] == "States.ItemReaderFailed"


def test_what_no_answer_says_is_raised_by_what_happens() -> None:
    """Ends of a function's process are in test_stepfunctions, as are time-outs and failures of nested executions."""
    silent = {
        (integration, name) for integration in CALLS for name in table()[integration] if not raising(integration, name)
    }
    assert silent == {
        ("lambda:invoke", "Lambda.Unknown"),
        ("lambda:invoke", "Runtime.ExitError"),
        ("lambda:invoke", "Sandbox.Timedout"),
        ("states:startExecution.sync:2", "States.TaskFailed"),
    }
