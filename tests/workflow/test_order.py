"""Events of one team that come twice, together or out of order: the table in docs/doors.md, line by line."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.cloud import Cloud, Execution
from sandbox.runtime.faults import Fault, Kind, Match
from tests.workflow.teams import outcome, small


def sent(cloud: Cloud, detail: dict[str, Any], detail_type: str) -> str:
    """Sends an event; the execution that it starts."""
    before = set(cloud.executions())
    cloud.send(detail, detail_type)
    while not (new := [arn for arn in cloud.executions() if arn not in before]):
        cloud.clock.sleep(1)
    # The oldest: it may have let others happen.
    return new[-1]


def while_at_work(
    cloud: Cloud, first: Callable[[], str], then: Callable[[], str], operation: str = "CreateAccessEntry"
) -> tuple[Execution, Execution]:
    """Lets something happen to a team and, while that is at work, something else; what came of both."""
    second: list[str] = []
    cloud.faults.add(Fault(Match("eks", operation), Kind.CALLBACK, callback=lambda _: second.append(then())))
    done = cloud.wait(first())
    return done, cloud.wait(second[0])


def while_created(cloud: Cloud, detail: dict[str, Any], then: Callable[[], str]) -> tuple[Execution, Execution]:
    """The same for a team that is created."""
    return while_at_work(cloud, lambda: sent(cloud, detail, "Team Created"), then)


def test_an_update_of_a_team_that_is_not_there_creates_it(cloud: Cloud) -> None:
    assert outcome(cloud.wait(sent(cloud, small("early"), "Team Updated"))) == "onboarded"
    assert "team/early" in cloud.registry()


def test_an_update_while_the_creation_runs_is_carried_out_after_it(cloud: Cloud) -> None:
    more = small("hasty", serviceAccount="trainer")
    first, second = while_created(cloud, small("hasty"), lambda: sent(cloud, more, "Team Updated"))
    assert (outcome(first), outcome(second)) == ("onboarded", "onboarded")
    assert json.loads(cloud.registry()["team/hasty"]["active"]["S"])["serviceAccount"] == "trainer"


def test_a_deletion_while_the_creation_runs_is_carried_out_after_it(cloud: Cloud) -> None:
    first, second = while_created(cloud, small("brief"), lambda: sent(cloud, {"team": "brief"}, "Team Deleted"))
    assert (outcome(first), outcome(second)) == ("onboarded", "offboarded")
    assert "team/brief" not in cloud.registry()


def test_a_creation_while_the_deletion_runs_is_carried_out_after_it(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("back"))) == "onboarded"
    first, second = while_at_work(
        cloud,
        lambda: sent(cloud, {"team": "back"}, "Team Deleted"),
        lambda: sent(cloud, small("back"), "Team Created"),
        "DeleteAccessEntry",
    )
    assert (outcome(first), outcome(second)) == ("offboarded", "onboarded")
    assert cloud.registry()["team/back"]["status"] == {"S": "active"}


def test_the_same_event_while_the_creation_runs_does_nothing(cloud: Cloud) -> None:
    same = small("twice")
    first, second = while_created(cloud, same, lambda: sent(cloud, same, "Team Created"))
    assert (outcome(first), outcome(second)) == ("onboarded", "already under way")


def test_the_same_event_after_the_creation_changes_nothing(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("again"))) == "onboarded"
    again = cloud.onboard(small("again"))
    assert outcome(again) == "onboarded"
    assert all(change.get("same") for step in again.output["plan"] for change in step["changes"])


def test_a_deletion_of_a_team_that_is_not_there_does_nothing(cloud: Cloud) -> None:
    assert outcome(cloud.wait(sent(cloud, {"team": "nobody"}, "Team Deleted"))) == "offboarded"
    assert "team/nobody" not in cloud.registry()
