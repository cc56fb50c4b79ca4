"""How many calls were made, and by whom."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sandbox.aws.gateway.caller import OPERATOR
from sandbox.aws.stepfunctions.history import entered
from sandbox.cluster.api.identity import ADMINISTRATOR
from sandbox.runtime.call_log import Call, Entry


class States:
    """Counts the states that executions enter, of all kinds: what Step Functions bills as transitions."""

    def __init__(self) -> None:
        self.entered = 0

    def __call__(self, execution: str, event: dict[str, Any]) -> None:
        """Takes one history event of an execution."""
        self.entered += entered(event)


def show_calls(console: Console, entries: Sequence[Entry], states: int) -> None:
    """How many calls each caller made to each service, the operator's own left out."""
    counts = Counter((_caller(entry.call), entry.call.service) for entry in entries if _counts(entry.call))
    title = f"[bold]{sum(counts.values())} calls, {states} states[/]"
    table = Table(
        title=title, title_justify="left", title_style="", header_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for column in ("caller", "service", "calls"):
        table.add_column(column, justify="right" if column == "calls" else "left")
    for (caller, service), number in sorted(counts.items()):
        table.add_row(caller, service, str(number))
    console.print(table, soft_wrap=False)


def _counts(call: Call) -> bool:
    # Step Functions learns by events when a nested execution has ended; here it asks, which is no call in AWS.
    return call.principal not in (OPERATOR, ADMINISTRATOR.username) and call.operation != "DescribeExecution"


def _caller(call: Call) -> str:
    return call.function or call.principal.rsplit("/", 1)[-1]
