"""The teams that are measured, and how they come and go."""

import json
from collections.abc import Mapping
from typing import Any, Final

from sandbox.cloud import ROOT, Cloud, Execution

Detail = dict[str, Any]


_GOOD: Final = ("onboarded", "offboarded", "planned")


def _detail(name: str) -> Detail:
    event = json.loads((ROOT / "events" / name).read_text())
    detail: Detail = event.get("detail", event)
    return detail


FIRST: Final = _detail("demo/neighbour.json")
"""Starts every function that a team without folders needs, and shares its datasets."""

PLAIN: Final = _detail("team-created.json")
WITH_FOLDERS: Final = _detail("team-with-storage.json")
"""The same team with three folders of a file system."""

WITH_A_FOLDER: Final = {**WITH_FOLDERS, "storage": WITH_FOLDERS["storage"][:1]}


def onboard(cloud: Cloud, detail: Mapping[str, Any]) -> Execution:
    """Onboards a team. Raises RuntimeError where that fails."""
    return _ended(cloud.onboard(detail))


def planned(cloud: Cloud, detail: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What onboarding a team would change, step by step; nothing is. Raises RuntimeError where that fails."""
    plan: list[Mapping[str, Any]] = _ended(cloud.onboard({**detail, "dryRun": True})).output["plan"]
    return plan


def offboard(cloud: Cloud, team: str) -> None:
    """Takes a team away, and lets all settle. Raises RuntimeError where that fails."""
    known = set(cloud.executions())
    cloud.send({"team": team}, "Team Deleted")
    while not (new := set(cloud.executions()) - known):
        cloud.clock.sleep(1)
    _ended(cloud.wait(new.pop()))
    cloud.settle()


def _ended(execution: Execution) -> Execution:
    if execution.status != "SUCCEEDED" or execution.output["outcome"] not in _GOOD:
        raise RuntimeError(f"{execution.status}: {execution.cause or execution.output}")
    return execution
