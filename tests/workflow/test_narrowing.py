"""An update cannot be carried out as a whole: what it takes away is taken away all the same."""

import json
from typing import Any

from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.faults.runs import offboarded, said_of
from tests.workflow.doors_shut import nobody_let_in
from tests.workflow.teams import CHECKPOINTS, IMAGES, detail, outcome

A, C = accounts.CLUSTER_ACCOUNT, accounts.DATA_ACCOUNT

NOT_THERE = {"bucket": "example-corp-nowhere", "accountId": C}
"""What no update can be given, so that it has a problem."""


def team(name: str, *datasets: dict[str, Any], policy: str = "edit") -> dict[str, Any]:
    return detail(name, datasets=[*datasets], access={"policy": policy})


def access_points(cloud: Cloud, name: str) -> set[str]:
    return {point for point in cloud.snapshot()[C]["access points"] if f"-{name}-" in point}


def policies(cloud: Cloud, name: str) -> list[str]:
    entries = cloud.snapshot()[A]["eks"][accounts.EKS_CLUSTER]["access_entries"]
    return [str(entry["policies"]) for arn, entry in entries.items() if arn.endswith(f"-access-{name}")]


def test_what_goes_is_gone_though_what_comes_cannot(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(team("lessened", IMAGES, CHECKPOINTS))) == "onboarded"
    before = access_points(cloud, "lessened")
    execution = cloud.onboard(team("lessened", IMAGES, NOT_THERE, policy="view"))
    assert execution.status == "FAILED"
    assert "What the update takes away was taken away all the same" in str(execution.cause)
    kind, said = said_of(cloud, "lessened")[-1]
    assert kind == "Team Onboarding Failed"
    assert said["left"] == []
    assert said["findings"] == ["S3-SHARE", "NOT-LISTED"]
    assert {address.split(" hyperpod")[0] for address in said["narrowed"]} >= {f"{C} access point", f"{A} role"}
    assert len(access_points(cloud, "lessened")) == len(before) - 1
    assert "EditPolicy" not in str(policies(cloud, "lessened"))
    # So it is written down: the sweep gives nothing back, and the whole can be carried out later.
    record = cloud.registry()["team/lessened"]
    assert len(json.loads(record["connect"]["S"])["datasets"]) == 1
    assert "checkpoints" not in record["active"]["S"]
    assert record["status"] == {"S": "active"}
    assert "holder" not in record
    again = cloud.onboard(team("lessened", IMAGES, policy="view"))
    assert outcome(again) == "onboarded"
    assert all(change.get("same") for step in again.output["plan"] for change in step["changes"])


def test_what_could_not_be_taken_away_is_named_and_goes_with_the_next_event(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(team("named", IMAGES, CHECKPOINTS))) == "onboarded"
    with nobody_let_in(cloud, C, "hyperpod-onboarding-data", "s3-access-point"):
        assert cloud.onboard(team("named", IMAGES, policy="view")).status == "FAILED"
        left = [each["resource"] for each in said_of(cloud, "named")[-1][1]["left"]]
        assert [each for each in left if "checkpoints" in each]
        assert [each for each in left if not each.startswith(C) or "images" in each] == []
        # All else is as it was asked for.
        assert "EditPolicy" not in str(policies(cloud, "named"))
        assert cloud.registry()["team/named"]["status"] == {"S": "stuck"}
    assert outcome(cloud.onboard(team("named", IMAGES, policy="view"))) == "onboarded"
    assert len(access_points(cloud, "named")) == 1


def test_a_team_that_is_stuck_so_can_leave(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(team("leaves-less", IMAGES, CHECKPOINTS))) == "onboarded"
    with nobody_let_in(cloud, C, "hyperpod-onboarding-data", "s3-access-point"):
        assert cloud.onboard(team("leaves-less", IMAGES)).status == "FAILED"
    assert outcome(offboarded(cloud, "leaves-less")) == "offboarded"
    assert access_points(cloud, "leaves-less") == set()


def test_an_update_that_only_gives_changes_nothing_where_it_cannot(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(team("greedy", IMAGES))) == "onboarded"
    before = cloud.snapshot()
    assert cloud.onboard(team("greedy", IMAGES, NOT_THERE)).status == "FAILED"
    assert "narrowed" not in said_of(cloud, "greedy")[-1][1]
    assert cloud.snapshot() == before


def test_what_nobody_may_look_at_is_taken_away_in_its_turn(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(team("unlooked", IMAGES, CHECKPOINTS))) == "onboarded"
    # Once for the plan of the update, once for that of what it takes away.
    cloud.faults.add(Fault(Match("s3", "GetAccessPoint"), Kind.DENIED, times=2))
    assert cloud.onboard(team("unlooked", IMAGES)).status == "FAILED"
    assert said_of(cloud, "unlooked")[-1][1]["left"] == []
    assert len(access_points(cloud, "unlooked")) == 1
