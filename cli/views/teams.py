"""Teams as the registry has them."""

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.executions import Execution
from cli.registry import Record
from cli.views.outcomes import show_team

_WAITS = "waits for approval"
_COLOURS = {"active": "green", "suspended": "yellow", _WAITS: "yellow", "stuck": "bold red", "drifted": "yellow"}


def state_of(record: Record) -> str:
    """active, onboarding, offboarding or stuck, as the registry says; drifted for one that is active but for drift.

    One that somebody has to approve waits for that.
    """
    if record.approval is not None:
        return _WAITS
    if record.status == "active" and (record.active or {}).get("suspension"):
        return "suspended"
    return "drifted" if record.status == "active" and record.drift is not None else record.status


def summary(record: Record) -> dict[str, Any]:
    """A team for programs, as `list --json` has it."""
    request = record.active or (record.fields.get("wanted") or {}).get("request") or {}
    return {
        "team": record.team,
        "account": record.fields.get("account"),
        "state": state_of(record),
        "quota": request.get("quota"),
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


def show_teams(console: Console, records: Sequence[Record]) -> None:
    """A table."""
    if not records:
        console.print("There is no team yet.", highlight=False)
        return
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("team", "account", "state", "quota", "since", "by", "last sweep"):
        table.add_column(column, overflow="fold")
    for record in records:
        value = summary(record)
        colour = _COLOURS.get(value["state"], "cyan")
        table.add_row(
            escape(record.team),
            value["account"] or "",
            f"[{colour}]{escape(value['state'])}[/]",
            escape(_quota(value["quota"])),
            _moment(value["since"]),
            value["by"] or "",
            _moment(value["swept"]),
        )
    console.print(table, soft_wrap=False)
    for record in records:
        _show_trouble(console, record)


def show_record(
    console: Console,
    record: Record,
    onboarded: Execution | None,
    history: Sequence[dict[str, Any]],
    account: str,
) -> None:
    """All that is known of one team; `account` is the cluster's."""
    show_teams(console, [record])
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
        reasons = "; ".join(record.approval["reasons"])
        console.print(
            f"{escape(record.team)} waits for approval ({escape(reasons)}): `hyperpod-teams approve` or `deny "
            f"{escape(record.team)}`, by another account than asked.",
            highlight=False,
        )
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


def _amount(each: dict[str, Any]) -> str:
    if "count" in each:
        return f"{each['count']} {each['instanceType']}"
    if "acceleratorPartition" in each:
        partition = each["acceleratorPartition"]
        return f"{partition['count']} {partition['type']} of {each['instanceType']}"
    return f"{each.get('accelerators')} accelerators of {each['instanceType']}"


def _moment(text: str | None) -> str:
    return "" if text is None else text[:16].replace("T", " ")
