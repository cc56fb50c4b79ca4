"""Processes of functions and containers as seen from the sandbox, which asks the fork server for each."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sandbox.runtime.fork_server import LENGTH
from sandbox.runtime.process_time import ProcessTime

_START: Final = "import sys; from sandbox.runtime.fork_server import serve; serve(int(sys.argv[1]))"
_ENVIRONMENT: Final = {
    "PATH": os.defpath,
    "LANG": "en_US.UTF-8",
    # What Powertools notices as it is loaded.
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
}


@dataclass
class Process:
    """A process that may end at any time."""

    pid: int
    ended: threading.Event = field(default_factory=threading.Event)
    returncode: int | None = None
    """As of subprocess.Popen: negative for a signal."""

    def kill(self) -> None:
        """Ends it and what it has started. Does nothing where it has ended."""
        if not self.ended.is_set():
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """Asks it to end. Does nothing where it has ended."""
        if not self.ended.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)


@dataclass(frozen=True)
class Program:
    """What a process runs."""

    module: str
    arguments: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    """All of it."""
    path: tuple[Path, ...] = ()
    """Where Python looks for modules before it looks where the sandbox does."""
    time: ProcessTime | None = None
    """None for the real one."""


class Processes:
    """Starts processes, and knows when they end. Thread-safe."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        # The server dies with the thread that started it, so that must be one that lasts.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="fork-server")
        self._server = self._starter.submit(_serve, theirs).result()
        self._asking = threading.Lock()
        self._started: queue.SimpleQueue[Process | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="fork-server-answers", daemon=True).start()

    def start(self, program: Program, output: int) -> Process:
        """A process of the program that writes to this descriptor. Raises RuntimeError where none can start."""
        request = json.dumps(
            {
                "module": program.module,
                "arguments": program.arguments,
                "directory": str(program.directory),
                "environment": dict(program.environment),
                "path": [str(one) for one in program.path],
                "time": program.time,
            }
        ).encode()
        process = None
        with self._asking, suppress(OSError):
            socket.send_fds(self._socket, [LENGTH.pack(len(request))], [output])
            self._socket.sendall(request)
            process = self._started.get()
        if process is None:
            raise RuntimeError("the process that starts the others has ended")
        return process

    def stop(self) -> None:
        """Ends the server, and with it, on Linux, whatever still runs."""
        self._server.kill()
        self._server.wait()
        self._socket.close()
        self._starter.shutdown()

    def _listen(self) -> None:
        running: dict[int, Process] = {}
        with suppress(OSError), self._socket.makefile("rb") as answers:
            for line in answers:
                match json.loads(line):
                    case {"started": pid}:
                        running[pid] = Process(pid)
                        self._started.put(running[pid])
                    case {"ended": pid, "code": code}:
                        _end(running.pop(pid), code)
        for process in running.values():
            _end(process, -signal.SIGKILL)
        self._started.put(None)


def _end(process: Process, code: int) -> None:
    process.returncode = code
    process.ended.set()


def _serve(theirs: socket.socket) -> "subprocess.Popen[bytes]":
    with theirs:
        return subprocess.Popen(
            # -P: else the folder that the sandbox was started in would come before the libraries.
            [sys.executable, "-P", "-c", _START, str(theirs.fileno())],
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
