"""Errors of the state machines' table, as faults of the sandbox."""

from collections.abc import Callable

from sandbox.aws.gateway.answers import Answer, error, success
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind, Match
from tests.contracts.machines import State, table

CALLS = {
    "lambda:invoke": ("lambda", "Invoke"),
    "dynamodb:getItem": ("dynamodb", "GetItem"),
    "dynamodb:updateItem": ("dynamodb", "UpdateItem"),
    "dynamodb:deleteItem": ("dynamodb", "DeleteItem"),
    "events:putEvents": ("events", "PutEvents"),
    "states:startExecution.sync:2": ("states", "StartExecution"),
    "aws-sdk:sfn:describeExecution": ("states", "DescribeExecution"),
    "aws-sdk:dynamodb:updateItem.waitForTaskToken": ("dynamodb", "UpdateItem"),
    "aws-sdk:sfn:sendTaskFailure": ("states", "SendTaskFailure"),
    "aws-sdk:sfn:sendTaskSuccess": ("states", "SendTaskSuccess"),
    "aws-sdk:s3:putObject": ("s3", "PutObject"),
    "aws-sdk:cloudwatch:putMetricData": ("cloudwatch", "PutMetricData"),
    "aws-sdk:sns:publish": ("sns", "Publish"),
}
"""Integration to service and operation of the call that it makes."""

FAILED_ENTRY = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}]}


def raising(integration: str, name: str, matches: Callable[[Call], bool] | None = None) -> Fault | None:
    """The fault that raises the error once, at calls that fit; none for an error that no answer of the service says."""
    service, operation = CALLS[integration]
    calls = matches or Match(service, operation)
    row = table()[integration][name]
    if name == "EventBridge.FailedEntry":
        return Fault(calls, Kind.ANSWER, answer=lambda _: success(FAILED_ENTRY))
    if name.endswith(".SdkClientException"):
        return Fault(calls, Kind.LOST)
    if "answer" not in row:
        return None
    return Fault(calls, Kind.ANSWER, answer=lambda protocol: _answer(row, protocol, name))


def _answer(row: State, protocol: str, name: str) -> Answer:
    status, code = row["answer"]
    return error(protocol, code, "it was made to fail", status, name if "like" in row else None)
