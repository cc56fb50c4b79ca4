"""`python -m proofs.askers`: everybody asks for everything; draws docs/askers.svg, ends with 1 where one is wrong."""

import sys

from rich.console import Console
from rich.table import Table

from proofs.askers.matrix import OPTIONS, Answer, prepare, tried, wrong
from proofs.askers.picture import picture
from proofs.isolation.actors import Actors
from sandbox.cloud import ROOT, running


def show(answers: list[Answer], console: Console) -> None:
    """Prints it: for each thing, who would get it."""
    table = Table("asked for", "granted to", title="Who may ask for what")
    for ask in dict.fromkeys(answer.ask.name for answer in answers):
        row = [answer for answer in answers if answer.ask.name == ask]
        table.add_row(f"{row[0].ask.group}: {ask}", ", ".join(each.asker for each in row if each.granted) or "-")
    console.print(table)


def main() -> int:
    """Asks for everything; returns the exit status."""
    console = Console()
    with running(OPTIONS) as cloud:
        actors = Actors(cloud)
        prepare(actors)
        answers = tried(actors)
    show(answers, console)
    (ROOT / "docs" / "askers.svg").write_text(picture(answers))
    problems = wrong(answers)
    for problem in problems:
        console.print(problem, markup=False)
    console.print(f"{len(answers)} answers, {len(problems)} wrong. Drawn: docs/askers.svg")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
