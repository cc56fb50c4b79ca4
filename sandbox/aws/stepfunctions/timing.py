"""Waits, retry intervals and time-outs on the sandbox's clock, and executions that end when they are told to."""

import threading
import time
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.utilities.arns import parse_arn

from sandbox.aws.moto.patches import Patches
from sandbox.runtime.clock import Clock
from sandbox.runtime.json_values import copied

_GLANCE = 0.02
"""Real seconds between two looks at whether a nested execution has ended."""

_OVER = "_over"
"""The attribute of an environment that is set once what runs in it has ended, was stopped or is out of time."""


def _counts_real_seconds(state: ExecutionState) -> bool:
    """Whether a state's TimeoutSeconds are real: a request that is answered at once is computed in real time.

    Only what waits for something that itself runs on the scaled clock (.sync, Map, Parallel) is scaled.
    """
    return isinstance(state, StateTask) and getattr(state.resource, "condition", None) is None


def _evaluate_with_timeout(deadline_speed: float) -> Any:
    def evaluate(self: ExecutionState, env: Environment) -> None:
        """Upstream: TimeoutSeconds are always real ones, and a stopped execution waits for its running task."""
        self.timeout.eval(env=env)
        seconds = env.stack.pop() / (1.0 if _counts_real_seconds(self) else deadline_speed)
        frame = env.open_frame()
        frame.states.reset(input_value=env.states.get_input())
        frame.stack = copied(env.stack)
        errors: list[Exception] = []
        finished = threading.Event()

        def run() -> None:
            try:
                self._eval_execution(frame)
            except Exception as error:
                errors.append(error)
            finished.set()

        threading.Thread(target=run, daemon=True).start()
        in_time = finished.wait(min(seconds, threading.TIMEOUT_MAX))
        frame.set_ended()
        env.close_frame(frame)
        if errors:
            raise errors[0]
        if not in_time:
            raise EvalTimeoutError
        output = frame.stack[-1]
        env.stack.append(output)
        if not self._is_language_query_jsonpath():
            env.states.set_result(output)
        if self.assign_decl:
            self.assign_decl.eval(env=env)
        if self.result_selector:
            self.result_selector.eval(env=env)
        if self.result_path:
            self.result_path.eval(env)
        else:
            env.states.reset(input_value=env.stack.pop())

    return evaluate


def _evaluate_program(deadline_speed: float) -> Any:
    run_program = super(Program, Program).eval

    def evaluate(self: Program, env: Environment) -> None:
        """Upstream: TimeoutSeconds are real; a stopped or timed-out execution lasts until its running task ends."""
        over = threading.Event()
        setattr(env, _OVER, over)
        env.next_state_name = self.start_at.start_at_name

        def run() -> None:
            try:
                run_program(self, env)
            finally:
                over.set()

        threading.Thread(target=run, daemon=True).start()
        seconds = self.timeout_seconds.timeout_seconds / deadline_speed if self.timeout_seconds else float("inf")
        if not over.wait(min(seconds, threading.TIMEOUT_MAX)):
            if env.is_running():
                env.set_timed_out()
            over.wait()

    return evaluate


def _evaluate_sync(self: StateTaskServiceCallback, env: Environment, sync_resolver: Any, **_: Any) -> Any:
    """Upstream: looks twice a real second, and waits for a task token too, of which a retry finds the wait over."""
    while env.is_running():
        result = sync_resolver()
        if result:
            return result
        time.sleep(_GLANCE)
    return None


def _told_of_the_end(original: Any) -> Any:
    def build(self: StateTaskServiceSfn, env: Environment, *args: Any, **kwargs: Any) -> Any:
        """Upstream: asks by DescribeExecution whether a nested execution has ended; AWS is told so by an event."""
        arn = env.stack[-1]["ExecutionArn"]
        describe = original(self, env, *args, **kwargs)
        where = parse_arn(arn)
        execution = stepfunctions_parser_backends[where.account][where.region].describe_execution(arn)
        return lambda: None if execution.status == ExecutionStatus.RUNNING else describe()

    return build


def _final(original: Any) -> Any:
    def settle(self: Environment, *args: Any, **kwargs: Any) -> None:
        """Upstream: an error in a task that was left running turns a stopped execution into a failed one."""
        with self._state_mutex:
            if not isinstance(self._program_state, ProgramStopped | ProgramTimedOut):
                original(self, *args, **kwargs)

    return settle


def _ending(original: Any) -> Any:
    def end(self: Environment, *args: Any, **kwargs: Any) -> None:
        """Upstream tells nobody who waits for the program itself, each iteration of a Map being one."""
        original(self, *args, **kwargs)
        over: threading.Event | None = getattr(self, _OVER, None)
        if over and isinstance(self._program_state, ProgramStopped | ProgramTimedOut):
            over.set()

    return end


def install(patches: Patches, clock: Clock, deadline_speed: float) -> None:
    """Puts every wait on the clock; time-outs of executions run at a speed of their own, since code takes real time."""

    def wait(self: WaitFunction, env: Environment, wait_seconds: float) -> None:
        """Upstream: Wait states take real seconds."""
        clock.sleep(wait_seconds)

    patches.replace(WaitFunction, "_wait_interval", wait)
    # Upstream: retry intervals are real seconds.
    patches.replace(retrier_decl, "time", SimpleNamespace(sleep=clock.sleep))
    patches.replace(StateTaskServiceCallback, "_eval_sync", _evaluate_sync)
    for builder in ("_build_sync_resolver", "_build_sync2_resolver"):
        patches.replace(StateTaskServiceSfn, builder, _told_of_the_end(vars(StateTaskServiceSfn)[builder]))
    patches.replace(ExecutionState, "_evaluate_with_timeout", _evaluate_with_timeout(deadline_speed))
    patches.replace(Program, "eval", _evaluate_program(deadline_speed))
    for method in ("set_error", "set_timed_out"):
        patches.replace(Environment, method, _final(vars(Environment)[method]))
    for method in ("set_stop", "set_timed_out"):
        patches.replace(Environment, method, _ending(vars(Environment)[method]))
