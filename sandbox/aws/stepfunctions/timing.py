"""Waits, retry intervals and time-outs on the sandbox's clock, and executions that end when they are told to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import inline_iteration_component, job
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branch_worker, branches_decl
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
from moto.stepfunctions.parser.backend import execution_worker
from moto.stepfunctions.parser.utils import TMP_THREADS

from sandbox.aws.moto.patches import Patches
from sandbox.aws.stepfunctions.executions import ending
from sandbox.runtime.clock import Clock, Signal
from sandbox.runtime.json_values import copied

_OVER = "_over"
"""The attribute of an environment that is set once what runs in it has ended, was stopped or is out of time."""


def _computes(state: ExecutionState) -> bool:
    """Whether a state's TimeoutSeconds are those of code: a request that is answered at once is computed.

    What waits for something that itself waits (.sync, Map, Parallel) has them on the clock.
    """
    return isinstance(state, StateTask) and getattr(state.resource, "condition", None) is None


def _evaluate_with_timeout(clock: Clock) -> Any:
    def evaluate(self: ExecutionState, env: Environment) -> None:
        """Upstream: TimeoutSeconds are always real ones, and a stopped execution waits for its running task."""
        self.timeout.eval(env=env)
        seconds = clock.computing(env.stack.pop()) if _computes(self) else env.stack.pop()
        frame = env.open_frame()
        frame.states.reset(input_value=env.states.get_input())
        frame.stack = copied(env.stack)
        errors: list[Exception] = []
        finished = clock.signal()

        def run() -> None:
            try:
                self._eval_execution(frame)
            except Exception as error:
                errors.append(error)
            finished.set()

        clock.spawn(run, name=f"task of {self.name}")
        in_time = finished.wait(seconds)
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
        over = clock.signal()
        setattr(env, _OVER, over)
        env.next_state_name = self.start_at.start_at_name

        def run() -> None:
            try:
                run_program(self, env)
            finally:
                over.set()

        clock.spawn(run, name=f"program from {self.start_at.start_at_name}")
        if not over.wait(self.timeout_seconds.timeout_seconds if self.timeout_seconds else None):
            if env.is_running():
                env.set_timed_out()
            over.wait()

    return evaluate


def _evaluate_sync(self: StateTaskServiceCallback, env: Environment, sync_resolver: Any, **_: Any) -> Any:
    """Upstream: looks twice a real second, and waits for a task token too, of which a retry finds the wait over."""
    return sync_resolver() if env.is_running() else None


def _told_of_the_end(original: Any) -> Any:
    def build(self: StateTaskServiceSfn, env: Environment, *args: Any, **kwargs: Any) -> Any:
        """Upstream: asks by DescribeExecution whether a nested execution has ended; AWS is told so by an event."""
        arn = env.stack[-1]["ExecutionArn"]
        describe = original(self, env, *args, **kwargs)

        def resolve() -> Any:
            ending(arn).wait()
            return describe()

        return resolve

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
        over: Signal | None = getattr(self, _OVER, None)
        if over and isinstance(self._program_state, ProgramStopped | ProgramTimedOut):
            over.set()

    return end


def install(patches: Patches, clock: Clock) -> None:
    """Puts every wait and every time-out on the clock."""

    def wait(self: WaitFunction, env: Environment, wait_seconds: float) -> None:
        """Upstream: Wait states take real seconds."""
        clock.sleep(wait_seconds)

    patches.replace(WaitFunction, "_wait_interval", wait)
    # Upstream: retry intervals are real seconds.
    patches.replace(retrier_decl, "time", SimpleNamespace(sleep=clock.sleep))
    patches.replace(StateTaskServiceCallback, "_eval_sync", _evaluate_sync)
    for builder in ("_build_sync_resolver", "_build_sync2_resolver"):
        patches.replace(StateTaskServiceSfn, builder, _told_of_the_end(vars(StateTaskServiceSfn)[builder]))
    patches.replace(ExecutionState, "_evaluate_with_timeout", _evaluate_with_timeout(clock))
    patches.replace(Program, "eval", _evaluate_program(clock))
    for method in ("set_error", "set_timed_out"):
        patches.replace(Environment, method, _final(vars(Environment)[method]))
    for method in ("set_stop", "set_timed_out"):
        patches.replace(Environment, method, _ending(vars(Environment)[method]))
    # Upstream: every thread that ever ran is kept, and with it all that its execution knew.
    patches.add(TMP_THREADS.clear)
    # Upstream: who waits for the branches of a Parallel or the items of a Map is no part of any clock.
    ours = SimpleNamespace(Thread=_thread(clock), Event=clock.signal, Lock=threading.Lock)
    for module in (branch_worker, branches_decl, inline_iteration_component, job):
        patches.replace(module, "threading", ours)
    patches.replace(execution_worker, "Thread", ours.Thread)


def _thread(clock: Clock) -> Any:
    """What makes threads as threading.Thread does, for what the interpreter asks of one."""

    @dataclass
    class Thread:
        target: Callable[[], Any]
        name: str | None = None
        daemon: bool = True
        native_id: int | None = None

        def start(self) -> None:
            clock.spawn(self.target, name=self.name)

    return Thread
