"""One process of a function: its log, and its end."""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from sandbox.aws.awslambda.configuration import FunctionConfig
from sandbox.aws.awslambda.runtime_api import Invocation, Outcome, RuntimeApi, failure
from sandbox.runtime.processes import Process

CREDENTIALS_LAST = 1800.0
"""Seconds after which a warm process is not used again, since its credentials run out."""


@dataclass
class Instance:
    """A process that serves one invocation at a time."""

    id: str
    function: FunctionConfig
    api: RuntimeApi
    process: Process
    output: BinaryIO
    started: float = field(default_factory=time.monotonic)
    exited: threading.Event = field(default_factory=threading.Event)
    """Set once its last words are logged as well."""
    invocation: Invocation | None = None
    expired: bool = False

    def usable(self) -> bool:
        """Whether it may serve another invocation."""
        return not (self.expired or self.exited.is_set()) and time.monotonic() - self.started < CREDENTIALS_LAST

    def watch(self, on_log: Callable[[str, str], None]) -> None:
        """Passes the log on until the process ends, then tells whoever waits for it."""
        reader = threading.Thread(target=self._read, args=(on_log,), daemon=True)
        reader.start()
        self.process.ended.wait()
        reader.join(1)
        self.exited.set()
        self.api.initialised.set()
        if self.invocation is not None:
            self.invocation.finish(self.exit_error(self.invocation.request_id))

    def _read(self, on_log: Callable[[str, str], None]) -> None:
        with self.output as lines:
            for line in lines:
                on_log(self.function.name, line.decode(errors="replace").rstrip("\r\n"))

    def exit_error(self, request_id: str) -> Outcome:
        """The error by which an invocation ends whose process has ended."""
        code = self.process.returncode
        if code is None or code < 0:
            how = f"signal: {'killed' if code in (None, -9) else signal.strsignal(-code) or -code}"
        else:
            how = f"exit status {code}"
        return failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}")
