"""CPU time of this process and of all that it has started, and its memory: what a busy machine changes little."""

import os
import resource
import sys
from collections import defaultdict
from pathlib import Path

_MEGABYTE = 2**20
_TICKS = os.sysconf("SC_CLK_TCK")


def computed() -> float:
    """CPU seconds so far, of this process and its descendants, those that have ended too.

    Where there is no /proc, descendants count once they have ended and their parents have too.
    """
    if sys.platform != "linux":
        return sum(os.times()[:4])
    seconds: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The name of the program, in parentheses, may hold anything.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # Counted from the state, proc(5)'s third field: utime, stime, and those of children that were waited for.
            seconds[int(entry.name)] = sum(map(int, fields[11:15])) / _TICKS
            children[int(fields[1])].append(int(entry.name))
    total, left = 0.0, [os.getpid()]
    while left:
        process = left.pop()
        total += seconds.get(process, 0.0)
        left += children[process]
    return total


def resident() -> float:
    """Megabytes that this process has in memory now; the most that it had where there is no /proc."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / _MEGABYTE
