"""What operators are shown of a probe."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cli.views.report import show_proof

PROVEN = {"result": "proven", "at": "2026-11-02T09:00:00Z", "tried": ["may list, get at [point]"]}
FENCE = {"holds": ["is kept from a"], "open": ["reaches b: mend it"], "unproven": ["nothing answers at c"]}


@pytest.mark.parametrize(
    ("probe", "lines"),
    [
        (None, ["No pod has tried it: the team has no datasets, or wants no probe."]),
        ({"result": "inconclusive", "reason": "Unschedulable"}, ["Not proven: Unschedulable"]),
        (PROVEN, ["What a pod of the team has proven", "✓ may list, get at [point]"]),
        (
            {**PROVEN, "fence": FENCE},
            [
                "What a pod of the team has proven",
                "✓ may list, get at [point]",
                "✓ is kept from a",
                "! reaches b: mend it",
                "? nothing answers at c",
            ],
        ),
    ],
    ids=["none", "inconclusive", "by an older stack", "with its fence"],
)
def test_a_proof_is_shown_with_what_is_open_and_what_is_not_proven(
    probe: dict[str, Any] | None, lines: list[str]
) -> None:
    written = StringIO()
    show_proof(Console(file=written, width=200), probe)
    assert [line.strip() for line in written.getvalue().splitlines()] == lines
