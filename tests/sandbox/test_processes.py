"""Processes that are copies of one that has loaded the libraries."""

import os
import signal
import threading
from pathlib import Path

import pytest

from sandbox.runtime.processes import Process, Processes, Program

TELLS = """
import os, random, sys
print(sys.argv[1:], sorted(os.environ), os.getcwd(), sys.path[:2], "boto3" in sys.modules, random.random())
sys.exit(int(sys.argv[1]))
"""
WAITS = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
pathlib.Path("ready").touch()
time.sleep(60)
"""


def run(processes: Processes, folder: Path, text: str, *arguments: str) -> tuple[Process, int]:
    (folder / "told.py").write_text(text)
    program = Program("told", arguments, folder, {"COLOUR": "blue"}, (folder,))
    reading, writing = os.pipe()
    try:
        return processes.start(program, writing), reading
    finally:
        os.close(writing)


def said(processes: Processes, folder: Path, code: int) -> str:
    process, reading = run(processes, folder, TELLS, str(code))
    with os.fdopen(reading) as lines:
        text = lines.read()
    assert process.ended.wait(10)
    assert process.returncode == code
    return text


def waiting(processes: Processes, folder: Path) -> Process:
    process, reading = run(processes, folder, WAITS)
    os.close(reading)
    pause = threading.Event()
    while not (folder / "ready").exists() and not process.ended.is_set():
        pause.wait(0.01)
    return process


def test_a_process_has_its_own_arguments_environment_and_folder(processes: Processes, tmp_path: Path) -> None:
    text = said(processes, tmp_path, 7)
    assert text.startswith(f"['7'] ['COLOUR'] {tmp_path} ['', '{tmp_path}'] True ")


def test_two_copies_draw_different_random_numbers(processes: Processes, tmp_path: Path) -> None:
    assert said(processes, tmp_path, 0) != said(processes, tmp_path, 0)


def test_a_killed_process_says_which_signal_it_was(processes: Processes, tmp_path: Path) -> None:
    process = waiting(processes, tmp_path)
    process.kill()
    assert process.ended.wait(10)
    assert process.returncode == -signal.SIGKILL


def test_a_process_may_end_by_itself_when_asked_to(processes: Processes, tmp_path: Path) -> None:
    process = waiting(processes, tmp_path)
    process.terminate()
    assert process.ended.wait(10)
    assert process.returncode == 5


def test_an_exception_is_written_and_is_exit_code_one(processes: Processes, tmp_path: Path) -> None:
    process, reading = run(processes, tmp_path, "raise LookupError('nowhere')")
    with os.fdopen(reading) as lines:
        assert lines.read().endswith("LookupError: nowhere\n")
    assert process.ended.wait(10)
    assert process.returncode == 1


def test_without_the_server_whoever_runs_has_ended_and_nobody_starts(tmp_path: Path) -> None:
    made = Processes()
    process = waiting(made, tmp_path)
    made.stop()
    assert process.ended.wait(10)
    with pytest.raises(RuntimeError, match="has ended"):
        waiting(made, tmp_path)
