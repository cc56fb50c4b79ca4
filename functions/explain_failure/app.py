"""Explain failure: what Step Functions caught becomes step, resource, reason and error, for people and the registry."""

import json
from typing import Any, Final

from aws_lambda_powertools import Logger

from onboarding.metrics import count

_DESCRIPTION: Final = '{"Cause":'

logger = Logger(service="explain_failure")

# Lambda and Step Functions have their own names for a function that did not come to an end.
_DIED: Final = {
    "States.Timeout": "the task took longer than its state allows",
    "Sandbox.Timedout": "the function ran into its time-out",
    "Runtime.ExitError": "the function's process ended before it answered",
    "Lambda.Unknown": "the function ended before it answered",
}


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Takes `{step, caught: {Error, Cause}}`; never fails over what it finds there. Counts failures by step, whose
    names are the functions' and the machines' own.
    """
    caught = event.get("caught") or {}
    error, cause, step = str(caught.get("Error")), str(caught.get("Cause") or ""), str(event.get("step"))
    inner = _parsed(cause)
    if "step" in inner:
        # A failed step's own Fail state wraps what was caught with the step's name.
        step, cause = str(inner["step"]), str(inner.get("cause") or "")
        inner = _parsed(cause)
    said = str(inner.get("errorMessage", cause))
    ours = _parsed(said)
    resource, reason = ours.get("resource"), str(ours.get("reason", _nested(said)))
    if error in _DIED:
        reason = f"{_DIED[error]}. {reason}".strip()
    failure = {"step": step, "resource": resource, "error": error, "reason": reason}
    count("Failures", 1, Step=step)
    logger.info("explained", extra=failure)
    return failure


def _nested(said: str) -> str:
    """What a nested execution said: its cause, or how it ended.

    Its description is JSON, with the cause first, and is cut short where it is long (Step Functions developer guide,
    "Start a new workflow from Task states"): then as much of it is told as there is.
    """
    found = _parsed(said)
    if "ExecutionArn" in found:
        return str(found.get("Cause") or f"its execution ended {found.get('Status')}")
    if not said.startswith(_DESCRIPTION):
        return said
    try:
        cause, _ = json.JSONDecoder().raw_decode(said.removeprefix(_DESCRIPTION))
    except ValueError:
        return said
    return str(cause)


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
