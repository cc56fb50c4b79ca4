"""Teams as the registry has them."""

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.executions import Execution
from cli.registry import Record
from cli.usage import Rows, Usage
from cli.views.outcomes import show_team
from cli.views.waiting import show_waiting

_WAITS = "waits for approval"
_COLOURS = {"active": "green", "suspended": "yellow", _WAITS: "yellow", "stuck": "bold red", "drifted": "yellow"}
_BESIDE = ("cpu", "ephemeral-storage", "memory", "pods", "vpc.amazonaws.com/efa")
"""Resources that come with an accelerator, and are told by --json alone where there is one."""


def state_of(record: Record) -> str:
    """active, onboarding, offboarding or stuck, as the registry says; drifted for one that is active but for drift.

    One that somebody has to approve waits for that.
    """
    if record.approval is not None:
        return _WAITS
    if record.status == "active" and (record.active or {}).get("suspension"):
        return "suspended"
    return "drifted" if record.status == "active" and record.drift is not None else record.status


def summary(record: Record, usage: Usage | None = None) -> dict[str, Any]:
    """A team for programs, as `list --json` has it; `usage` is None where the cluster was not asked."""
    request = record.active or (record.fields.get("wanted") or {}).get("request") or {}
    return {
        "team": record.team,
        "account": record.fields.get("account"),
        "state": state_of(record),
        "quota": request.get("quota"),
        "usage": usage.of(record.team) if usage else None,
        "expires": request.get("expires"),
        "suspension": request.get("suspension"),
        "since": record.fields.get("asked") or record.fields.get("claimed"),
        "by": record.fields.get("asker") or record.fields.get("claimant"),
        "holder": record.holder,
        "approval": record.approval,
        "swept": record.fields.get("swept"),
        "drift": record.drift,
        "left": record.fields.get("left"),
    }


def show_teams(console: Console, records: Sequence[Record], usage: Usage | None = None) -> None:
    """A table; with what is used and borrowed where the cluster was asked."""
    if not records:
        console.print("There is no team yet.", highlight=False)
        return
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    counted = ("used", "borrowed") if usage else ()
    for column in ("team", "account", "state", "quota", *counted, "since", "by", "last sweep"):
        table.add_column(column, overflow="fold")
    for record in records:
        value = summary(record)
        colour = _COLOURS.get(value["state"], "cyan")
        table.add_row(
            escape(record.team),
            value["account"] or "",
            f"[{colour}]{escape(value['state'])}[/]",
            escape(_quota(value["quota"])),
            *(escape(_taken(usage, record.team, column)) for column in counted if usage),
            _moment(value["since"]),
            value["by"] or "",
            _moment(value["swept"]),
        )
    console.print(table, soft_wrap=False)
    if usage and usage.unknown:
        console.print(f"[yellow]! used and borrowed are unknown: {escape(usage.unknown)}[/]", highlight=False)
    for record in records:
        _show_trouble(console, record)


def show_record(
    console: Console,
    record: Record,
    onboarded: Execution | None,
    history: Sequence[dict[str, Any]],
    account: str,
    usage: Usage,
) -> None:
    """All that is known of one team; `account` is the cluster's."""
    show_teams(console, [record], usage)
    if onboarded is not None and onboarded.output:
        show_team(console, onboarded.output["plan"], record.fields.get("probe"), account)
    elif record.active is not None:
        console.print("Step Functions has forgotten the execution that onboarded it: `plan` compares it anew.")
    if not history:
        return
    console.print("\n[bold]Latest executions[/]", highlight=False)
    for each in history:
        mark = {"SUCCEEDED": "[green]✓[/]", "RUNNING": "[cyan]▸[/]"}.get(each["status"], "[red]✗[/]")
        said = f"{each['started']:%Y-%m-%d %H:%M} {each['outcome'] or each['status']} {each['execution']}"
        console.print(f"  {mark} {escape(said)}", highlight=False)
        if each["why"]:
            console.print(f"      {escape(each['why'])}", highlight=False)


def _show_trouble(console: Console, record: Record) -> None:
    if record.approval is not None:
        show_waiting(console, record.team, record.approval)
    end = record.active or {}
    if suspension := end.get("suspension"):
        why = suspension.get("reason") or (f"its last day was {end['expires']}" if suspension.get("expired") else "")
        said = f"{record.team} is suspended since {suspension['since']} by {suspension['by']}{why and f': {why}'}"
        console.print(f"[yellow]! {escape(said)}[/]", highlight=False)
    elif end.get("expires"):
        console.print(f"{escape(record.team)} ends with {end['expires']} (UTC).", highlight=False)
    drift = record.drift or {}
    for each in drift.get("drift") or []:
        said = escape(f"{record.team}: {each['resource']} is {each['drift']}")
        console.print(f"[yellow]! {said}[/]", highlight=False)
    if drift.get("problem"):
        console.print(f"[yellow]! {escape(record.team)}: {escape(drift['problem'])}[/]", highlight=False)
    for each in record.fields.get("left") or []:
        said = escape(f"{record.team}: left over {each['resource']} ({each['reason']})")
        console.print(f"[red]✗ {said}[/]", highlight=False)


def _quota(quota: dict[str, Any] | None) -> str:
    if quota is None:
        return ""
    return ", ".join(_amount(each) for each in quota["resources"]) or "borrows only"


def _taken(usage: Usage, team: str, column: str) -> str:
    """`unknown`; nothing for a team without a queue; else accelerators, or CPUs where none are taken."""
    if usage.unknown:
        return "unknown"
    rows = usage.of(team)
    if rows is None:
        return ""
    return ", ".join(_told(each, column) for each in _worth_telling(rows, column)) or "0"


def _worth_telling(rows: Rows, column: str) -> Rows:
    taken = [each for each in rows if each[column] != "0"]
    accelerators = [each for each in taken if each["resource"] not in _BESIDE]
    return accelerators or [each for each in taken if each["resource"] == "cpu"]


def _told(each: dict[str, str], column: str) -> str:
    return f"{each[column]} {each['resource'].rpartition('/')[2]} of {each['flavor']}"


def _amount(each: dict[str, Any]) -> str:
    if "count" in each:
        return f"{each['count']} {each['instanceType']}"
    if "acceleratorPartition" in each:
        partition = each["acceleratorPartition"]
        return f"{partition['count']} {partition['type']} of {each['instanceType']}"
    return f"{each.get('accelerators')} accelerators of {each['instanceType']}"


def _moment(text: str | None) -> str:
    return "" if text is None else text[:16].replace("T", " ")
