"""What a sweep has found, kept in a file, so that one that was stopped goes on where it was."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs.faults.cases import Case, Site
from proofs.faults.play import Result
from proofs.faults.report import Sweep
from proofs.faults.verdict import End


@dataclass(frozen=True)
class Calls:
    """How many calls a clean run of a scenario makes, and how many cases that are."""

    scenario: str
    count: int
    cases: int


@dataclass(frozen=True)
class Journal:
    """A file with a line of JSON for whatever was found."""

    path: Path

    def note(self, what: Result | Calls | float) -> None:
        """A case's result, a scenario's calls, or the seconds that a sweep took."""
        match what:
            case Result():
                case = what.case
                line: dict[str, Any] = {
                    "scenario": case.scenario,
                    "site": [case.site.caller, case.site.service, case.site.operation, case.site.occurrence],
                    "fault": case.fault,
                    "cold": case.cold,
                    "end": what.end.name,
                    "complaints": what.complaints,
                    "seconds": what.seconds,
                }
            case Calls():
                line = {"calls": what.count, "cases": what.cases, "scenario": what.scenario}
            case _:
                line = {"elapsed": what}
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def read(self) -> Sweep:
        """All of it; of a case that was played more than once the last time."""
        found, results = Sweep(), {}
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            match json.loads(line):
                case {"elapsed": seconds}:
                    found.seconds += seconds
                case {"calls": count, "cases": cases, "scenario": scenario}:
                    found.know(scenario, count, cases)
                case said:
                    case = Case(said["scenario"], Site(*said["site"]), said["fault"], said["cold"])
                    end, complaints = End[said["end"]], tuple(said["complaints"])
                    results[str(case)] = Result(case, end, complaints, said["seconds"])
        found.results = list(results.values())
        return found
