"""A command that is run with a sandbox at hand: it finds AWS, Kubernetes and the stack by its environment alone."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sandbox.aws.gateway.operators import operator
from sandbox.cloud import Cloud
from sandbox.cluster import kubeconfig
from sandbox.runtime.virtual_clock import VirtualClock
from sandbox.scenery import accounts

TEAMS = "hyperpod-teams"
"""The operators' console script, a program like any other here."""

_OTHERS = ("AWS_PROFILE", "AWS_SESSION_TOKEN")
"""Variables that would lead an AWS SDK to somebody's own accounts."""


def environment(cloud: Cloud, folder: Path) -> dict[str, str]:
    """The variables that lead AWS SDKs, kubectl and operators to the sandbox; the folder gets a kubeconfig."""
    keys = operator(accounts.CLUSTER_ACCOUNT)
    kubeconfig_file = folder / "kubeconfig"
    kubeconfig.write(kubeconfig_file, cloud.kubernetes, accounts.EKS_CLUSTER)
    return {
        **cloud.endpoints,
        "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
        "AWS_REGION": accounts.REGION,
        "AWS_DEFAULT_REGION": accounts.REGION,
        "AWS_MAX_ATTEMPTS": "1",
        "HYPERPOD_TEAMS_STACK": accounts.STACK,
        "KUBECONFIG": str(kubeconfig_file),
    }


def found(program: str) -> str | None:
    """Where a program is, looked for beside this Python first; None where there is none."""
    return shutil.which(program, path=_path())


def run(cloud: Cloud, folder: Path, command: Sequence[str], console: Console) -> int:
    """Runs it to its end, and returns its exit status. The sandbox's time passes meanwhile as fast as it can."""
    variables = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    variables |= {**environment(cloud, folder), "PATH": _path()}
    # At a terminal it has it to itself; elsewhere what it says goes where the rest does.
    piped = None if console.is_terminal else subprocess.PIPE
    process = subprocess.Popen(
        [found(command[0]) or command[0], *command[1:]],
        env=variables,
        stdout=piped,
        stderr=None if piped is None else subprocess.STDOUT,
        text=True,
    )
    try:
        with waiting(cloud):
            for line in process.stdout or ():
                console.file.write(line)
                console.file.flush()
            status = process.wait()
            # Ended by a signal: as shells have it.
            return 128 - status if status < 0 else status
    finally:
        # Where the sandbox is ended, so is what was run with it.
        process.terminate()
        process.wait()


def waiting(cloud: Cloud) -> contextlib.AbstractContextManager[None]:
    """In this block whoever drives the sandbox waits for something outside of it."""
    clock = cloud.clock
    here = clock.here() if isinstance(clock, VirtualClock) else None
    return clock.suspended(here) if isinstance(clock, VirtualClock) and here else contextlib.nullcontext()


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
