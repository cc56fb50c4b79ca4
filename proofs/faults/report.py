"""The table of a sweep, for the terminal and for docs/reliability.md."""

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Column, Table

from proofs import page
from proofs.faults.cases import FAULTS
from proofs.faults.play import Result
from proofs.faults.scenarios import SCENARIOS
from proofs.faults.verdict import End


@dataclass
class Sweep:
    """What a sweep has found."""

    calls: dict[str, int] = field(default_factory=dict)
    """Scenario to the number of calls of a clean run, those of a cold start included."""
    cases: dict[str, int] = field(default_factory=dict)
    """Scenario to the number of its cases, played or not."""
    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0
    stopped: bool = False
    """Whether somebody stopped it before its end."""

    def know(self, scenario: str, calls: int, cases: int) -> None:
        """Takes note of a scenario; a run may show a call more than another."""
        self.calls[scenario] = max(calls, self.calls.get(scenario, 0))
        self.cases[scenario] = max(cases, self.cases.get(scenario, 0))

    def rows(self) -> list[tuple[str, str, int, list[int]]]:
        """Scenario, fault, runs, and how many ended in each way."""
        counts = Counter((r.case.scenario, r.case.fault, r.end) for r in self.results)
        rows = []
        for scenario in SCENARIOS:
            for fault in FAULTS:
                ends = [counts[scenario, fault, end] for end in End]
                if sum(ends):
                    rows.append((scenario, fault, sum(ends), ends))
        return rows

    def totals(self) -> list[int]:
        """How many ended in each way, over all."""
        counts = Counter(r.end for r in self.results)
        return [counts[end] for end in End]


def print_table(sweep: Sweep) -> None:
    """To the terminal."""
    table = Table("scenario", Column("fault", no_wrap=True), "runs", *(end.value for end in End))
    for scenario, fault, runs, ends in sweep.rows():
        table.add_row(scenario, fault, str(runs), *(str(count) for count in ends))
    table.add_section()
    table.add_row("all", "", str(len(sweep.results)), *(str(count) for count in sweep.totals()))
    console = Console()
    console.print(table)
    console.print(summary(sweep))


def summary(sweep: Sweep) -> str:
    """The figures in a sentence."""
    calls = ", ".join(f"{name} {count}" for name, count in sweep.calls.items())
    minutes, seconds = divmod(round(sweep.seconds), 60)
    return (
        f"Calls of a clean run: {calls}. Faults: {len(FAULTS)}. "
        f"Cases: {len(sweep.results):,} of {sum(sweep.cases.values()):,}, each with a replay. "
        f"Time: {minutes} min {seconds} s."
    )


def write(sweep: Sweep, command: str) -> None:
    """Into the page, with the command that made it."""
    ends = [end.value for end in End]
    rows = [[scenario, fault, str(runs), *map(str, counts)] for scenario, fault, runs, counts in sweep.rows()]
    rows.append(["all", "", str(len(sweep.results)), *map(str, sweep.totals())])
    table = page.table(["scenario", "fault", "runs", *ends], rows, texts=2)
    page.write("reliability.md", "proofs.faults", f"    {command}\n\n{summary(sweep)}\n\n{table}")
