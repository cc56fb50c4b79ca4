"""Prerequisites: how each was found, and the commands that mend what is not as it should be."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.views.finding import identified

_MARKS = {"met": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "red")}

Prerequisites = list[dict[str, str]]
"""Each with `id`, `resource`, `verdict` (met, warning or problem), and, where there are, `state`, `reason`, `mend`."""


def show_prerequisites(console: Console, found: Prerequisites) -> None:
    """A table of what was looked at, then what is not as it should be, each with the command that mends it."""
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("", "prerequisite", "state"):
        table.add_column(column, overflow="fold")
    for each in found:
        mark, colour = _MARKS[each["verdict"]]
        table.add_row(f"[{colour}]{mark}[/]", escape(each["resource"]), escape(each.get("state", "")))
    console.print(table, soft_wrap=False)
    show_unmet(console, found)


def show_unmet(console: Console, found: Prerequisites) -> None:
    """What is not as it should be, each with the command that mends it, and how many are."""
    for each in found:
        if each["verdict"] != "met":
            mark, colour = _MARKS[each["verdict"]]
            said = escape(f"{each['resource']}: {each['reason']}" + identified(each))
            console.print(f"[{colour}]{mark} {said}[/]", highlight=False)
            if "mend" in each:
                console.print(f"    {escape(each['mend'])}", highlight=False)
    counts = {verdict: sum(each["verdict"] == verdict for each in found) for verdict in _MARKS}
    console.print(f"{counts['met']} met, {counts['warning']} warnings, {counts['problem']} problems.", highlight=False)
