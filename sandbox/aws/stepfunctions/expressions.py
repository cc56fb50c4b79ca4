"""JSONata in state machines: moto has only an empty hook where an evaluator belongs."""

import copy
import hashlib
import json
import re
import uuid
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils
from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.eval import states
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.parse import preprocessor

from sandbox.aws.moto.patches import Patches
from sandbox.runtime.json_values import copied

_NULL = Utils.NULL_VALUE
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")


class UndefinedError(Exception):
    """The expression returned nothing."""


class UnsupportedTypeError(Exception):
    """The expression returned something that is no JSON value, such as a function."""


def _parse(text: Any = None) -> Any:
    """$parse: JSON text to its value."""
    if not isinstance(text, str):
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise JException("D3137", -1, f"$parse: {error}") from error
    return _NULL if value is None else value


def _hash(data: Any = None, algorithm: Any = None) -> Any:
    """$hash: hexadecimal digest of a string by MD5, SHA-1, SHA-256, SHA-384 or SHA-512."""
    if data is None:
        return None
    name = str(algorithm).replace("-", "").lower()
    if name not in ("md5", "sha1", "sha256", "sha384", "sha512"):
        raise JException("D3137", -1, f"$hash: unknown algorithm {algorithm}")
    return hashlib.new(name, str(data).encode(), usedforsecurity=False).hexdigest()


def _uuid() -> str:
    """$uuid: a random version 4 UUID."""
    return str(uuid.uuid4())


def _partition(array: Any = None, size: Any = None) -> Any:
    """$partition: an array cut in chunks."""
    if array is None:
        return None
    items = array if isinstance(array, list) else [array]
    return [items[start : start + size] for start in range(0, len(items), size)]


def _range(first: int, last: int, step: int) -> list[int]:
    """$range: numbers from first to last, both included."""
    return list(range(first, last + (1 if step > 0 else -1), step))


def _eval(*_: Any) -> Any:
    """$eval: Step Functions has it not."""
    raise JException("T1005", -1, "$eval is not supported; use $parse")


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "parse": _parse,
    "hash": _hash,
    "uuid": _uuid,
    "partition": _partition,
    "range": _range,
    "eval": _eval,
}


class _Expression(Jsonata):  # type: ignore[misc]
    def evaluate_group_expression(self, expr: Any, input: Any, environment: Any) -> Any:
        """Upstream: grouping an empty array puts an element in it, and so into the variable that holds it."""
        return super().evaluate_group_expression(expr, copy.copy(input) if input == [] else input, environment)


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> _Expression:
    """A parsed expression, with the functions bound; parsing takes longer than evaluating."""
    parsed = _Expression(expression)
    parsed.set_output_convert_nulls(False)
    for name, function in _FUNCTIONS.items():
        parsed.register_lambda(name, function)
    return parsed


def evaluate(expression: str, variables: dict[str, Any]) -> Any:
    """The JSON value of a JSONata expression, with variables bound by name (without the dollar sign).

    Raises UndefinedError, UnsupportedTypeError, or jsonata's JException.
    """
    # The syntax tree is only read; the rest of a parsed expression belongs to one evaluation in one thread.
    parsed = copy.copy(_parsed(expression))
    Jsonata.CURRENT.jsonata = parsed
    names = set(_VARIABLE.findall(expression)) & variables.keys()
    # Not copied: an expression changes nothing, and what it returns is made anew.
    result = parsed.evaluate(None, {name: _NULL if variables[name] is None else variables[name] for name in names})
    if result is None:
        raise UndefinedError
    return _plain(result)


def _plain(value: Any) -> Any:
    """Only JSON's own types: jsonata returns list subclasses, a null of its own, functions, and whole floats."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if value is _NULL:
        return None
    raise UnsupportedTypeError


def _fail(env: Environment, cause: str) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details: Any = {"evaluationFailedEventDetails": EvaluationFailedEventDetails(cause=cause, error=name.error_name)}
    env.event_manager.add_event(
        context=env.event_history_context, event_type=HistoryEventType.EvaluationFailed, event_details=details
    )
    return FailureEventException(
        FailureEvent(env=env, error_name=name, event_type=HistoryEventType.EvaluationFailed, event_details=details)
    )


def _eval_body(self: Any, env: Environment) -> None:
    """Upstream: no evaluator; variables are pasted into the expression's text, strings without escaping.

    Here they are bound. A failed evaluation is States.QueryEvaluationError, as in AWS, and not States.Runtime.
    """
    store = env.variable_store
    data = {key: value for key, value in env.states._states_data.items() if key != "errorOutput" or value is not None}
    variables = {**store._outer_scope, **store._inner_scope, "states": data}
    try:
        env.stack.append(evaluate(self.expression, variables))
    except UndefinedError:
        raise _fail(env, f"The JSONata expression '{self.expression}' returned nothing (undefined).") from None
    except UnsupportedTypeError:
        cause = f"The JSONata expression '{self.expression}' returned an unsupported result type."
        raise _fail(env, cause) from None
    except JException as error:
        cause = f"The JSONata expression '{self.expression}' threw an error during evaluation. {error}"
        raise _fail(env, cause) from error


def _literal(parser_rule_context: Any) -> str | None:
    """Upstream: string literals keep their escapes, or lose them by Python's rules instead of JSON's."""
    text: str = parser_rule_context.getText()
    if text == "null":
        return None
    return str(json.loads(text)) if text.startswith('"') else text


def _program_state(self: Environment) -> Any:
    """Upstream: copied whenever somebody looks, which a running execution does all the time; nobody changes it."""
    return self._program_state


def install(patches: Patches) -> None:
    """Gives both kinds of expression the evaluator, and literals their meaning."""
    # Upstream: `$states` and outputs, which are JSON, are copied by copy.deepcopy at every step.
    for module in (states, result_path, state_task_service):
        patches.replace(module, "copy", SimpleNamespace(deepcopy=copied))
    # Upstream: a grammar is built, and a ResultPath parsed by it, at every step.
    patches.replace(result_path, "parse", lru_cache(vars(result_path)["parse"]))
    patches.replace(Environment, "program_state", _program_state)
    patches.replace(preprocessor, "from_string_literal", _literal)
    patches.replace(preprocessor.Preprocessor, "_inner_string_of", staticmethod(_literal))
    patches.replace(string_expression.StringJSONata, "_eval_body", _eval_body)
    patches.replace(string_expression.StringVariableSample, "_eval_body", _eval_body)
