"""How what events ask for is read: strictly."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from pydantic import BaseModel, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel

_SHOWN: Final = 80


class Strict(BaseModel):
    """Refuses unknown fields and wrong types; immutable once read."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
    )


RECORDED: Final = {"recorded": True}
"""Pydantic's context of what was accepted once and is read again."""


def is_recorded(known: ValidationInfo) -> bool:
    """Whether what is validated was accepted once, perhaps by rules that had less to say."""
    return bool((known.context or {}).get("recorded"))


def refuse_doubles(where: str, values: Iterable[str]) -> None:
    """Raises ValueError that names each value which comes more than once."""
    doubles = sorted(value for value, count in Counter(values).items() if count > 1)
    if doubles:
        raise ValueError(f"{where} name {', '.join(map(repr, doubles))} more than once")


def read_json(text: str) -> Any:
    """JSON that says nothing twice: of two values under one key a parser drops one in silence.

    Raises ValueError with the reason, also where it is nested too deeply or holds a number that JSON does not have.
    """
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def shown(value: object) -> str:
    """A value that somebody wrote, for a message: one line of ASCII, at most 83 characters, whatever it holds."""
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    doubles = sorted(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    if doubles:
        raise ValueError(f"it names {', '.join(map(shown, doubles))} more than once")
    return dict(pairs)


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
