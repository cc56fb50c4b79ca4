"""`python -m sandbox.permissions`: prints the report; ends with 1 where a permission is unused or missing."""

import sys
import time

from rich.console import Console
from rich.table import Table

from sandbox.permissions.runs import all_runs
from sandbox.permissions.usage import KUBERNETES, Usage


def report(usage: Usage, console: Console) -> bool:
    """Prints each role's permissions; whether none is unused and none missing."""
    table = Table("role", "granted", "used", "unused", "missing", title="Permissions of the stack")
    for role in usage.roles:
        granted = sum(grant.role == role for grant in usage.granted)
        unused, missing = usage.unused(role), [what for who, what in usage.missing if who == role]
        table.add_row(role, str(granted), str(granted - len(unused)), str(len(unused)), str(len(missing)))
    idle, refused = usage.unused_rights, [what for who, what in usage.missing if who == KUBERNETES]
    held = len(usage.rights)
    table.add_row(KUBERNETES, str(held), str(held - len(idle)), str(len(idle)), str(len(refused)))
    console.print(table)
    lines = [f"unused: {role}: {grant}" for role in usage.roles for grant in usage.unused(role)]
    lines += [f"unused: {KUBERNETES}: {verb} {resource} ({group})" for group, resource, verb in sorted(idle)]
    lines += [f"missing: {role}: {what}" for role, what in usage.missing]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    return not lines


if __name__ == "__main__":
    started = time.monotonic()
    console = Console()
    complete = report(all_runs(), console)
    console.print(f"{time.monotonic() - started:.0f} s")
    sys.exit(not complete)
