"""The process of a container: runs its command with the real shell, where `aws` and `sleep` are the sandbox's.

Started with the container's environment and, as one argument, a file of JSON: command, folder (for its files) and
speed (of a scaled clock). `aws` and `sleep` are a small program that asks this process, so that a command costs
milliseconds, no import.
"""

import json
import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from botocore.utils import ContainerMetadataFetcher

from sandbox.cluster.nodes.aws_cli import AwsCli, Ended
from sandbox.runtime.fork_server import end_with_the_parent

_PROGRAM = """#!{python} -IS
import _socket, posix, sys
asked = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
asked.connect({socket!r})
own = [name + b"=" + value for name, value in posix.environ.items() if name.startswith(b"AWS_")]
words = [sys.argv[0].rsplit("/", 1)[-1].encode(), *(word.encode() for word in sys.argv[1:])]
asked.sendall(b"\\0".join([*own, b"", *words]))
asked.shutdown(_socket.SHUT_WR)
answer = b""
while part := asked.recv(65536):
    answer += part
code, out, err = answer.decode().split("\\0")
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(int(code))
"""
"""Without json and socket, which would take as long again to load as all else takes."""
_PATHS = "/usr/bin:/bin"


class _Asked(socketserver.StreamRequestHandler):
    server: "_Commands"

    def handle(self) -> None:
        """Variables, nothing, and a command line in, its end out, each as words between zero bytes."""
        given = self.rfile.read().decode().split("\0")
        border = given.index("")
        environment = dict(each.split("=", 1) for each in given[:border])
        program, *words = given[border + 1 :]
        if program == "sleep":
            code, out, err = self.server.sleep(words)
        else:
            with self.server.lock:
                code, out, err = self.server.cli.run(words, environment)
        self.wfile.write("\0".join((str(code), out, err)).encode())


class _Commands(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: Path, speed: float) -> None:
        self.lock, self._speed = threading.Lock(), speed
        self.cli = AwsCli(lambda seconds: time.sleep(seconds / speed))
        super().__init__(str(path), _Asked)

    def sleep(self, words: list[str]) -> Ended:
        """As coreutils' sleep, on the clock."""
        time.sleep(float(words[0]) / self._speed)
        return Ended(0)


def main(given: dict[str, Any]) -> int:
    """Runs the command; returns its exit code."""
    folder, speed = Path(given["folder"]), float(given["speed"])
    # It waits a second between its tries, by the sleep that there was when it was loaded: not by the clock's.
    setattr(ContainerMetadataFetcher, "SLEEP_TIME", 1 / speed)  # noqa: B010 # declared as a whole number
    ContainerMetadataFetcher.__init__.__defaults__ = (None, time.sleep)
    commands = _Commands(folder / "aws.socket", speed)
    threading.Thread(target=commands.serve_forever, args=(0.05,), daemon=True).start()
    programs = folder / "bin"
    programs.mkdir()
    for name in ("aws", "sleep"):
        (programs / name).write_text(_PROGRAM.format(python=sys.executable, socket=str(folder / "aws.socket")))
        (programs / name).chmod(0o700)
    environment = {**os.environ, "PATH": f"{programs}:{_PATHS}"}
    process = subprocess.Popen(given["command"], env=environment, preexec_fn=end_with_the_parent)
    # As a runtime does it: only the container's first process is asked to end.
    signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text())))
