"""The process whose copies are the processes of functions and containers: it has loaded what they load, once.

Loading boto3 and pydantic takes most of a cold start, and a sweep has some ten thousand cold starts. What is a
function's own, and the runtime client, each copy loads by itself.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import sys
import time
import traceback
from contextlib import suppress
from typing import Any, Final, NoReturn

from sandbox.runtime import process_time

LOADED: Final = (
    "boto3",
    "botocore.session",
    "pydantic",
    "aws_lambda_powertools",
    "aws_lambda_powertools.metrics",
)
"""Modules that are loaded before; none of them looks at its environment while it is loaded."""

SERVICES: Final = (
    "cloudtrail",
    "dynamodb",
    "ec2",
    "eks",
    "fsx",
    "iam",
    "kms",
    "organizations",
    "s3",
    "s3control",
    "sagemaker",
    "ssm",
    "stepfunctions",
    "sts",
)
"""Services that functions call; of another one, each copy reads the model by itself."""

_ANY_REGION: Final = "us-east-1"
"""A client wants one; what it reads is the same for all."""

LENGTH: Final = struct.Struct("!I")

_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def serve(descriptor: int) -> None:
    """Starts a process for every request that comes from the socket, and says how each ended, until the socket closes.

    A request is the length of what follows, sent with the descriptor of the process's output, and then JSON of that
    length; an answer is a line of JSON.
    """
    end_with_the_parent()
    for module in LOADED:
        importlib.import_module(module)
    _read_models()
    gc.freeze()
    asked, waker = socket.socket(fileno=descriptor), socket.socketpair()
    for end in waker:
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker[1].fileno())
    path = list(sys.path)
    with selectors.DefaultSelector() as selector:
        selector.register(asked, selectors.EVENT_READ)
        selector.register(waker[0], selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is waker[0]:
                    waker[0].recv(4096)
                    _say_who_ended(asked)
                elif not _start_one(asked, path):
                    return


def _read_models() -> None:
    """A client reads all that clients of its service need; the copies share it (sandbox.runtime.service_models)."""
    session: Any = importlib.import_module("boto3.session").Session(region_name=_ANY_REGION)
    for service in SERVICES:
        session.client(service, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106


def _start_one(asked: socket.socket, path: list[str]) -> bool:
    """Whether there was a request."""
    length, descriptors, _, _ = socket.recv_fds(asked, LENGTH.size, 1)
    if not descriptors:
        return False
    request = asked.recv(LENGTH.unpack(length)[0], socket.MSG_WAITALL)
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        asked.close()
        _become(json.loads(request), descriptors[0], path)
    os.close(descriptors[0])
    # Here and in the process: whoever comes first, nobody can ask for the group before it is there.
    with suppress(OSError):
        os.setpgid(pid, pid)
    _say(asked, {"started": pid})
    return True


def _say_who_ended(asked: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(asked, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _say(asked: socket.socket, answer: dict[str, int]) -> None:
    # Whoever asked may be gone: then the next request is the end of the socket.
    with suppress(BrokenPipeError, ConnectionResetError):
        asked.sendall(json.dumps(answer).encode() + b"\n")


def _become(request: dict[str, Any], output: int, path: list[str]) -> NoReturn:
    """Is what was asked for from here on."""
    code = 1
    try:
        with suppress(OSError):
            os.setpgid(0, 0)
        end_with_the_parent()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(nothing)
        os.close(output)
        os.chdir(request["directory"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        if request["time"]:
            process_time.install(request["time"])
        sys.path[:] = ["", *request["path"], *path]
        sys.argv = [request["module"], *request["arguments"]]
        runpy.run_module(request["module"], run_name="__main__")
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def end_with_the_parent() -> None:
    """Lets the kernel end this process with the one that started it, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
