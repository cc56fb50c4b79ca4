"""Whether a request fits the service's botocore model, strictly: names, types, enums, patterns, lengths."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

# The models use Java's character classes, which Python's `re` lacks; these are their nearest kin.
_JAVA_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s", r"\p{M}": r"\w", r"\p{S}": r"\W", r"\p{P}": r"\W"}


def violations(params: dict[str, Any], shape: Shape | None) -> list[str]:
    """What is wrong with parsed parameters, one sentence a mistake."""
    if shape is None:
        return []
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        return str(report.generate_report()).splitlines()
    return list(_constraints(params, shape, ""))


def unknown_fields(body: Any, shape: Shape | None, path: str = "") -> Iterator[str]:
    """Fields of a JSON body, as sent, that the model does not have."""
    if isinstance(shape, StructureShape) and isinstance(body, dict):
        by_wire_name = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, value in body.items():
            if name in by_wire_name:
                yield from unknown_fields(value, by_wire_name[name], f"{path}{name}.")
            else:
                yield f"Unknown field '{path}{name}'"
    elif isinstance(shape, ListShape) and isinstance(body, list):
        for value in body:
            yield from unknown_fields(value, shape.member, path)
    elif isinstance(shape, MapShape) and isinstance(body, dict):
        for value in body.values():
            yield from unknown_fields(value, shape.value, path)


def _constraints(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name, part in value.items():
            yield from _constraints(part, shape.members[name], f"{path}.{name}" if path else name)
        return
    if isinstance(shape, ListShape):
        for part in value:
            yield from _constraints(part, shape.member, f"{path}.member")
    elif isinstance(shape, MapShape):
        for key, part in value.items():
            yield from _constraints(key, shape.key, f"{path}.key")
            yield from _constraints(part, shape.value, f"{path}.value")
    broken = _broken_constraint(value, shape)
    if broken:
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {broken}"


def _broken_constraint(value: Any, shape: Shape) -> str | None:
    enum, pattern, most = (shape.metadata.get(name) for name in ("enum", "pattern", "max"))
    if enum and value not in enum:
        return f"satisfy enum value set: [{', '.join(enum)}]"
    if pattern and not _compiled(pattern).fullmatch(value):
        return f"satisfy regular expression pattern: {pattern}"
    if most is not None:
        size = value if shape.type_name in ("integer", "long", "float", "double") else len(value)
        if size > most:
            return f"have {'value' if size is value else 'length'} less than or equal to {most}"
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.DOTALL)
