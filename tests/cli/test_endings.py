"""Runs that are ended from outside: nothing of them stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runs import PATIENCE, SAMPLE, processes_with, start, until


@pytest.mark.parametrize(
    ("moment", "number"),
    [("Deploying", signal.SIGINT), ("▸ Plan", signal.SIGTERM), ("✓ Apply step · iam_roles", signal.SIGINT)],
)
def test_an_interrupted_run_leaves_no_process_and_no_file(folder: Path, moment: str, number: int) -> None:
    process = start(folder, "onboard", str(SAMPLE))
    until(process, moment)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + number
    assert processes_with(folder) == []


def test_a_sandbox_that_stays_up_says_how_to_reach_it_and_ends_on_request(folder: Path) -> None:
    process = start(folder, "up")
    variables = dict(
        line.removeprefix("export ").split("=", 1)
        for line in until(process, "Ctrl-C ends the sandbox").splitlines()
        if line.startswith("export ")
    )
    cluster = "import boto3; print(boto3.client('eks').describe_cluster(name='research-eks')['cluster']['status'])"
    answer = subprocess.run(
        [sys.executable, "-c", cluster], env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "ACTIVE"
    assert Path(variables["KUBECONFIG"]).stat().st_mode & 0o077 == 0
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert processes_with(folder) == []
