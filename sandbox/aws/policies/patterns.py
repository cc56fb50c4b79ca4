"""Matching of policy text: wildcards, policy variables and ARNs."""

import re
from collections.abc import Mapping
from functools import lru_cache

Context = Mapping[str, tuple[str, ...]]
"""Condition keys of a request, in lower case, with their values."""

_VARIABLE = re.compile(r"\$\{(?P<name>[^},]+?)(?:\s*,\s*'(?P<default>[^']*)')?\s*\}")


def matches(pattern: str, value: str, context: Context, *, wildcards: bool = True, ignore_case: bool = False) -> bool:
    """Whether `value` fits `pattern`, with its policy variables replaced from `context`.

    A variable without a value makes the pattern match nothing, as in IAM. Text that a variable brings in is literal.
    """
    expression = _expression(pattern, context, wildcards)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return expression is not None and _compiled(expression, flags).fullmatch(value) is not None


def arn_matches(pattern: str, value: str, context: Context) -> bool:
    """ArnLike: each of the six colon-separated parts on its own, so that no wildcard reaches across a colon."""
    # Colons inside a variable's name (`${aws:PrincipalTag/team}`) do not separate parts.
    marks = {f"\0{index}\0": found.group() for index, found in enumerate(_VARIABLE.finditer(pattern))}
    for mark, variable in marks.items():
        pattern = pattern.replace(variable, mark, 1)
    patterns, values = pattern.split(":", 5), value.split(":", 5)
    if len(patterns) != 6 or len(values) != 6:
        return False
    for mark, variable in marks.items():
        patterns = [part.replace(mark, variable) for part in patterns]
    return all(matches(part, found, context) for part, found in zip(patterns, values, strict=True))


def _expression(pattern: str, context: Context, wildcards: bool) -> str | None:
    expression, position = "", 0
    for variable in _VARIABLE.finditer(pattern):
        expression += _glob(pattern[position : variable.start()], wildcards)
        text = _value(variable["name"].strip(), variable["default"], context)
        if text is None:
            return None
        expression += re.escape(text)
        position = variable.end()
    return expression + _glob(pattern[position:], wildcards)


def _value(name: str, default: str | None, context: Context) -> str | None:
    if name in ("*", "?", "$"):
        return name
    values = context.get(name.lower(), ())
    return values[0] if len(values) == 1 else default


def _glob(text: str, wildcards: bool) -> str:
    escaped = re.escape(text)
    return escaped.replace(r"\*", ".*").replace(r"\?", ".") if wildcards else escaped


@lru_cache(maxsize=4096)
def _compiled(expression: str, flags: int) -> re.Pattern[str]:
    return re.compile(expression, flags)
