"""Executions from start to end: their names, their status, and the events that tell of it."""

import datetime
import functools
import json
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.events.models import events_backends
from moto.stepfunctions.exceptions import InvalidName
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError, ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse
from moto.utilities.arns import parse_arn

from sandbox.aws.moto.patches import Patches
from sandbox.aws.stepfunctions.history import History
from sandbox.runtime.clock import Clock, Signal

_BAD_NAME = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
_PROMPT = 2.0
"""Real seconds within which a stopped execution has ended."""


def _outcome(state: Any, output: Any) -> tuple[ExecutionStatus, dict[str, Any]]:
    """Status, and the fields that come with it."""
    if isinstance(state, ProgramEnded):
        return ExecutionStatus.SUCCEEDED, {"output": output}
    if isinstance(state, ProgramStopped):
        return ExecutionStatus.ABORTED, {"error": state.error, "cause": state.cause}
    if isinstance(state, ProgramTimedOut):
        return ExecutionStatus.TIMED_OUT, {"error": "States.Timeout"}
    if isinstance(state, ProgramError):
        details = state.error or {}
        return ExecutionStatus.FAILED, {"error": details.get("error"), "cause": details.get("cause")}
    raise TypeError(f"an execution cannot end as {type(state).__name__}")


def _terminated(self: BaseExecutionWorkerCommunication) -> None:
    """Upstream: the status shows before the output and the stop date do, and a stopped one's error and cause never."""
    execution: Any = self.execution
    env = execution.exec_worker.env
    env.event_manager.close(env)
    status, fields = _outcome(env.program_state(), env.states.get_input())
    for field, value in fields.items():
        setattr(execution, field, value)
    execution.stop_date = datetime.datetime.now(tz=datetime.UTC)
    execution.exec_status = status
    announce(execution)
    execution.over.set()


def announce(execution: Any) -> None:
    """Upstream: no "Step Functions Execution Status Change" events."""
    output = None if execution.exec_status != ExecutionStatus.SUCCEEDED else json.dumps(execution.output)
    detail: dict[str, Any] = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": output,
        "outputDetails": None if output is None else {"included": True},
    }
    detail.update({key: getattr(execution, key) for key in ("error", "cause") if getattr(execution, key) is not None})
    events_backends[execution.account_id][execution.region_name].put_events(
        [
            {
                "Source": "aws.states",
                "DetailType": "Step Functions Execution Status Change",
                "Resources": [execution.exec_arn],
                "Detail": json.dumps(detail),
            }
        ]
    )


def _milliseconds(moment: Any) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


def ending(arn: str) -> Signal:
    """The end of an execution. Raises moto's ExecutionDoesNotExist."""
    where = parse_arn(arn)
    execution: Any = stepfunctions_parser_backends[where.account][where.region].describe_execution(arn)
    over: Signal = execution.over
    return over


def _made(original: Any, clock: Clock) -> Any:
    def make(self: Any, *args: Any, **kwargs: Any) -> None:
        """Upstream: listed for a moment without a status, which fails whoever lists or describes it then."""
        original(self, *args, **kwargs)
        self.exec_status, self.over = ExecutionStatus.RUNNING, clock.signal()

    return make


def _start(self: Any) -> None:
    """Upstream: no event that tells of the start."""
    self.exec_worker = self._get_start_execution_worker()
    announce(self)
    self.exec_worker.start()


def _stop(self: Any, stop_date: Any, error: str | None, cause: str | None) -> None:
    """Upstream: fails when the execution has hardly begun, and answers before it has ended, without a stop date."""
    deadline = threading.Event()
    while self.exec_status == ExecutionStatus.RUNNING and not (self.exec_worker and self.exec_worker.env):
        deadline.wait(0.01)
    if self.exec_status == ExecutionStatus.RUNNING:
        self.exec_worker.env.set_stop(stop_date=stop_date, cause=cause, error=error)
    for _ in range(int(_PROMPT / 0.01)):
        if self.exec_status != ExecutionStatus.RUNNING:
            return
        deadline.wait(0.01)


def _respond_to_stop(self: StepFunctionResponse) -> Any:
    """Upstream: StopExecution's error and cause are dropped."""
    backend, arn = self.stepfunction_backend, self._get_param("executionArn")
    execution = backend.describe_execution(arn)
    now = datetime.datetime.now(tz=datetime.UTC)
    execution.stop(stop_date=now, error=self._get_param("error"), cause=self._get_param("cause"))

    return ActionResult({"stopDate": execution.stop_date or now})


def _with_stop_date(original: Any) -> Any:
    def describe(self: StepFunctionResponse) -> Any:
        """Upstream: no stopDate once timed out, no output when it is null."""
        answer = original(self)
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        if execution.status != "RUNNING":
            answer.result["stopDate"] = execution.stop_date
        if execution.status == "SUCCEEDED":
            answer.result["output"] = json.dumps(execution.output)
        return answer

    return describe


_PARSE = vars(AmazonStateLanguageParser)["parse"].__func__
_VALIDATE = vars(StepFunctionsParserBackend)["_validate_definition"].__func__
_parsed = functools.lru_cache(maxsize=32)(_PARSE)
_validated = functools.lru_cache(maxsize=32)(_VALIDATE)


def _parse(definition: str) -> Any:
    """Upstream: a definition is parsed anew at every start and description, which takes seconds for a long one.

    A distributed Map keeps state in its parsed form, so its definition is not shared; whether it is valid is.
    """
    return _PARSE(definition) if '"DISTRIBUTED"' in definition else _parsed(definition)


def _ending_whatever_happens(original: Any) -> Any:
    def run(self: ExecutionWorker) -> None:
        """Upstream: an execution whose thread dies of a defect runs for ever."""
        try:
            original(self)
        except Exception as error:
            execution: Any = self._execution_communication.execution  # type: ignore[attr-defined]
            execution.error, execution.cause = "States.Runtime", f"the interpreter failed: {error!r}"
            execution.exec_status = ExecutionStatus.FAILED
            execution.over.set()
            raise

    return run


def install(patches: Patches, clock: Clock, observe: Callable[[str, dict[str, Any]], None]) -> None:
    """Makes executions start, end and be told of as in AWS."""
    start_execution = vars(StepFunctionsParserBackend)["start_execution"]
    lock = threading.Lock()

    def start(self: Any, state_machine_arn: str, name: str | None = None, *args: Any, **kwargs: Any) -> Execution:
        """Upstream: executions without a name are all called None; two starts of one name can both win."""
        if name is not None and (_BAD_NAME.search(name) or not 1 <= len(name) <= 80):
            raise InvalidName(f"Invalid Name: '{name}'")
        with lock:
            execution: Execution = start_execution(self, state_machine_arn, name or str(uuid.uuid4()), *args, **kwargs)
        return execution

    evaluation_environment = vars(ExecutionWorker)["_get_evaluation_environment"]

    def environment(self: ExecutionWorker) -> Environment:
        env: Environment = evaluation_environment(self)
        arn = self._evaluation_details.execution_details.arn
        env.event_manager = History(lambda event: observe(arn, event))
        return env

    patches.replace(StepFunctionsParserBackend, "start_execution", start)
    patches.replace(ExecutionWorker, "_get_evaluation_environment", environment)
    patches.replace(ExecutionWorker, "_execution_logic", _ending_whatever_happens(ExecutionWorker._execution_logic))
    patches.replace(BaseExecutionWorkerCommunication, "terminated", _terminated)
    patches.replace(Execution, "__init__", _made(vars(Execution)["__init__"], clock))
    patches.replace(Execution, "start", _start)
    patches.replace(Execution, "stop", _stop)
    patches.replace(StepFunctionResponse, "stop_execution", _respond_to_stop)
    patches.replace(
        StepFunctionResponse, "describe_execution", _with_stop_date(StepFunctionResponse.describe_execution)
    )
    patches.replace(AmazonStateLanguageParser, "parse", staticmethod(_parse))
    patches.replace(StepFunctionsParserBackend, "_validate_definition", staticmethod(_validated))
