"""Properties as CloudFormation sends them: every number and every truth value has become text."""

import re
from typing import Any


def typed(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """The value with what the schema calls a number or a truth value made one again.

    What cannot be one, or is not in the schema, stays as it is: the request then says what is wrong with it.
    """
    root = schema if root is None else root
    shapes = _shapes(schema, root)
    if isinstance(value, dict):
        known = {name: shape for each in shapes for name, shape in each.get("properties", {}).items()}
        return {name: typed(inner, known.get(name, {}), root) for name, inner in value.items()}
    if isinstance(value, list):
        items: dict[str, Any] = next((each["items"] for each in shapes if "items" in each), {})
        return [typed(inner, items, root) for inner in value]
    if isinstance(value, str):
        return _scalar(value, {each.get("type") for each in shapes})
    return value


def _shapes(schema: dict[str, Any], root: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas among which a value has one, references followed."""
    if "$ref" in schema:
        return _shapes(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    found = [schema] if "type" in schema or "properties" in schema else []
    for each in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        found += _shapes(each, root)
    return found


def _scalar(text: str, types: set[str | None]) -> Any:
    if "string" in types:
        return text
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if types & {"integer", "number"} and re.fullmatch("-?(0|[1-9][0-9]{0,17})", text):
        return int(text)
    if "number" in types and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}", text):
        return float(text)
    return text
