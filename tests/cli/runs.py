"""Starts the console script as a person would, and looks for whatever a run leaves behind."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sandbox.cli import app

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "events" / "team-created.json"
PATIENCE = 300
"""Real seconds that a run may take on a busy machine."""


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    # Its own temporary folder and process group, by which all that it starts can be found.
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "sandbox.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    process = start(folder, *arguments)
    output, _ = process.communicate(timeout=PATIENCE)
    assert processes_with(folder) == []
    return process.returncode, output


def called(folder: Path, *arguments: str) -> tuple[int, str]:
    """The same command in this process, which has loaded moto and parsed the state machines already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def processes_with(folder: Path) -> list[str]:
    """Processes whose environment names the folder: the run and whatever it started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = ""
    deadline = time.monotonic() + PATIENCE
    while text not in seen:
        assert time.monotonic() < deadline
        line = process.stdout.readline()
        assert line, f"ended before it said {text!r}: {seen}"
        seen += line
    return seen
