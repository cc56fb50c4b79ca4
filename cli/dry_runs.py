"""Dry runs: what the state machine would do, and what stands in its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli import events, executions
from cli.executions import Execution
from cli.stack import Stack


@dataclass(frozen=True)
class Planned:
    """What a dry run has come to."""

    prerequisites: list[dict[str, str]]
    """Each with `id`, `resource`, `verdict` (met, warning, problem); where there are, `state`, `reason` and `mend`."""
    plan: list[dict[str, Any]] | None
    """Each step with `changes`, `problems` and `warnings`; None where it did not come to a plan."""
    cause: str | None
    """Why not."""

    @property
    def well(self) -> bool:
        """Whether nothing is missing; warnings do not count."""
        problems = any(step["problems"] for step in self.plan or [])
        return self.cause is None and not problems and all(each["verdict"] != "problem" for each in self.prerequisites)

    @property
    def changes(self) -> bool:
        """Whether anything would be made, changed or taken away."""
        return any(not change.get("same") for step in self.plan or [] for change in step["changes"])

    @property
    def result(self) -> str:
        """problems, changes or nothing."""
        return "problems" if not self.well else "changes" if self.changes else "nothing"


def start(stack: Stack, detail: Mapping[str, Any]) -> str:
    """Starts a dry run for the team of the detail; its execution."""
    return executions.start(stack, "OnboardTeamArn", {**detail, "dryRun": True})


def start_leaving(stack: Stack, team: str) -> str:
    """Starts a dry run of the team's departure; its execution."""
    return executions.start(stack, "OnboardTeamArn", events.departure(stack, team, dryRun=True))


def planned(stack: Stack, ended: Execution) -> Planned:
    """What a dry run that has ended has found."""
    if isinstance(ended.output, dict) and "plan" in ended.output:
        return Planned(ended.output["prerequisites"], ended.output["plan"], cause=None)
    if isinstance(ended.output, dict):
        note = ended.output.get("note") or ended.output.get("outcome")
        return Planned([], None, cause=f"nothing was planned: {note}")
    return Planned([], None, cause=ended.why)
