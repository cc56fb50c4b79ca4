"""How what events ask for is read: strictly."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel


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
