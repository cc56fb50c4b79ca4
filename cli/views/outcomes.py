"""What came of a team's execution, in a line, and of a team that has joined, at length."""

from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from cli.executions import Execution
from cli.views.plan import action_of
from cli.views.report import show_access, show_proof, show_warnings, show_world

_WELL: Final = (
    "onboarded",
    "offboarded",
    "already under way",
    "unchanged",
    "ignored",
    "announced",
    "planned",
    "succeeded",
)
_JOINED: Final = "onboarded"


@dataclass(frozen=True)
class Outcome:
    """A team, and what came of it."""

    team: str
    result: str
    """onboarded, offboarded, already under way, ignored or announced, as its execution says; failed; unchanged or kept
    where none was started; succeeded for an execution that says no more than that."""
    why: str | None = None
    execution: str | None = None
    changes: int | None = None
    """How many things were made, changed or taken away; None where the execution does not say."""

    @property
    def well(self) -> bool:
        """Whether all is as was asked."""
        return self.result in _WELL

    def as_value(self) -> dict[str, Any]:
        """For programs."""
        return {
            "team": self.team,
            "result": self.result,
            "why": self.why,
            "execution": self.execution,
            "changes": self.changes,
        }


def outcome_of(team: str, ended: Execution) -> Outcome:
    """What an execution that has ended came to."""
    if ended.status != "SUCCEEDED":
        return Outcome(team, "failed", ended.why, ended.arn)
    said = ended.output if isinstance(ended.output, dict) else {}
    changes = [action_of(change) for step in said.get("plan") or [] for change in step["changes"]]
    number = sum(action != "keep" for action in changes) if "plan" in said else None
    return Outcome(team, str(said.get("outcome", "succeeded")), said.get("note"), ended.arn, number)


def show_outcome(console: Console, outcome: Outcome) -> None:
    """One line."""
    mark = "[green]✓[/]" if outcome.well else "[red]✗[/]"
    changes = "" if outcome.changes is None else f", {outcome.changes} changes"
    why = "" if outcome.why is None else f": {outcome.why}"
    console.print(f"{mark} {escape(f'{outcome.team} {outcome.result}{changes}{why}')}", highlight=False)


def show_end(console: Console, outcome: Outcome, ended: Execution, seconds: float, account: str) -> None:
    """All that there is to say of a team whose execution was watched; `account` is the cluster's."""
    if not outcome.well:
        console.print(
            f"\n[bold red]{ended.status}[/] after {seconds:.1f} s: {escape(ended.error or '')}", highlight=False
        )
        console.print(escape(ended.cause or ""), highlight=False)
        return
    if outcome.result != _JOINED:
        console.print("")
        show_outcome(console, outcome)
        return
    console.print(f"\n[bold green]Team {escape(outcome.team)} is onboarded[/] in {seconds:.1f} s.\n", highlight=False)
    show_team(console, ended.output["plan"], ended.output.get("probe"), account)


def show_team(console: Console, plan: list[dict[str, Any]], probe: dict[str, Any] | None, account: str) -> None:
    """What a team has, who may reach what, and what a pod has proven; `account` is the cluster's."""
    show_world(console, plan, account)
    console.print("")
    show_access(console, plan)
    show_warnings(console, plan)
    console.print("")
    show_proof(console, probe)
