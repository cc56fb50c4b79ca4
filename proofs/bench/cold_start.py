"""What each function imports when it starts cold, against the bare libraries."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from proofs.bench.figures import Figure, Section
from proofs.bench.functions import Function, functions, template
from sandbox.cloud import ROOT

TURNS: Final = 9

_BARE: Final = "from aws_lambda_powertools import Logger; import boto3; from pydantic import BaseModel"
_BARE_KUBERNETES: Final = f"{_BARE}; import kubernetes"
_TIMED: Final = """\
import json, sys, time
began = time.process_time()
{imports}
took = time.process_time() - began
print(json.dumps([took, "kubernetes" in sys.modules]))
"""


@dataclass(frozen=True)
class ColdStart:
    """One function's imports, in CPU seconds."""

    function: str
    seconds: float
    bare: float
    kubernetes: bool
    """Whether the function loads the Kubernetes client, so that this is part of the bare libraries too."""


def measured() -> Section:
    """Imports in fresh processes, in turns. Raises CalledProcessError where a module cannot be imported."""
    every = functions(template())
    programs = {function.name: f"import {function.module}" for function in every}
    programs |= {"bare": _BARE, "bare with kubernetes": _BARE_KUBERNETES}
    with tempfile.TemporaryDirectory(prefix="bench-bytecode-") as compiled:
        # The first turn compiles.
        turns = [_turn(programs, compiled) for _ in range(TURNS + 1)][1:]
    seconds = {name: median(turn[name][0] for turn in turns) for name in programs}
    return section([_cold_start(function, seconds, loads=turns[0][function.name][1]) for function in every])


def section(starts: Sequence[ColdStart]) -> Section:
    """The figures."""
    return Section(
        title="Cold start",
        subject="cold-start",
        text=f"""\
CPU time of importing each function's handler, against that of importing boto3, pydantic and Powertools' Logger, and
kubernetes too where the function loads it: each in a fresh process, all in turns, medians of {TURNS} turns. Modules are
compiled beforehand, on both sides.""",
        figures=[
            Figure(f"{start.function}, times the bare libraries", start.seconds / start.bare, "times", 1.15, digits=2)
            for start in starts
        ],
        details={
            "In milliseconds of CPU time": (
                ("function", "its imports", "bare", "with kubernetes"),
                [
                    [start.function, f"{start.seconds * 1000:.0f}", f"{start.bare * 1000:.0f}", _said(start.kubernetes)]
                    for start in starts
                ],
            )
        },
    )


def _said(yes: bool) -> str:
    return "yes" if yes else "no"


def _cold_start(function: Function, seconds: Mapping[str, float], *, loads: bool) -> ColdStart:
    bare = seconds["bare with kubernetes" if loads else "bare"]
    return ColdStart(function.name, seconds[function.name], bare, loads)


def _turn(programs: Mapping[str, str], compiled: str) -> dict[str, tuple[float, bool]]:
    """Program to its CPU seconds, and whether it has loaded the Kubernetes client."""
    return {name: _imported(imports, compiled) for name, imports in programs.items()}


def _imported(imports: str, compiled: str) -> tuple[float, bool]:
    paths = (ROOT / "functions", ROOT / "layers" / "onboarding" / "python")
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONPYCACHEPREFIX": compiled,
        "AWS_DEFAULT_REGION": "us-west-2",
    }
    program = [sys.executable, "-c", _TIMED.format(imports=imports)]
    answer = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    seconds, kubernetes = json.loads(answer.stdout.splitlines()[-1])
    return float(seconds), bool(kubernetes)
