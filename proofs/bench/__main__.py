"""`python -m proofs.bench`: measures, prints the figures and writes docs/performance.md."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence

from proofs.bench import cold_start, counts, crowd, onboarding, size, waiting
from proofs.bench.figures import Section
from proofs.bench.page import PAGE, page, written

Measure = Callable[[argparse.Namespace], Section]

SUBJECTS: dict[str, Measure] = {
    "onboarding": lambda _: onboarding.measured(),
    "calls": lambda _: counts.measured(),
    "waiting": lambda _: waiting.measured(),
    "cold-start": lambda _: cold_start.measured(),
    "size": lambda _: size.measured(),
    "crowd": lambda chosen: crowd.measured(chosen.teams),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status: a goal that is missed is a figure like any other."""
    parser = argparse.ArgumentParser(prog="python -m proofs.bench", description=__doc__)
    parser.add_argument("subject", nargs="?", choices=SUBJECTS, help="measure this alone, and write no page")
    parser.add_argument("--teams", type=int, nargs="+", default=[10, 100], help="how many at once, for each run")
    chosen = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    sections = []
    for subject in [chosen.subject] if chosen.subject else SUBJECTS:
        began = time.monotonic()
        section = SUBJECTS[subject](chosen)
        sections.append(section)
        sys.stdout.write(f"{written(section)}\n({time.monotonic() - began:.0f} s)\n\n")
        sys.stdout.flush()
    if not chosen.subject:
        PAGE.write_text(page(sections, (before, os.getloadavg()[0])))
        sys.stdout.write(f"Written: docs/{PAGE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
