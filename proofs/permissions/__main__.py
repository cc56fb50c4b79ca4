"""`python -m proofs.permissions`: prints the report; ends with 1 where a permission is unused or missing."""

import argparse
import sys
import time

from rich.console import Console
from rich.table import Table

from proofs import page
from proofs.permissions.kubernetes_rights import MEMBERS, titled
from proofs.permissions.runs import all_runs
from proofs.permissions.usage import Usage

_HEADER = ["role", "granted", "used", "unused", "missing"]


def rows(usage: Usage) -> list[list[str]]:
    """For each role and each Kubernetes group, how many permissions it is granted, uses, never uses and lacks."""
    found = []
    for role in usage.roles:
        granted = sum(grant.role == role for grant in usage.granted)
        found.append(_row(role, granted, len(usage.unused(role)), usage.missing_for(role)))
    for group in MEMBERS:
        held = sum(right.holder == group for right in usage.rights)
        found.append(_row(titled(group), held, len(usage.unused_rights(group)), usage.missing_for(titled(group))))
    return found


def complaints(usage: Usage) -> list[str]:
    """A line for each permission that is unused or missing."""
    return [
        *(f"unused: {role}: {grant}" for role in usage.roles for grant in usage.unused(role)),
        *(f"unused: {titled(group)}: {right}" for group in MEMBERS for right in usage.unused_rights(group)),
        *(f"missing: {holder}: {what}" for holder, what in usage.missing),
    ]


def _row(holder: str, granted: int, unused: int, missing: list[str]) -> list[str]:
    return [holder, *map(str, (granted, granted - unused, unused, len(missing)))]


def main() -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m proofs.permissions", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/security.md")
    chosen = parser.parse_args()
    started, console = time.monotonic(), Console()
    usage = all_runs()
    table = Table(*_HEADER, title="Permissions of the stack")
    for row in rows(usage):
        table.add_row(*row)
    console.print(table)
    found = complaints(usage)
    for line in found:
        console.print(line, markup=False, soft_wrap=True)
    console.print(f"{time.monotonic() - started:.0f} s")
    if chosen.write:
        page.write("security.md", "proofs.permissions", page.table(_HEADER, rows(usage)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
