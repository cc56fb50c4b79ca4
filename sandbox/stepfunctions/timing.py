"""Waits, retry intervals and time-outs on the sandbox's clock, and executions that end when they are told to."""

import copy
import threading
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut

from sandbox.clock import Clock
from sandbox.patches import Patches

_GLANCE = 0.02
"""Real seconds between two looks at whether an execution was stopped, or a nested one has ended."""


def _counts_real_seconds(state: ExecutionState) -> bool:
    """Whether a state's TimeoutSeconds are real: a request that is answered at once is computed in real time.

    Only what waits for something that itself runs on the scaled clock (.sync, Map, Parallel) is scaled.
    """
    return isinstance(state, StateTask) and getattr(state.resource, "condition", None) is None


def _evaluate_with_timeout(clock: Clock) -> Any:
    def evaluate(self: ExecutionState, env: Environment) -> None:
        """Upstream: TimeoutSeconds are always real ones, and a stopped execution waits for its running task."""
        self.timeout.eval(env=env)
        seconds = env.stack.pop() / (1.0 if _counts_real_seconds(self) else clock.speed)
        frame = env.open_frame()
        frame.states.reset(input_value=env.states.get_input())
        frame.stack = copy.deepcopy(env.stack)
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


def _evaluate_program(clock: Clock) -> Any:
    run_program = super(Program, Program).eval

    def evaluate(self: Program, env: Environment) -> None:
        """Upstream: TimeoutSeconds are real; a stopped or timed-out execution lasts until its running task ends."""
        env.next_state_name = self.start_at.start_at_name
        worker = threading.Thread(target=run_program, args=(self, env), daemon=True)
        deadline = clock.now() + self.timeout_seconds.timeout_seconds if self.timeout_seconds else float("inf")
        worker.start()
        while worker.is_alive() and not isinstance(env.program_state(), ProgramStopped | ProgramTimedOut):
            worker.join(_GLANCE)
            if clock.now() > deadline and env.is_running():
                env.set_timed_out()

    return evaluate


def _final(original: Any) -> Any:
    def settle(self: Environment, *args: Any, **kwargs: Any) -> None:
        """Upstream: an error in a task that was left running turns a stopped execution into a failed one."""
        with self._state_mutex:
            if not isinstance(self._program_state, ProgramStopped | ProgramTimedOut):
                original(self, *args, **kwargs)

    return settle


def install(patches: Patches, clock: Clock) -> None:
    """Puts every wait on the clock."""

    def wait(self: WaitFunction, env: Environment, wait_seconds: float) -> None:
        """Upstream: Wait states take real seconds."""
        clock.sleep(wait_seconds)

    patches.replace(WaitFunction, "_wait_interval", wait)
    # Upstream: retry intervals are real seconds.
    patches.replace(retrier_decl, "time", SimpleNamespace(sleep=clock.sleep))
    # Upstream: a nested execution is looked at twice a real second.
    patches.replace(state_task_service_callback, "_DELAY_SECONDS_SYNC_CONDITION_CHECK", _GLANCE)
    patches.replace(ExecutionState, "_evaluate_with_timeout", _evaluate_with_timeout(clock))
    patches.replace(Program, "eval", _evaluate_program(clock))
    for method in ("set_error", "set_timed_out"):
        patches.replace(Environment, method, _final(vars(Environment)[method]))
