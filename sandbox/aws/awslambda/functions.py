"""Lambda functions as processes of this machine, each under the real runtime client.

One process serves one invocation at a time and is kept warm. A function's time-out is on the clock, in seconds of code:
a virtual clock stands while the code runs.
"""

import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sandbox.aws.awslambda.configuration import FunctionConfig, environment
from sandbox.aws.awslambda.instance import Instance
from sandbox.aws.awslambda.runtime_api import Invocation, Outcome, RuntimeApi, failure
from sandbox.aws.iam.service_roles import CredentialsFor, assume
from sandbox.runtime.clock import Clock
from sandbox.runtime.processes import Processes, Program

_LONGEST = 600.0
"""Real seconds that a process may take to load its handler, or to run on a clock that stands; more is a defect."""


class UnknownFunctionError(LookupError):
    """No function of that name or ARN is registered."""


class ConcurrencyError(RuntimeError):
    """As many functions run as may run at once."""


InvokeResult = Outcome


class Lambdas:
    """Starts, feeds and ends the processes of all functions. Thread-safe.

    `environment` is what every function gets besides its own; `longest` (seconds) caps every function's timeout;
    `concurrency` is how many invocations of all functions together may run at once (AWS: an account's limit).
    """

    def __init__(
        self,
        endpoint_url: str,
        credentials_for: CredentialsFor,
        processes: Processes,
        pythonpath: Sequence[Path] = (),
        on_log: Callable[[str, str], None] = lambda function, line: None,
        environment: Mapping[str, str] | None = None,
        longest: float | None = None,
        concurrency: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or Clock()
        self._endpoint_url = endpoint_url
        self._credentials_for = credentials_for
        self._pythonpath = tuple(pythonpath)
        self._on_log = on_log
        self._environment = dict(environment or {})
        self._longest = longest if longest is not None else float("inf")
        self._slots = threading.Semaphore(concurrency) if concurrency is not None else None
        self._functions: dict[str, FunctionConfig] = {}
        self._idle: dict[str, list[Instance]] = {}
        self._all: dict[str, Instance] = {}
        self._lock = threading.Lock()
        self._stopped = False
        self._processes = processes
        self._home = tempfile.TemporaryDirectory(prefix="sandbox-lambda-")

    def register(self, function: FunctionConfig) -> None:
        """Makes a function known, or changes it: its warm processes are not used again."""
        with self._lock:
            self._functions[function.arn] = function
            stale = self._idle.pop(function.arn, [])
        for instance in stale:
            self._end(instance)

    def function(self, name_or_arn: str) -> FunctionConfig:
        """The function of that name or ARN (a version or alias is ignored). Raises UnknownFunctionError."""
        with self._lock:
            for arn, function in self._functions.items():
                if name_or_arn in (function.name, arn) or name_or_arn.startswith(arn + ":"):
                    return function
        raise UnknownFunctionError(name_or_arn)

    def names(self) -> list[str]:
        """The names of all functions."""
        with self._lock:
            return [function.name for function in self._functions.values()]

    def invoke(self, name_or_arn: str, payload: bytes) -> InvokeResult:
        """Runs the function and returns its answer, or its error with `function_error` set.

        A process that dies is Runtime.ExitError, one that takes too long Sandbox.Timedout. Raises UnknownFunctionError,
        ConcurrencyError, and RoleError when Lambda may not assume the function's role.
        """
        function = self.function(name_or_arn)
        if self._slots is None:
            return self._run(function, payload)
        if not self._slots.acquire(blocking=False):
            raise ConcurrencyError(function.name)
        try:
            return self._run(function, payload)
        finally:
            self._slots.release()

    def _run(self, function: FunctionConfig, payload: bytes) -> InvokeResult:
        request_id = str(uuid.uuid4())
        timeout = min(function.timeout, self._longest)
        handover = self._clock.hand_over(function.name)
        invocation = Invocation(request_id, payload or b"{}", function.arn, timeout, handover)
        try:
            instance = self._take(function)
        except BaseException:
            handover.back()
            raise
        handover.known_as(instance.id)
        instance.invocation = invocation
        if not instance.api.initialised.wait(_LONGEST):
            instance.process.kill()
        if instance.exited.is_set() or instance.api.init_error is not None:
            outcome = instance.api.init_error or instance.exit_error(request_id)
            invocation.finish(outcome)
            self._end(instance)
            return outcome
        instance.api.send(invocation)
        if instance.exited.is_set():
            invocation.finish(instance.exit_error(request_id))
        invocation.taken.wait(_LONGEST)
        cancel = self._clock.after(self._clock.computing(timeout), lambda: self._time_out(instance, invocation))
        if not invocation.done.wait(_LONGEST):
            self._time_out(instance, invocation)
        cancel()
        assert invocation.outcome is not None  # noqa: S101  # finish() was called by now
        self._give_back(instance)
        return invocation.outcome

    def kill(self, instance_id: str) -> None:
        """Ends a process as a crash would. Does nothing for one that is gone."""
        with self._lock:
            instance = self._all.get(instance_id)
        if instance:
            instance.process.kill()

    def expire(self, instance_id: str) -> None:
        """Ends what a process is doing as its time-out would, only now. Does nothing for one that does nothing."""
        with self._lock:
            instance = self._all.get(instance_id)
        invocation = instance.invocation if instance else None
        if instance and invocation:
            self._time_out(instance, invocation)

    def recycle(self, name_or_arn: str) -> None:
        """Ends a function's warm processes, so that it starts cold. Raises UnknownFunctionError."""
        self.register(self.function(name_or_arn))

    def stop(self) -> None:
        """Ends every process and closes every port."""
        with self._lock:
            self._stopped = True
            instances = list(self._all.values())
        for instance in instances:
            self._end(instance)
        self._home.cleanup()

    def _take(self, function: FunctionConfig) -> Instance:
        while True:
            with self._lock:
                if self._stopped:
                    raise RuntimeError("the sandbox has stopped")
                idle = self._idle.get(function.arn) or []
                instance = idle.pop() if idle else None
            if instance is None:
                return self._launch(function)
            if instance.usable():
                return instance
            self._end(instance)

    def _time_out(self, instance: Instance, invocation: Invocation) -> None:
        if invocation.done.is_set():
            return
        message = f"RequestId: {invocation.request_id} Error: Task timed out after {invocation.timeout:.2f} seconds"
        instance.expired = True
        invocation.finish(failure("Sandbox.Timedout", message))
        self._on_log(instance.function.name, message)
        instance.process.kill()

    def _give_back(self, instance: Instance) -> None:
        instance.invocation = None
        with self._lock:
            current = self._functions.get(instance.function.arn) is instance.function
            if instance.usable() and current and not self._stopped:
                self._idle.setdefault(instance.function.arn, []).append(instance)
                return
        self._end(instance)

    def _end(self, instance: Instance) -> None:
        instance.process.kill()
        instance.exited.wait(5)
        with self._lock:
            known = self._all.pop(instance.id, None)
        if known:
            instance.api.close()

    def _launch(self, function: FunctionConfig) -> Instance:
        instance_id = uuid.uuid4().hex[:8]
        service = "lambda.amazonaws.com"
        credentials = assume(self._credentials_for, function.role_arn, function.name, service, function.arn)
        variables = environment(function, instance_id, credentials, self._home.name, self._endpoint_url)
        api = RuntimeApi()
        program = Program(
            module="awslambdaric",
            arguments=(function.handler,),
            directory=function.code,
            environment={**variables, **self._environment, "AWS_LAMBDA_RUNTIME_API": api.address},
            path=(function.code, *(layer / "python" for layer in function.layers), *self._pythonpath),
            time=self._clock.process_time(self._endpoint_url, instance_id),
        )
        reading, writing = os.pipe()
        try:
            process = self._processes.start(program, writing)
        finally:
            os.close(writing)
        instance = Instance(instance_id, function, api, process, os.fdopen(reading, "rb"))
        with self._lock:
            self._all[instance_id] = instance
        threading.Thread(target=instance.watch, args=(self._on_log,), daemon=True).start()
        if self._stopped:
            self._end(instance)
        return instance
