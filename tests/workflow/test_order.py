"""Events of one team that come twice, together or out of order: the table in docs/doors.md, line by line."""

import json
import time
from collections.abc import Callable
from typing import Any

from sandbox.cloud import Cloud, Execution
from sandbox.gateway import Fault, Kind, Match
from tests.workflow.teams import outcome, small


def sent(cloud: Cloud, detail: dict[str, Any], detail_type: str) -> str:
    """Sends an event; the execution that it starts."""
    before = set(cloud.executions())
    cloud.send(detail, detail_type)
    while not (new := [arn for arn in cloud.executions() if arn not in before]):
        time.sleep(0.02)
    return new[0]


def while_planning(cloud: Cloud, detail: dict[str, Any], then: Callable[[], str]) -> tuple[Execution, Execution]:
    """Creates a team and, while that is at work, lets something else happen to it; what came of both."""
    second: list[str] = []
    strike = Fault(Match("eks", "CreateAccessEntry"), Kind.CALLBACK, callback=lambda _: second.append(then()))
    cloud.faults.add(strike)
    first = sent(cloud, detail, "Team Created")
    done = cloud.wait(first)
    return done, cloud.wait(second[0])


def test_an_update_of_a_team_that_is_not_there_creates_it(cloud: Cloud) -> None:
    assert outcome(cloud.wait(sent(cloud, small("early"), "Team Updated"))) == "onboarded"
    assert "team/early" in cloud.registry()


def test_an_update_while_the_creation_runs_is_carried_out_after_it(cloud: Cloud) -> None:
    more = small("hasty", serviceAccount="trainer")
    first, second = while_planning(cloud, small("hasty"), lambda: sent(cloud, more, "Team Updated"))
    assert (outcome(first), outcome(second)) == ("onboarded", "onboarded")
    assert json.loads(cloud.registry()["team/hasty"]["active"]["S"])["serviceAccount"] == "trainer"


def test_a_deletion_while_the_creation_runs_is_carried_out_after_it(cloud: Cloud) -> None:
    first, second = while_planning(cloud, small("brief"), lambda: sent(cloud, {"team": "brief"}, "Team Deleted"))
    assert (outcome(first), outcome(second)) == ("onboarded", "offboarded")
    assert "team/brief" not in cloud.registry()


def test_the_same_event_while_the_creation_runs_does_nothing(cloud: Cloud) -> None:
    same = small("twice")
    first, second = while_planning(cloud, same, lambda: sent(cloud, same, "Team Created"))
    assert (outcome(first), outcome(second)) == ("onboarded", "already under way")


def test_the_same_event_after_the_creation_changes_nothing(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("again"))) == "onboarded"
    again = cloud.onboard(small("again"))
    assert outcome(again) == "onboarded"
    assert all(change.get("same") for step in again.output["plan"] for change in step["changes"])


def test_a_deletion_of_a_team_that_is_not_there_does_nothing(cloud: Cloud) -> None:
    assert outcome(cloud.wait(sent(cloud, {"team": "nobody"}, "Team Deleted"))) == "offboarded"
    assert "team/nobody" not in cloud.registry()
