"""A plan as a diff, for people."""

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape

from cli.views.finding import identified

_SIGN = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red"), "keep": ("=", "dim")}


def show_plan(console: Console, plan: list[dict[str, Any]]) -> bool:
    """Prints each step's changes, problems and warnings; whether the plan is free of problems."""
    for step in plan:
        console.print(f"[bold]{escape(step['step'])}[/]", highlight=False)
        for change in step["changes"]:
            _show_change(console, change)
        for problem in step["problems"]:
            console.print(f"  [red]✗ {escape(_said(problem))}[/]", highlight=False)
        for warning in step["warnings"]:
            console.print(f"  [yellow]! {escape(_said(warning))}[/]", highlight=False)
    actions = [action_of(change) for step in plan for change in step["changes"]]
    counts = ", ".join(f"{actions.count(action)} to {action}" for action in _SIGN)
    problems, warnings = (sum(len(step[kind]) for step in plan) for kind in ("problems", "warnings"))
    said = [f"{problems} problems"] * bool(problems) + [f"{warnings} warnings"] * bool(warnings)
    console.print(f"\n{'; '.join([counts, *said])}.", highlight=False)
    return problems == 0


def action_of(change: dict[str, Any]) -> str:
    """create, update, delete or keep, from a recorded change."""
    if change.get("same"):
        return "keep"
    if change.get("before") is None:
        return "create"
    return "delete" if change.get("after") is None else "update"


def _show_change(console: Console, change: dict[str, Any]) -> None:
    action = action_of(change)
    sign, colour = _SIGN[action]
    console.print(f"  [{colour}]{sign} {escape(change['address'])}[/]", highlight=False)
    if action == "keep":
        return
    before, after = dict(_leaves(change.get("before"))), dict(_leaves(change.get("after")))
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path):
            continue
        for mark, side, shade in (("-", before, "red"), ("+", after, "green")):
            if path in side:
                console.print(f"      [{shade}]{mark} {escape(path)}: {escape(side[path])}[/]", highlight=False)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        for number, part in enumerate(value):
            yield from _leaves(part, f"{path}[{number}]")
    elif value not in (None, {}, []):
        yield path, json.dumps(value)


def _said(found: dict[str, Any]) -> str:
    return f"{found['resource']}: {found['reason']}{identified(found)}"
