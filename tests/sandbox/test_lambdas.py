"""Functions as processes."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.awslambda.configuration import FunctionConfig
from sandbox.aws.awslambda.functions import Lambdas, UnknownFunctionError
from sandbox.aws.iam.service_roles import RoleError
from sandbox.runtime.processes import Processes

HANDLER = """
    import json, os, sys, time

    started = time.time()

    class QuotaStuckError(Exception):
        pass

    def handler(event, context):
        what = event.get("do")
        if what == "environment":
            return dict(os.environ)
        if what == "raise":
            raise QuotaStuckError("no quota")
        if what == "exit":
            os._exit(3)
        if what == "kill":
            os.kill(os.getpid(), 9)
        if what == "sleep":
            time.sleep(event["seconds"])
        if what == "big":
            return "x" * 7_000_000
        if what == "print":
            print("said so")
        return {"pid": os.getpid(), "left": context.get_remaining_time_in_millis(), "id": context.aws_request_id,
                "arn": context.invoked_function_arn, "event": event}
"""
ARN = "arn:aws:lambda:us-west-2:111122223333:function:toy"


def credentials(role_arn: str, session_name: str, **asked: Any) -> dict[str, str]:
    return {"aws_access_key_id": f"key-of-{role_arn}", "aws_secret_access_key": "s", "aws_session_token": session_name}


def assume_nothing(role_arn: str, session_name: str, **asked: Any) -> dict[str, str]:
    raise LookupError(f"{asked['service']} may not assume {role_arn}")


def config(directory: Path, **changes: Any) -> FunctionConfig:
    (directory / "app.py").write_text(textwrap.dedent(HANDLER))
    defaults: dict[str, Any] = {
        "name": "toy",
        "arn": ARN,
        "handler": "app.handler",
        "code": directory,
        "environment": {"COLOUR": "blue"},
        "role_arn": "arn:aws:iam::111122223333:role/toy",
        "timeout": 10,
        "memory": 256,
    }
    return FunctionConfig(**{**defaults, **changes})


@pytest.fixture
def lines() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def lambdas(tmp_path: Path, processes: Processes, lines: list[tuple[str, str]]) -> Iterator[Lambdas]:
    made = Lambdas("http://127.0.0.1:9", credentials, processes, on_log=lambda name, line: lines.append((name, line)))
    made.register(config(tmp_path))
    yield made
    made.stop()


def call(lambdas: Lambdas, **event: Any) -> dict[str, Any]:
    result = lambdas.invoke("toy", json.dumps(event).encode())
    assert result.function_error is None
    answer: dict[str, Any] = json.loads(result.payload)
    return answer


def fail(lambdas: Lambdas, **event: Any) -> dict[str, Any]:
    result = lambdas.invoke(ARN, json.dumps(event).encode())
    assert result.function_error == "Unhandled"
    answer: dict[str, Any] = json.loads(result.payload)
    return answer


def test_a_function_answers_and_knows_its_context(lambdas: Lambdas) -> None:
    answer = call(lambdas, a=1)
    assert answer["event"] == {"a": 1}
    assert answer["arn"] == ARN
    assert 5_000 < answer["left"] <= 10_000


def test_a_warm_process_is_reused(lambdas: Lambdas) -> None:
    assert call(lambdas)["pid"] == call(lambdas)["pid"]


def test_two_invocations_at_once_take_two_processes(lambdas: Lambdas) -> None:
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(call(lambdas, do="sleep", seconds=0.5)["pid"])) for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 2


def test_the_environment_is_lambdas_own_and_nothing_of_ours(lambdas: Lambdas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "secret")
    environment = call(lambdas, do="environment")
    assert "OURS" not in environment
    assert environment["COLOUR"] == "blue"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "toy"
    assert environment["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert environment["AWS_ACCESS_KEY_ID"] == "key-of-arn:aws:iam::111122223333:role/toy"
    assert environment["AWS_SESSION_TOKEN"] == "toy"
    assert environment["AWS_SDK_UA_APP_ID"].startswith("fn-toy-")
    assert environment["_HANDLER"] == "app.handler"


def test_an_exception_is_named_after_its_class(lambdas: Lambdas) -> None:
    error = fail(lambdas, do="raise")
    assert error["errorType"] == "QuotaStuckError"
    assert error["errorMessage"] == "no quota"


@pytest.mark.parametrize(("how", "words"), [("kill", "signal: killed"), ("exit", "exit status 3")])
def test_a_crash_is_an_exit_error_and_the_next_call_gets_a_new_process(lambdas: Lambdas, how: str, words: str) -> None:
    first = call(lambdas)["pid"]
    error = fail(lambdas, do=how)
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].startswith("RequestId: ")
    assert error["errorMessage"].endswith(f"Error: Runtime exited with error: {words}")
    assert call(lambdas)["pid"] != first


def test_a_process_killed_by_its_id_is_a_crash(lambdas: Lambdas) -> None:
    instance = call(lambdas, do="environment")["AWS_SDK_UA_APP_ID"].removeprefix("fn-toy-")
    threading.Timer(0.2, lambdas.kill, [instance]).start()
    assert fail(lambdas, do="sleep", seconds=5)["errorType"] == "Runtime.ExitError"


def test_a_time_out_ends_the_process(lambdas: Lambdas, tmp_path: Path) -> None:
    lambdas.register(config(tmp_path, timeout=0.3))
    first = call(lambdas)["pid"]
    error = fail(lambdas, do="sleep", seconds=5)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 0.30 seconds")
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_a_handler_that_cannot_be_loaded_is_an_init_error(lambdas: Lambdas, tmp_path: Path) -> None:
    lambdas.register(config(tmp_path, handler="nowhere.handler"))
    assert fail(lambdas)["errorType"] == "Runtime.ImportModuleError"
    assert fail(lambdas)["errorType"] == "Runtime.ImportModuleError"


def test_an_answer_over_six_megabytes_is_refused(lambdas: Lambdas) -> None:
    assert fail(lambdas, do="big")["errorType"] == "Function.ResponseSizeTooLarge"


def test_what_a_function_prints_is_logged(lambdas: Lambdas, lines: list[tuple[str, str]]) -> None:
    call(lambdas, do="print")
    deadline = time.monotonic() + 2
    while ("toy", "said so") not in lines and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ("toy", "said so") in lines


def test_an_unknown_function_is_refused(lambdas: Lambdas) -> None:
    with pytest.raises(UnknownFunctionError):
        lambdas.invoke("nobody", b"{}")


def test_a_role_that_lambda_may_not_assume_is_refused(tmp_path: Path, processes: Processes) -> None:
    made = Lambdas("http://127.0.0.1:9", assume_nothing, processes)
    made.register(config(tmp_path))
    with pytest.raises(RoleError):
        made.invoke("toy", b"{}")
    made.stop()


def test_stopping_leaves_no_process(tmp_path: Path, processes: Processes) -> None:
    made = Lambdas("http://127.0.0.1:9", credentials, processes)
    made.register(config(tmp_path))
    pid = call(made)["pid"]
    made.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_processes_end_when_the_sandbox_is_killed(tmp_path: Path) -> None:
    config(tmp_path)
    program = f"""
        import json, sys, threading
        from pathlib import Path
        from sandbox.aws.awslambda.configuration import FunctionConfig
        from sandbox.aws.awslambda.functions import Lambdas
        from sandbox.runtime.processes import Processes
        made = Lambdas("http://127.0.0.1:9", lambda *role, **asked: {credentials("r", "s")!r}, Processes())
        made.register(FunctionConfig("toy", {ARN!r}, "app.handler", Path({str(tmp_path)!r}), {{}}, "r", 60, 128))
        print(json.loads(made.invoke("toy", b"{{}}").payload)["pid"], flush=True)
        made.invoke("toy", b'{{"do": "sleep", "seconds": 50}}')
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _alive(pid):
        time.sleep(0.02)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
