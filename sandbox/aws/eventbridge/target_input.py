"""What an EventBridge rule gives its target: the event, a part of it, a constant, or a filled template."""

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']+)'\]")
_PLACE = re.compile(r"<([A-Za-z0-9_.-]+)>")
_ABSENT = "\0absent"
"""Stands for a variable whose path is not in the event, until its key is dropped."""


def event_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str, ingested: str) -> str:
    """The target's input as JSON text. Raises ValueError when a template does not yield JSON."""
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(_at(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", 1)[1],
        "aws.events.event.ingestion-time": ingested,
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": event,
    }
    return json.dumps(_without_absent(json.loads(_fill(transformer["InputTemplate"], values))))


def _at(event: Any, path: str) -> Any:
    """The value at a path of names and indexes, None if there is none."""
    value = event
    for name, index, quoted in _STEP.findall(path.removeprefix("$")):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(name or quoted) if isinstance(value, dict) else None
    return value


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """Puts values in their places: as JSON, or as bare text where the place is inside quotes."""
    filled, end = "", 0
    for place in _PLACE.finditer(template):
        if place[1] not in values:
            continue
        filled += template[end : place.start()]
        end, value = place.end(), values[place[1]]
        if _inside_quotes(template[: place.start()]):
            text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
            filled += json.dumps(text)[1:-1]
        else:
            filled += json.dumps(_ABSENT if value is None else value)
    return filled + template[end:]


def _inside_quotes(before: str) -> bool:
    return len(re.findall(r'(?<!\\)"', before)) % 2 == 1


def _without_absent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_absent(item) for key, item in value.items() if item != _ABSENT}
    if isinstance(value, list):
        return [_without_absent(item) for item in value if item != _ABSENT]
    return value
