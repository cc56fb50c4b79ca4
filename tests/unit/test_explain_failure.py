"""Whatever Step Functions caught becomes step, resource, error and reason."""

import json
from typing import Any

import pytest

from explain_failure.app import handler
from onboarding.errors import Conflict


@pytest.fixture(autouse=True)
def _stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "stack")


def cause_of(error: Exception) -> str:
    """As Lambda tells Step Functions of an exception."""
    return json.dumps({"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []})


def explained(error: str, cause: str | None, step: str = "apply") -> dict[str, Any]:
    return handler({"step": step, "caught": {"Error": error, "Cause": cause}}, None)


def test_an_error_of_ours_tells_resource_and_reason() -> None:
    error = Conflict("exists but is not ours", "account role one")
    assert explained("Conflict", cause_of(error), "claim") == {
        "step": "claim",
        "resource": "account role one",
        "error": "Conflict",
        "reason": "exists but is not ours",
    }


def test_a_failed_step_of_a_map_says_which_it_was() -> None:
    inner = cause_of(Conflict("exists", "account role one"))
    found = explained("Conflict", json.dumps({"step": "iam_roles", "cause": inner}))
    assert (found["step"], found["resource"], found["reason"]) == ("iam_roles", "account role one", "exists")


def test_a_defect_is_told_in_its_own_words() -> None:
    found = explained("KeyError", cause_of(KeyError("roleArn")))
    assert (found["error"], found["reason"], found["resource"]) == ("KeyError", "'roleArn'", None)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("Sandbox.Timedout", "time-out"),
        ("States.Timeout", "longer than its state allows"),
        ("Runtime.ExitError", "ended before it answered"),
    ],
)
def test_a_function_that_died_is_told_in_words(error: str, words: str) -> None:
    assert words in explained(error, None)["reason"]


def description(**fields: str) -> str:
    """As Step Functions tells an execution of another that it has started."""
    return json.dumps({**fields, "ExecutionArn": "arn:execution", "Input": "{}"}, separators=(",", ":"))


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (description(Cause="Step claim: held", Error="Held", Status="FAILED"), "Step claim: held"),
        (description(Status="ABORTED"), "its execution ended ABORTED"),
        (description(Cause="Step claim: held", Error="Held", Status="FAILED")[:60], "Step claim: held"),
        (description(Cause="Step claim: held", Error="Held", Status="FAILED")[:20], '{"Cause":"Step claim'),
        (description(Error="Held", Status="FAILED")[:20], '{"Error":"Held","Sta'),
    ],
)
def test_a_nested_execution_is_told_by_its_cause_as_far_as_there_is_one(cause: str, reason: str) -> None:
    found = explained("States.TaskFailed", cause, "onboard_team")
    assert (found["error"], found["reason"]) == ("States.TaskFailed", reason)


def test_a_step_that_never_settled_says_what_it_waits_for() -> None:
    cause = json.dumps({"step": "quota_namespace", "cause": "not done after 15 minutes: quota: is Creating"})
    found = explained("StillChanging", cause)
    assert found["step"] == "quota_namespace"
    assert found["reason"] == "not done after 15 minutes: quota: is Creating"


@pytest.mark.parametrize("cause", [None, "", "no JSON", "[1, 2]", '"text"', "null", '{"errorMessage": null}'])
def test_it_never_fails_over_what_it_finds(cause: str | None) -> None:
    assert set(explained("Anything", cause)) == {"step", "resource", "error", "reason"}


def test_it_takes_even_nothing() -> None:
    assert handler({}, None)["reason"] == ""


def test_failures_are_counted_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    wrapped = json.dumps({"step": "iam_roles", "cause": cause_of(Conflict("is not ours", "role"))})
    explained("Conflict", wrapped)
    (line,) = [json.loads(text) for text in capsys.readouterr().out.splitlines() if '"_aws"' in text]
    assert (line["Failures"], line["Step"], line["Stack"]) == ([1.0], "iam_roles", "stack")
