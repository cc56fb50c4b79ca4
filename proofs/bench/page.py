"""docs/performance.md, written whole."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from proofs.bench.figures import HEADER, Section, table

PAGE: Final = Path(__file__).parents[2] / "docs" / "performance.md"

_HEAD: Final = """\
# What it costs

`make bench` measures this and writes this page; nothing here is written by hand. Each section names the command that
gives its figures alone. Figures are ratios where they can be, of things that were measured in turns in one run, and
medians. A busy machine still moves them, time far more than CPU time, calls not at all: with many processes for few
processors, read the load average first. Only AWS can show what a real account adds ([fidelity.md](fidelity.md)).
"""


def page(sections: Iterable[Section], loads: tuple[float, float]) -> str:
    """The page; `loads` are the load averages of the machine before and after."""
    parts = [_HEAD, f"{_machine(loads)}\n", *(written(section) for section in sections)]
    return "\n".join(parts)


def written(section: Section) -> str:
    """One section in Markdown."""
    parts = [f"## {section.title}", section.text, table(HEADER, [figure.row for figure in section.figures])]
    for caption, (header, rows) in section.details.items():
        parts += [f"{caption}:", table(header, rows)]
    return "\n\n".join([*parts, f"    {section.command}"]) + "\n"


def _machine(loads: tuple[float, float]) -> str:
    before, after = loads
    return (
        f"Measured on {os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}; the "
        f"machine's load average was {before:.1f} before and {after:.1f} after."
    )
