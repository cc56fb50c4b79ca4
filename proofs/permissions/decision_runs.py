"""Runs of teams that wait for approval: approved, denied, asked about anew, and stopped."""

import json
from typing import Any, Final

from proofs.askers.people import ADMINISTRATORS_ACCOUNT
from proofs.permissions.teams import detail, expect, leave, started_by
from sandbox.cloud import SOURCE, Cloud

ASKING: Final = {"AdministratorAccountIds": ADMINISTRATORS_ACCOUNT, "ApproveAcceleratorsAbove": "40"}
"""A stack that asks about no team of the other runs."""


def decide_about_what_waits(cloud: Cloud) -> None:
    """Another account says yes to one team and no to another; a newer event takes the place of one that waits."""
    waiting = _waits(cloud, _large("approved"))
    _decide(cloud, "approved", "Team Approved")
    expect(cloud.wait(waiting), "onboarded")
    leave(cloud, "approved")
    older = _waits(cloud, _large("denied"))
    newer = _waits(cloud, _large("denied", serviceAccount="trainer"))
    expect(cloud.wait(older), "Superseded")
    _decide(cloud, "denied", "Team Denied")
    expect(cloud.wait(newer), "Denied")


def _large(team: str, **changes: Any) -> dict[str, Any]:
    return detail(team, datasets=[], quota={"resources": [{"instanceType": "ml.p5.48xlarge", "count": 6}]}, **changes)


def _waits(cloud: Cloud, event: dict[str, Any]) -> str:
    """ARN of an execution that waits for approval. Raises RuntimeError where it ends without having waited."""
    known = set(cloud.executions())
    cloud.send(event)
    while not (new := set(cloud.executions()) - known):
        cloud.clock.sleep(1)
    (execution,) = new
    key = f"team/{event['team']}"
    stepfunctions = cloud.client("stepfunctions")
    while not _is_asked_about(cloud.registry().get(key, {}), execution):
        found = stepfunctions.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            raise RuntimeError(f"{event['team']} was not asked about: {found['status']}: {found.get('cause')}")
        cloud.clock.sleep(1)
    return execution


def _is_asked_about(item: dict[str, Any], execution: str) -> bool:
    return "approvalToken" in item and item["holder"]["S"] == execution


def _decide(cloud: Cloud, team: str, kind: str) -> None:
    entry = {
        "EventBusName": cloud.stack.outputs["TeamsBusArn"],
        "Source": SOURCE,
        "DetailType": kind,
        "Detail": json.dumps({"team": team}),
    }
    events = cloud.client("events", ADMINISTRATORS_ACCOUNT)
    decision = started_by(cloud, lambda: events.put_events(Entries=[entry]), "DecideArn")
    expect(decision, "approved" if kind == "Team Approved" else "denied")
