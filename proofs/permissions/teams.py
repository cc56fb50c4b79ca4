"""Teams for the runs: their events, and the ends that are expected of them."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, Final

from onboarding import ownership
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind, Match, When
from sandbox.scenery import accounts

OTHER_SCIENTISTS = f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/ResearchScientistRole"

_SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "events" / "team-created.json").read_text())["detail"]

UNMARKED: Final[dict[str, Any]] = {"metadata": {"labels": dict.fromkeys(ownership.marks("", ""))}}
"""What takes the stack's marks off an object in Kubernetes."""


def detail(team: str, **changes: Any) -> dict[str, Any]:
    """The sample event's detail for this team, with fields replaced."""
    return {**deepcopy(_SAMPLE), "team": team, **changes}


def changed(team: str) -> dict[str, Any]:
    """The same team with something else in every step."""
    _, labels, checkpoints = _SAMPLE["datasets"]
    return detail(
        team,
        dataScientistRoleArn=OTHER_SCIENTISTS,
        datasets=[{**labels, "access": "read-write"}, {**checkpoints, "prefix": "models/"}],
        quota={"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}], "fairShareWeight": 7},
        serviceAccount="trainer",
        access={"policy": "view"},
        fence={"ingressNamespaces": ["monitoring"], "memory": "1Gi", "pods": 500},
    )


def with_folders(event: dict[str, Any], *datasets: dict[str, Any]) -> dict[str, Any]:
    """The same with a folder for each dataset, that follows it both ways where it may."""
    return {
        **event,
        "storage": [
            {
                "name": f"folder-{number}",
                "dataset": f"{dataset['bucket']}/{dataset.get('prefix', '')}",
                "path": f"/teams/{event['team']}/{number}",
                "exportPolicy": ["NEW"] if dataset.get("access") == "read-write" else [],
            }
            for number, dataset in enumerate(datasets)
        ],
    }


def expect(execution: Execution, outcome: str) -> None:
    """Raises RuntimeError where an execution ended otherwise: then it has not exercised what it is for."""
    if execution.status == "SUCCEEDED" and execution.output["outcome"] == outcome:
        return
    if execution.error == outcome:
        return
    raise RuntimeError(f"the run ended as {execution.status} ({execution.error}: {execution.cause}), not as {outcome}")


def onboard(cloud: Cloud, event: dict[str, Any], outcome: str = "onboarded") -> None:
    """Sends Team Created; raises as `expect`."""
    expect(cloud.onboard(event), outcome)


def leave(cloud: Cloud, team: str) -> None:
    """Sends Team Deleted; raises as `expect`."""
    expect(started_by(cloud, lambda: cloud.send({"team": team}, "Team Deleted")), "offboarded")


def started_by(cloud: Cloud, act: Callable[[], object], machine: str = "OnboardTeamArn") -> Execution:
    """The ended execution of a machine that something has started."""
    known = set(cloud.executions(machine))
    act()
    while not (new := set(cloud.executions(machine)) - known):
        cloud.clock.sleep(1)
    return cloud.wait(new.pop())


def stop_at(cloud: Cloud, where: Match, event: dict[str, Any], when: When = "before") -> None:
    """Sends Team Created, and stops its execution by hand when a call is made.

    Raises RuntimeError where it ends otherwise.
    """
    stepfunctions = cloud.client("stepfunctions")

    def stop(_: Call) -> None:
        newest = cloud.executions()[0]
        cloud.clock.spawn(partial(stepfunctions.stop_execution, executionArn=newest))

    cloud.faults.add(Fault(where, Kind.CALLBACK, when, callback=stop))
    execution = cloud.onboard(event)
    if execution.status != "ABORTED":
        raise RuntimeError(f"the run ended as {execution.status}, not as ABORTED")
