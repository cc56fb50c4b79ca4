"""Distributed Maps: who reads their items, and how many items they take."""

from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval.resource_eval_s3 import (
    ResourceEvalS3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.patches import Patches


def install(patches: Patches) -> None:
    """Completes distributed Maps."""
    patches.replace(ResourceEvalS3, "eval_resource", _read)
    patches.replace(distributed_item_processor_worker.DistributedItemProcessorWorker, "_eval_pool", _work)


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
