"""Many teams at once, by the engine of proofs.bulk: what each costs must not grow with their number.

Each number of teams has a process of its own, whose memory is that run's alone.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from proofs.bench.figures import Section, ratio
from proofs.bulk.measure import Figures, onboard
from sandbox.cloud import ROOT

FLAT: Final = 1.1


def measured(teams: Sequence[int]) -> Section:
    """Onboards each number of teams, in a sandbox of its own. Raises CalledProcessError where not all come in."""
    return section([_run(number) for number in sorted(teams)])


def section(runs: Sequence[Figures]) -> Section:
    """The figures: the most teams against the fewest."""
    few, many = runs[0], runs[-1]
    return Section(
        title="Many teams",
        subject=f"crowd --teams {' '.join(str(run.teams) for run in runs)}",
        text=f"""\
A manifest brings in all teams at once, as in [doors.md](doors.md), {few.teams} of them and {many.teams:,}: what a team
costs, each against the other. Starting the sandbox does not count, starting the functions does. Memory is what the
sandbox's process has grown by.""",
        figures=[
            ratio("calls a team, most against fewest", many.calls / many.teams, few.calls / few.teams, FLAT),
            ratio("transitions a team", many.transitions / many.teams, few.transitions / few.teams, FLAT),
            ratio("CPU time a team", many.computed / many.teams, few.computed / few.teams, FLAT),
            ratio("memory a team", many.grown / many.teams, few.grown / few.teams, FLAT),
        ],
        details={
            "A team": (
                ("teams", "calls", "transitions", "CPU time", "memory"),
                [
                    [
                        f"{run.teams:,}",
                        f"{run.calls / run.teams:.0f}",
                        f"{run.transitions / run.teams:.0f}",
                        f"{run.computed / run.teams:.2f} s",
                        f"{run.grown / run.teams:.2f} MB",
                    ]
                    for run in runs
                ],
            )
        },
    )


_ALONE: Final = "import sys; from proofs.bench.crowd import main; sys.exit(main(sys.argv[1:]))"


def _run(teams: int) -> Figures:
    command = [sys.executable, "-c", _ALONE, str(teams)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return Figures(**json.loads(answer.stdout))


def main(arguments: Sequence[str]) -> int:
    """Onboards so many teams and prints the figures as JSON; exit status 1 where one that should is not onboarded."""
    figures, complaints = onboard(int(arguments[0]))
    sys.stdout.write(json.dumps(asdict(figures)))
    sys.stderr.writelines(f"{complaint}\n" for complaint in complaints[:20])
    return 1 if complaints else 0
