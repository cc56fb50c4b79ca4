"""The doctor: a dry run of the onboarding machine, of which only the prerequisites are shown.

It needs nothing but Step Functions, so it is the same for a sandbox and for a real account.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_MARKS = {"met": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "red")}


@dataclass(frozen=True)
class Examination:
    """What a dry run found."""

    prerequisites: list[dict[str, str]]
    """Each with `resource`, `verdict` (met, warning or problem), and, where there are, `state`, `reason` and `mend`."""
    cause: str | None
    """Why the dry run did not come as far as a plan, where it did not."""

    @property
    def well(self) -> bool:
        """Whether nothing is missing; warnings do not count."""
        return self.cause is None and all(each["verdict"] != "problem" for each in self.prerequisites)


def examine(stepfunctions: Any, machine: str, detail: dict[str, Any], pause: Callable[[], None]) -> Examination:
    """Starts a dry run for the team of the detail, and waits for its end; `pause` comes between two looks at it.

    Raises botocore's ClientError where the machine may not be started or read.
    """
    execution = stepfunctions.start_execution(stateMachineArn=machine, input=json.dumps({**detail, "dryRun": True}))
    arn = execution["executionArn"]
    while (ended := stepfunctions.describe_execution(executionArn=arn))["status"] == "RUNNING":
        pause()
    output = json.loads(ended.get("output", "{}"))
    if "prerequisites" in output:
        return Examination(output["prerequisites"], cause=None)
    return Examination([], cause=output.get("note") or ended.get("cause") or ended["status"])


def show_examination(console: Console, found: Examination) -> None:
    """A table of what was looked at, then what is not as it should be, each with the command that mends it."""
    if found.cause is not None:
        console.print(f"[bold red]Not examined:[/] {escape(found.cause)}", highlight=False)
        return
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("", "prerequisite", "state"):
        table.add_column(column, overflow="fold")
    for each in found.prerequisites:
        mark, colour = _MARKS[each["verdict"]]
        table.add_row(f"[{colour}]{mark}[/]", escape(each["resource"]), escape(each.get("state", "")))
    console.print(table, soft_wrap=False)
    for each in found.prerequisites:
        if each["verdict"] != "met":
            mark, colour = _MARKS[each["verdict"]]
            said = escape(f"{each['resource']}: {each['reason']}")
            console.print(f"[{colour}]{mark} {said}[/]", highlight=False)
            if "mend" in each:
                console.print(f"    {escape(each['mend'])}", highlight=False)
    counts = {verdict: sum(each["verdict"] == verdict for each in found.prerequisites) for verdict in _MARKS}
    console.print(f"{counts['met']} met, {counts['warning']} warnings, {counts['problem']} problems.", highlight=False)
