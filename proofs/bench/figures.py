"""A figure with its goal, and the sections of figures that a report is made of."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figure:
    """One thing that was measured."""

    what: str
    value: float
    """Infinite where it did not come to an end."""
    unit: str = ""
    """Written behind the value: `times` for a ratio, `MB` for instance."""
    goal: float | None = None
    """None where there is nothing to be met."""
    at_least: bool = False
    """Whether the goal is the least that will do; otherwise it is the most."""
    digits: int = 0

    @property
    def met(self) -> bool | None:
        """Whether the goal is met, by the value itself and not by how it is written; None without a goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def row(self) -> list[str]:
        """For a table with HEADER."""
        goal = "" if self.goal is None else f"{'≥' if self.at_least else '≤'} {self.goal:g}{self._unit}"
        met = {None: "", True: "yes", False: "**no**"}[self.met]
        value = "never" if math.isinf(self.value) else f"{self.value:,.{self.digits}f}{self._unit}"
        return [self.what, value, goal, met]

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


HEADER = ("measured", "figure", "goal", "met")


def ratio(what: str, value: float, over: float, goal: float | None = None, *, at_least: bool = False) -> Figure:
    """How many times `over` the value is. Raises ZeroDivisionError where there is nothing to compare with."""
    return Figure(what, value / over, "times", goal, at_least, digits=2)


@dataclass(frozen=True)
class Section:
    """The figures of one subject."""

    title: str
    subject: str
    """As the command takes it."""
    text: str
    """What was measured, how, and what is in it that a reader could not guess."""
    figures: Sequence[Figure]
    details: Mapping[str, tuple[Sequence[str], Rows]] = field(default_factory=dict)
    """Caption to header and rows of what the figures come from."""

    @property
    def command(self) -> str:
        """What gives these figures again."""
        return f".venv/bin/python -m proofs.bench {self.subject}"


def table(header: Sequence[str], rows: Rows) -> str:
    """In Markdown: the first column to the left, the others to the right."""
    lines = [_line(header), "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
