"""The whole world as one comparable value, read straight from the backends: no call, no log, no cost."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.aws import services

World = dict[str, Any]

_UNIQUE_ID = re.compile(r"\bA(?:RO|ID)A[A-Z0-9]{12,}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_EXECUTION = re.compile(r"(?<=:execution:)([\w-]+):[\w-]+")


def snapshot(
    accounts: Iterable[str],
    region: str,
    kubernetes: Mapping[str, Any] | None = None,
    tables: Iterable[str] = (),
    **extra: Any,
) -> World:
    """What exists in those accounts, without generated ids and times.

    `tables` names the DynamoDB tables whose items count, but for those of folders; `extra` is put in as it is.
    Equal worlds give equal text by `json.dumps(world, sort_keys=True)`.
    """
    named = frozenset(tables)
    world = {account: _account(account, region, named) for account in accounts}
    return _plain({**world, "kubernetes": dict(kubernetes or {}), **extra})


def difference(before: World, after: World) -> list[str]:
    """One line for each thing that is new (`+`), gone (`-`) or changed (`~`), by its path."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    lines = []
    for path in sorted(old.keys() | new.keys()):
        if path not in old:
            lines.append(f"+ {path}: {new[path]}")
        elif path not in new:
            lines.append(f"- {path}: {old[path]}")
        elif old[path] != new[path]:
            lines.append(f"~ {path}: {old[path]} -> {new[path]}")
    return lines


def _leaves(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(part, f"{path} / {key}" if path else str(key))
    elif not (isinstance(value, dict) and path.count(" / ") < 2):
        # An empty container of a whole service is no thing of its own.
        yield path, json.dumps(value, sort_keys=True)


def _account(account: str, region: str, tables: frozenset[str]) -> World:
    world = services.snapshot(account, region)
    # Files outlive their team, and so does what is remembered of whose they are: no trace of one that is gone.
    things = {
        name: {key: item for key, item in items.items() if not key.startswith("folder/")}
        for name, items in world["tables"].items()
        if name in tables
    }
    return {**world, "tables": things}


def _plain(value: World) -> World:
    """Plain JSON, with times and generated ids, of deleted roles and users and of executions, made anonymous."""
    text = json.dumps(value, sort_keys=True, default=str)
    text = _TIME.sub("(a time)", text)
    plain: World = json.loads(_EXECUTION.sub(r"\1:(an execution)", _UNIQUE_ID.sub("(a deleted principal)", text)))
    return plain
