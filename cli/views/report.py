"""What exists after an onboarding, by account, and who may reach what: from the verified plan, not from the event."""

from collections.abc import Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from cli.views.finding import identified

_KINDS = {"scientist-policy": "B, the data scientists' account", "access-point": "C, the data owner's account"}
"""By what a team has in an account one knows whose it is."""

_FENCE_MARKS = {"holds": "[green]✓[/]", "open": "[bold yellow]![/]", "unproven": "[dim]?[/]"}
"""Before each sentence of what the probe has found of the fence."""


def what_exists(plan: list[dict[str, Any]], cluster: str) -> dict[str, list[str]]:
    """The addresses of what the team has, by account, that of the cluster first."""
    found: dict[str, list[str]] = {cluster: []}
    for step in plan:
        for change in step["changes"]:
            if _after(change) is not None:
                account, _, rest = change["address"].partition(" ")
                if account.isdigit():
                    found.setdefault(account, []).append(rest)
                else:
                    found[cluster].append(change["address"])
    return found


def show_world(console: Console, plan: list[dict[str, Any]], cluster: str) -> None:
    """A tree of what the team has, by account; `cluster` is the cluster's."""
    whose = {cluster: "A, the cluster's account"}
    for change in (change for step in plan for change in step["changes"] if change["kind"] in _KINDS):
        whose.setdefault(change["address"].partition(" ")[0], _KINDS[change["kind"]])
    tree = Tree("[bold]What exists now[/]")
    for account, addresses in what_exists(plan, cluster).items():
        branch = tree.add(f"[bold cyan]{account}[/] [dim]{whose.get(account, '')}[/]")
        for address in addresses:
            branch.add(escape(address))
    console.print(tree)


def show_access(console: Console, plan: list[dict[str, Any]]) -> None:
    """A table of who may reach what, from the policies as they were read back."""
    title = "[bold]Who may reach what[/]"
    table = Table(
        title=title, title_justify="left", title_style="", header_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for column in ("who", "may", "what"):
        table.add_column(column, overflow="fold")
    for who, may, what in _access({step["step"]: step["changes"] for step in plan}):
        table.add_row(escape(who), escape(may), escape(what))
    console.print(table, soft_wrap=False)


def show_warnings(console: Console, plan: list[dict[str, Any]]) -> None:
    """What did not stand in the way, and wants attention."""
    for warning in (warning for step in plan for warning in step["warnings"]):
        said = escape(f"{warning['resource']}: {warning['reason']}{identified(warning)}")
        console.print(f"[yellow]! {said}[/]", highlight=False)


def show_proof(console: Console, probe: dict[str, Any] | None) -> None:
    """What the probe has proven, or why it could not."""
    if probe is None:
        console.print("[bold]No pod has tried it[/]: the team has no datasets, or wants no probe.", highlight=False)
    elif probe["result"] == "proven":
        console.print("[bold]What a pod of the team has proven[/]", highlight=False)
        for line in probe["tried"]:
            console.print(f"  [green]✓[/] {escape(line)}", highlight=False)
        # One that was recorded by an older stack says nothing of the fence.
        for shown, mark in _FENCE_MARKS.items():
            for line in probe.get("fence", {}).get(shown, []):
                console.print(f"  {mark} {escape(line)}", highlight=False)
    else:
        console.print(f"[bold yellow]Not proven[/]: {escape(probe['reason'])}", highlight=False)


def _access(steps: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, str, str]]:
    for change in steps["iam_roles"]:
        for statement in (_after(change) or {}).get("trust", {}).get("Statement", []):
            if "sts:AssumeRole" not in statement["Action"]:
                continue
            tags = statement.get("Condition", {}).get("StringEquals", {})
            where = [value for key, value in tags.items() if "kubernetes-" in key]
            for who in _let_in(statement):
                yield who + (f" in {'/'.join(where)}" if where else ""), "become", change["identity"]["name"]
    for change in steps["eks_access_entry"]:
        state = _after(change) or {}
        role = change["identity"]["principal"].rsplit("/", 1)[1]
        for policy, namespaces in state.get("policies", {}).items():
            yield role, policy.rsplit("/", 1)[1], f"namespace {', '.join(namespaces)}"
        yield role, "be in groups", ", ".join(state.get("groups", []))
    for change in steps["s3_access_point"]:
        state = _after(change) or {}
        if change["kind"] == "access-point":
            for statement in state.get("policy", {}).get("Statement", []):
                for who in _let_in(statement):
                    yield who, _listed(statement["Action"]), _objects(state, statement)
        elif change["kind"] == "key-grant":
            key = change["identity"]["key_arn"].rsplit(":", 1)[1]
            yield change["identity"]["grantee"].rsplit("/", 1)[1], _listed(state["operations"]), key


def _let_in(statement: dict[str, Any]) -> list[str]:
    """Whom a statement lets in, as people call them; of an account, the roles that a condition names."""
    conditions = statement.get("Condition", {})
    arns = [conditions.get(test, {}).get("aws:PrincipalArn") for test in ("ArnEquals", "ArnLike")]
    found = next(filter(None, arns), None) or next(iter(statement["Principal"].values()))
    return sorted({_short(each) for each in ([found] if isinstance(found, str) else found)})


def _objects(state: dict[str, Any], statement: dict[str, Any]) -> str:
    """What a statement of an access point's policy opens, as people write it."""
    _, _, path = statement["Resource"].partition("/object/")
    below = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", ["", "*"])[1]
    access_point = statement["Resource"].split(":accesspoint/")[1].split("/")[0]
    return f"s3://{state['bucket']}/{path or below} by access point {access_point}"


def _after(change: dict[str, Any]) -> dict[str, Any] | None:
    state: dict[str, Any] | None = change.get("before") if change.get("same") else change.get("after")
    return state


def _listed(actions: str | list[str]) -> str:
    return actions if isinstance(actions, str) else ", ".join(actions)


def _short(principal: str) -> str:
    # An account's own ARN has no slash, and is told whole.
    return principal.rsplit("/", 1)[-1] if principal.startswith("arn:") else principal
