"""A sweep that was told to repair what it finds."""

import json
from collections.abc import Iterator

import pytest
from moto.organizations.models import organizations_backends

from onboarding.organization import TEAM_TAG
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts, shares
from tests.workflow.drifts import DRIFTS, without_association
from tests.workflow.teams import outcome, small
from tests.workflow.test_drift import reported, sweep


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters={"RepairDrift": "true"})) as started:
        yield started


def test_every_kind_of_drift_is_repaired(cloud: Cloud) -> None:
    teams = {f"drift-{number}": drift for number, drift in enumerate(DRIFTS.values())}
    for team, drift in teams.items():
        assert outcome(cloud.onboard(drift.event(team))) == "onboarded"
    before = cloud.snapshot()
    for team, drift in teams.items():
        drift.make(cloud, team)
    said = reported(cloud, sweep(cloud))
    assert {team: found["repaired"] for team, found in said.items()} == dict.fromkeys(teams, True)
    left = [line for line in difference(before, cloud.snapshot()) if "registry" not in line and "sweeps/" not in line]
    assert left == []
    assert sweep(cloud).output["drifted"] == 0


def test_a_tagged_account_that_was_never_onboarded_is_onboarded(cloud: Cloud) -> None:
    account = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"].get_account_by_id(accounts.SCIENTISTS_ACCOUNT)
    account.tags[TEAM_TAG] = "overlooked"
    assert reported(cloud, sweep(cloud))["overlooked"]["repaired"] is True
    assert json.loads(cloud.registry()["team/overlooked"]["active"]["S"])["team"] == "overlooked"


def test_what_differs_of_a_team_that_may_not_have_what_it_has_is_told_and_not_repaired(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("withdrawn"))) == "onboarded"
    without_association(cloud, "withdrawn")
    ssm = cloud.client("ssm", accounts.DATA_ACCOUNT)
    before = json.dumps(shares.shared(ssm))
    shares.put(ssm, "[]")
    try:
        said = reported(cloud, sweep(cloud))["withdrawn"]
    finally:
        shares.put(ssm, before)
    assert said["problem"].startswith("Step plan: 777788889999 share of example-corp-images/curated: ")
    assert [(each["resource"], each["drift"]) for each in said["drift"]] == [
        ("111122223333 cluster research-eks pod identity hyperpod-ns-withdrawn/hyperpod-training", "missing")
    ]
    assert said["repaired"] is False
    again = reported(cloud, sweep(cloud))["withdrawn"]
    assert (again["problem"], again["repaired"]) == (None, True)
