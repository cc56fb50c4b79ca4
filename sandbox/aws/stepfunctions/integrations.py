"""Tasks that call services: as whom, with which field names, and how their errors are called."""

import datetime
import json
import re
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events import (
    SfnFailedEntryCountException,
    StateTaskServiceEvents,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.utils import boto_client

from sandbox.aws import clients
from sandbox.aws.iam.service_roles import CredentialsFor, assume
from sandbox.aws.moto.patches import Patches
from sandbox.aws.stepfunctions.context import iso
from sandbox.runtime.network import NAME_HEADER

_CREDENTIALS_LAST = 1800
"""Real seconds for which a client's credentials are used."""

_OPTIMISED = {
    StateTaskServiceLambda: ("lambda", "Lambda", "AWSLambda", "AWSLambdaException"),
    StateTaskServiceDynamoDB: ("dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    StateTaskServiceEvents: ("events", "EventBridge", "AmazonEventBridge", "AmazonEventBridgeException"),
    StateTaskServiceSfn: ("stepfunctions", "StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"),
}
"""Task class: botocore service, prefix of its error names, its name in causes, its catch-all exception."""

_SDK_NAMES = {
    "cloudwatch": "CloudWatch",
    "dynamodb": "DynamoDb",
    "sfn": "Sfn",
    "eventbridge": "EventBridge",
    "iam": "Iam",
    "s3": "S3",
    "sts": "Sts",
}
_ABBREVIATION = re.compile("[A-Z]{2,}(?=[A-Z][a-z])")
_BOTO_NAMES = {"sfn": "stepfunctions", "states": "stepfunctions", "eventbridge": "events"}


@lru_cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _modelled_error(service: str, code: str) -> str | None:
    """The exception's name in the service's model, None if the service does not declare it."""
    shapes: Any = _model(service).error_shapes
    for shape in shapes:
        if code in (shape.error_code, shape.name):
            return str(shape.name)
    return None


def _fields(value: Any, shape: Shape, rename: Callable[[str], str], leaf: Callable[[Any], Any]) -> Any:
    """A request or answer with each structure's fields renamed, by the service's model."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = {name.lower(): member for name, member in shape.members.items()}
        return {
            rename(key): _fields(item, members[key.lower()], rename, leaf) if key.lower() in members else leaf(item)
            for key, item in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_fields(item, shape.member, rename, leaf) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _fields(item, shape.value, rename, leaf) for key, item in value.items()}
    return leaf(value)


def _operation(action: str) -> str:
    """describeExecution and describe_execution are DescribeExecution."""
    return "".join(part[0].upper() + part[1:] for part in action.split("_"))


def _request(service: str, action: str, parameters: dict[str, Any]) -> None:
    """Renames PascalCase arguments, in place, to what the service's model calls them."""
    shape = _model(service).operation_model(_operation(action)).input_shape
    if shape is None:
        return
    spelling = {name.lower(): name for name in _names(shape)}
    renamed = _fields(parameters, shape, lambda key: spelling.get(key.lower(), key), lambda value: value)
    parameters.clear()
    parameters.update(renamed)


def _names(shape: Shape, seen: tuple[str, ...] = ()) -> set[str]:
    """Every field name in a shape."""
    if shape.name in seen:
        return set()
    below = (*seen, shape.name)
    if isinstance(shape, StructureShape):
        return set(shape.members).union(*(_names(member, below) for member in shape.members.values()))
    if isinstance(shape, ListShape):
        return _names(shape.member, below)
    return _names(shape.value, below) if isinstance(shape, MapShape) else set()


def _answer(service: str, action: str, response: dict[str, Any], moment: Callable[[datetime.datetime], Any]) -> None:
    """Renames an answer's fields, in place, to PascalCase, and makes it JSON."""
    shape = _model(service).operation_model(_operation(action)).output_shape

    def leaf(value: Any) -> Any:
        if isinstance(value, datetime.datetime):
            return moment(value)
        return value.read().decode() if hasattr(value, "read") else value

    renamed = _fields(response, shape, lambda key: key[0].upper() + key[1:], leaf) if shape else {}
    response.clear()
    response.update(renamed)


def _milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _boto_service(task: Any) -> str:
    return str(_BOTO_NAMES.get(task.resource.api_name, task.resource.api_name))


def _normalise_arguments(original: Any) -> Any:
    def normalise(self: Any, parameters: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        """Upstream: arguments go to boto3 in PascalCase, where Step Functions' own fields are camelCase."""
        original(self, parameters, *args, **kwargs)
        _request(_boto_service(self), self.resource.api_action, parameters)

    return normalise


def _normalise_sfn_answer(self: Any, response: Any, *_: Any, service_action_name: str | None = None) -> None:
    """Upstream: the answer of a nested execution is not in PascalCase, and its dates are no JSON."""
    if isinstance(response, dict) and not any(key[0].isupper() for key in response):
        _answer("stepfunctions", service_action_name or self.resource.api_action, response, _milliseconds)


def _normalise_sdk_answer(self: Any, response: Any, *_: Any, **__: Any) -> None:
    """Upstream: dates and bodies in an SDK integration's answer are no JSON."""
    if isinstance(response, dict):
        _answer(_boto_service(self), self.resource.api_action, response, iso)


def _failed(task: Any, env: Environment, error: str, cause: str) -> FailureEvent:
    details = TaskFailedEventDetails(
        error=error, cause=cause, resource=task._get_sfn_resource(), resourceType=task._get_sfn_resource_type()
    )
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(error),
        event_type=HistoryEventType.TaskFailed,
        event_details={"taskFailedEventDetails": details},  # type: ignore[arg-type]
    )


def _from_error(original: Any, service: str, prefix: str, full: str, base: str) -> Any:
    def from_error(self: Any, env: Environment, ex: Exception) -> FailureEvent:
        """Upstream: an error that the service does not declare (a denial) gets a name of its own or States.Runtime.

        AWS names it after the client's catch-all exception, and a failed connection SdkClientException.
        """
        if isinstance(ex, BotoCoreError):
            return _failed(self, env, f"{prefix}.SdkClientException", str(ex))
        if isinstance(ex, SfnFailedEntryCountException):
            return _failed(self, env, "EventBridge.FailedEntry", json.dumps(ex.cause))
        if not isinstance(ex, ClientError):
            failure: FailureEvent = original(self, env, ex)
            return failure
        code, metadata = ex.response["Error"]["Code"], ex.response["ResponseMetadata"]
        name = _modelled_error(service, code)
        if name is not None and not name.endswith("Exception"):
            name += "Exception"
        cause = (
            f"{ex.response['Error'].get('Message', '')} (Service: {full}; Status Code: {metadata['HTTPStatusCode']}; "
            f"Error Code: {code}; Request ID: {metadata.get('RequestId', '')}; Proxy: null)"
        )
        return _failed(self, env, _spelled(ex) or f"{prefix}.{name or base}", cause)

    return from_error


def _sdk_from_error(original: Any) -> Any:
    def from_error(self: Any, env: Environment, ex: Exception) -> FailureEvent:
        """Upstream: no answer at all is States.Runtime; and it names errors as boto3 does.

        The SDK for Java 2, after whose exceptions AWS names them, makes Exception of a Fault at a name's end and
        writes an abbreviation as a word: KmsThrottlingException (SNS).
        """
        if isinstance(ex, BotoCoreError):
            return _failed(self, env, f"{_sdk_error_names(self.resource.api_name)}.SdkClientException", str(ex))
        spelled = _spelled(ex)
        failure: Any = original(self, env, ex)
        if not isinstance(ex, ClientError):
            return failure  # type: ignore[no-any-return]
        details = failure.event_details["taskFailedEventDetails"]
        service, _, error = str(details["error"]).replace("FaultException", "Exception").partition(".")
        name = spelled or f"{service}.{_ABBREVIATION.sub(lambda found: found[0].capitalize(), error)}"
        return _failed(self, env, name, details["cause"])

    return from_error


def _spelled(error: Exception) -> str | None:
    """The name that a fault gives the error, if one does."""
    metadata: Any = error.response["ResponseMetadata"] if isinstance(error, ClientError) else {}
    name: str | None = metadata.get("HTTPHeaders", {}).get(NAME_HEADER)
    return name


def _sdk_error_names(service: str) -> str:
    """Upstream: only two services have the name that the SDK for Java gives their exceptions."""
    return _SDK_NAMES.get(service.lower(), service[0].upper() + service[1:])


def install(patches: Patches, credentials_for: CredentialsFor, endpoint_url: str) -> None:
    """Makes tasks call `endpoint_url` as their state machine's role."""

    @lru_cache
    def client(service: str, region: str, role_arn: str, machine_arn: str, period: int) -> Any:
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=3600)
        return clients.client(
            service,
            region_name=region,
            endpoint_url=endpoint_url,
            config=config,
            **assume(credentials_for, role_arn, "StepFunctions", "states.amazonaws.com", machine_arn),
        )

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        """Upstream: every state machine calls as one made-up access key, and so in the wrong account."""
        period = int(time.time() // _CREDENTIALS_LAST)
        return client(service, region, state_credentials.role_arn, state_credentials.machine_arn, period)

    def credentials_of(self: StateTask, env: Environment) -> Any:
        """Upstream: the role's trust policy cannot be asked, for the state machine's ARN is not at hand."""
        state_credentials = own_credentials(self, env)
        state_credentials.machine_arn = env.states.context_object.context_object_data["StateMachine"]["Id"]
        return state_credentials

    own_credentials = patches.replace(StateTask, "_eval_state_credentials", credentials_of)

    for module in list(sys.modules.values()):
        if getattr(module, "boto_client_for", None) is boto_client.boto_client_for and module is not boto_client:
            patches.replace(module, "boto_client_for", client_for)
    patches.replace(boto_client, "boto_client_for", client_for)
    for task, names in _OPTIMISED.items():
        # Upstream: DynamoDB's own makes a catch-all exception of every error, a time-out included.
        fallback = StateTaskService._from_error if task is StateTaskServiceDynamoDB else task._from_error
        patches.replace(task, "_from_error", _from_error(fallback, *names))
    patches.replace(StateTaskServiceAwsSdk, "_from_error", _sdk_from_error(StateTaskServiceAwsSdk._from_error))
    for task in (StateTaskServiceSfn, StateTaskServiceAwsSdk):
        patches.replace(task, "_normalise_parameters", _normalise_arguments(task._normalise_parameters))
    patches.replace(StateTaskServiceSfn, "_normalise_response", _normalise_sfn_answer)
    patches.replace(StateTaskServiceAwsSdk, "_normalise_response", _normalise_sdk_answer)
    patches.replace(StateTaskServiceAwsSdk, "_normalise_service_error_name", staticmethod(_sdk_error_names))
    patches.replace(StateTaskService, "_get_boto_service_name", _get_boto_service_name)


def _get_boto_service_name(self: Any, boto_service_name: str | None = None) -> str:
    """Upstream: aws-sdk:eventbridge is unknown to boto3, which calls it events."""
    name = boto_service_name or self.resource.api_name
    return _BOTO_NAMES.get(name, name)
