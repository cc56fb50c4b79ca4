"""`python -m proofs.isolation`: prints the matrix and draws docs/isolation.svg; ends with 1 where a cell is wrong."""

import sys

from rich.console import Console
from rich.table import Table

from proofs.isolation.actors import Actors
from proofs.isolation.matrix import Cell, tried, wrong
from proofs.isolation.picture import picture
from proofs.isolation.probes import PROBES, failed
from proofs.isolation.teams import TEAMS, settle_in
from sandbox.cloud import ROOT, Options, running


def show(cells: list[Cell], console: Console) -> None:
    """Prints it: for each way and team, at whose things it got in."""
    table = Table("way", *(f"{team.name} gets in at" for team in TEAMS), title="Who reaches whose things")
    for way in dict.fromkeys(cell.way for cell in cells):
        row = []
        for actor in TEAMS:
            found = [cell.owner.name for cell in cells if (cell.way, cell.actor) == (way, actor) and cell.got_in]
            row.append(", ".join(found) or "-")
        table.add_row(f"{way.group}: {way.name}", *row)
    console.print(table)


def main() -> int:
    """Tries everything; returns the exit status."""
    console = Console()
    with running(Options()) as cloud:
        settle_in(cloud)
        actors = Actors(cloud)
        cells = tried(actors)
        refused = failed(actors)
    show(cells, console)
    (ROOT / "docs" / "isolation.svg").write_text(picture(cells))
    problems = [*wrong(cells), *(f"probe: {name}" for name in refused)]
    for problem in problems:
        console.print(problem, markup=False)
    console.print(f"{len(cells)} cells and {len(PROBES)} probes, {len(problems)} wrong. Drawn: docs/isolation.svg")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
