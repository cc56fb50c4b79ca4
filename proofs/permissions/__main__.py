"""`python -m proofs.permissions`: prints the report; ends with 1 where a permission is unused or missing."""

import sys
import time

from rich.console import Console
from rich.table import Table

from proofs.permissions.kubernetes_rights import MEMBERS, titled
from proofs.permissions.runs import all_runs
from proofs.permissions.usage import Usage


def report(usage: Usage, console: Console) -> bool:
    """Prints each role's permissions, and each Kubernetes group's; whether none is unused and none missing."""
    table = Table("role", "granted", "used", "unused", "missing", title="Permissions of the stack")
    lines = []
    for role in usage.roles:
        granted, unused = sum(grant.role == role for grant in usage.granted), usage.unused(role)
        _add(table, role, granted, len(unused), usage.missing_for(role))
        lines += [f"unused: {role}: {grant}" for grant in unused]
    for group in MEMBERS:
        held, idle = sum(right.holder == group for right in usage.rights), usage.unused_rights(group)
        _add(table, titled(group), held, len(idle), usage.missing_for(titled(group)))
        lines += [f"unused: {titled(group)}: {right}" for right in idle]
    console.print(table)
    lines += [f"missing: {holder}: {what}" for holder, what in usage.missing]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    return not lines


def _add(table: Table, holder: str, granted: int, unused: int, missing: list[str]) -> None:
    table.add_row(holder, str(granted), str(granted - unused), str(unused), str(len(missing)))


if __name__ == "__main__":
    started = time.monotonic()
    console = Console()
    complete = report(all_runs(), console)
    console.print(f"{time.monotonic() - started:.0f} s")
    sys.exit(not complete)
