"""Distributed Maps: who reads their items, how many items they take, and as what their items run."""

import uuid
from functools import cache
from typing import Any, Final, Literal

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval.resource_eval_s3 import (
    ResourceEvalS3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.aws.gateway.operators import NotAssumableError, why_not
from sandbox.aws.iam.service_roles import CredentialsFor, RoleError, assume
from sandbox.aws.moto.patches import Patches

Leaving = Literal["nothing", "null", "error"]

left_by_failure: Leaving = "null"
"""What an item that failed leaves in a Map's result; AWS does not document it."""

_ERROR: Final = {"Error": "States.Permissions", "Cause": "the execution of the item could not be started"}
_NOTHING: Final = object()

_Worker = distributed_item_processor_worker.DistributedItemProcessorWorker


def install(patches: Patches, credentials_for: CredentialsFor) -> None:
    """Completes distributed Maps."""

    @cache
    def may_start(role_arn: str, machine_arn: str, child: str) -> bool:
        try:
            assume(credentials_for, role_arn, "StepFunctions", "states.amazonaws.com", child)
            return why_not(role_arn, "states:StartExecution", machine_arn) is None
        except RoleError:
            return False
        except NotAssumableError:
            # A machine without a role that exists, in a sandbox without policies.
            return True

    def begin(self: Any, env_frame: Environment) -> None:
        """Upstream: an item runs in its Map's own execution; in AWS in one of `NAME/LABEL`, if that can be started."""
        eval_input(self, env_frame)
        known: Any = env_frame.states.context_object.context_object_data
        machine, child = known["StateMachine"]["Id"], self._map_run_record.map_state_machine_arn
        if not may_start(env_frame.aws_execution_details.role_arn, machine, child):
            raise NotStartedError
        known["StateMachine"] = {**known["StateMachine"], "Id": child}
        own = f"{child.replace(':stateMachine:', ':execution:')}:{uuid.uuid4()}"
        known["Execution"] = {**known["Execution"], "Id": own}

    def evaluate(self: Any, env: Environment, job: Any) -> None:
        eval_job(self, env=env, job=job)
        if job.job_output is None:
            job.job_output = {"nothing": _NOTHING, "null": None, "error": _ERROR}[left_by_failure]

    def run(self: Any, env: Environment, eval_input: Any) -> None:
        map_run(self, env=env, eval_input=eval_input)
        env.stack.append([output for output in env.stack.pop() if output is not _NOTHING])

    eval_input = _Worker._eval_input
    eval_job = vars(_Worker)["_eval_job"]
    map_run = vars(DistributedIterationComponent)["_map_run"]
    patches.replace(ResourceEvalS3, "eval_resource", _read)
    patches.replace(_Worker, "_eval_pool", _work)
    patches.replace(_Worker, "_eval_input", begin)
    patches.replace(_Worker, "_eval_job", evaluate)
    patches.replace(DistributedIterationComponent, "_map_run", run)


class NotStartedError(Exception):
    """The execution of a Map's item could not be started."""


def _read(self: Any, env: Environment) -> None:
    """Upstream: does not say which machine reads, which its role's trust policy asks for, nor that nobody could."""
    self.resource.eval(env=env)
    part = env.stack.pop()
    credentials: Any = StateCredentials(role_arn=env.aws_execution_details.role_arn)
    credentials.machine_arn = env.states.context_object.context_object_data["StateMachine"]["Id"]
    try:
        self._get_api_action_handler()(env, part, credentials)
    except Exception as error:
        raise FailureEventException(_unread(env, str(error))) from error


def _unread(env: Environment, cause: str) -> FailureEvent:
    """Upstream: a list that cannot be read is States.Runtime."""
    name = StatesErrorName(typ=StatesErrorNameType.StatesItemReaderFailed)
    details: Any = {"mapRunFailedEventDetails": {"error": name.error_name, "cause": cause}}
    return FailureEvent(env, name, HistoryEventType.MapRunFailed, details)


def _work(self: Any, job: Any, worker_frame: Environment) -> None:
    """Upstream: one call of itself for each item, so that some hundreds of items exceed Python's recursion limit."""
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.delete_frame(frame)
        ended = isinstance(job.job_output, Exception) or self.stopped()
        following = None if ended else self._job_pool.next_job()
        if following is None:
            # Before the last job is closed: a Map waits for its jobs, not for its workers.
            self._env.delete_frame(worker_frame)
            self._job_pool.close_job(job)
            return
        self._job_pool.close_job(job)
        job = following
    self._env.delete_frame(worker_frame)
