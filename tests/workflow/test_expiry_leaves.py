"""A stack that offboards a team once its grace time is over, and not before it was suspended so long."""

from collections.abc import Iterator

import pytest

from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Options, running
from tests.workflow.teams import outcome, small
from tests.workflow.test_expiry import SUSPENDED, asks, day, state, swept, time_passes


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters={"AfterGrace": "offboard", "GraceDays": "5"})) as started:
        yield started


def test_an_ended_team_leaves_after_its_grace_time_with_nothing_left(cloud: Cloud) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(small("leaves", expires=day(30)))) == "onboarded"
    # However long no sweep has come by, the team is suspended first.
    time_passes(cloud, "leaves", -40)
    swept(cloud)
    swept(cloud)
    assert state(cloud, "leaves") == SUSPENDED
    # The sweep listed the team, and it was extended meanwhile.
    assert outcome(asks(cloud, "Team Extended", "leaves", expires=day(9))) == "onboarded"
    assert outcome(asks(cloud, "Team Expired", "leaves")) == "ignored"
    time_passes(cloud, "leaves", -40)
    swept(cloud)
    time_passes(cloud, "leaves", -40, since=day(-6))
    swept(cloud)
    assert "team/leaves" not in cloud.registry()
    assert [line for line in difference(before, cloud.snapshot()) if "sweeps/" not in line] == []
