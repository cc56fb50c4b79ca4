"""The state machines as data, for tests of what they promise."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NAMES = ("onboard_team", "unwind_team", "sweep", "onboard_many", "declare_team", "decide", "notice")

State = dict[str, Any]

EXPRESSION = re.compile(r"^\{%(.*)%\}$", re.DOTALL)


def source(machine: str) -> str:
    """The definition as it is written."""
    return (ROOT / "statemachine" / f"{machine}.asl.json").read_text()


def definition(machine: str) -> State:
    """The definition, parsed; substitutions stay as they are."""
    parsed: State = json.loads(source(machine))
    return parsed


def states(machine: str) -> list[tuple[str, State]]:
    """Every state, with those inside of Maps."""
    return list(_states(definition(machine)))


def integration(state: State) -> str:
    """What a Task calls, as the table of errors has it."""
    return str(state["Resource"]).removeprefix("arn:aws:states:::")


def tasks(machine: str) -> list[tuple[str, State]]:
    """Every Task."""
    return [(name, state) for name, state in states(machine) if state["Type"] == "Task"]


def function_tasks(machine: str) -> list[tuple[str, State]]:
    """Every Task that invokes a function."""
    return [(name, state) for name, state in tasks(machine) if state["Resource"].endswith(":lambda:invoke")]


def table() -> dict[str, dict[str, State]]:
    """Every error that an integration can raise, by integration and name (statemachine/errors.json)."""
    found: dict[str, dict[str, State]] = _table()["errors"]
    return found


def passing(integration: str, *then: str) -> set[str]:
    """The errors of an integration that pass, or those of them that the table says to `retry`, or to `wait` for."""
    return {name for name, row in table()[integration].items() if row["then"] in (then or ("retry", "wait"))}


def sources() -> dict[str, str]:
    """Where the errors' names are from, by the word that their lines use."""
    found: dict[str, str] = _table()["sources"]
    return found


def _table() -> State:
    parsed: State = json.loads((ROOT / "statemachine" / "errors.json").read_text())
    return parsed


def retriers(machine: str) -> list[tuple[str, dict[str, Any]]]:
    """Every Retry of every state."""
    return [(name, retrier) for name, state in states(machine) for retrier in state.get("Retry", [])]


def expressions(machine: str) -> list[str]:
    """Every JSONata expression."""
    return [match[1].strip() for text in _texts(definition(machine)) if (match := EXPRESSION.match(text))]


def actions(payload: dict[str, Any]) -> set[str]:
    """The action of a payload, or those among which an expression chooses."""
    expression = EXPRESSION.match(payload["action"])
    return set(re.findall(r"'([\w ]+)'", expression[1])) if expression else {payload["action"]}


def step_payloads(machine: str) -> list[dict[str, Any]]:
    """What the steps' functions are sent."""
    sent = [state["Arguments"]["Payload"] for _, state in function_tasks(machine)]
    return [payload for payload in sent if isinstance(payload, dict) and "action" in payload]


def _states(machine: State) -> Iterator[tuple[str, State]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
