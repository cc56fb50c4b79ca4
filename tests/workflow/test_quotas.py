"""A quota as SageMaker answers it: with more than was asked for, in whatever way."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from sandbox import places
from sandbox.backends.installation import ReadBack, current
from sandbox.cloud import Cloud
from sandbox.gateway import Fault, Kind, Match
from sandbox.world import difference
from tests.workflow.teams import outcome, small

P5, G6 = "ml.p5.48xlarge", "ml.g6.12xlarge"
WAYS: dict[str, dict[str, Any]] = {
    "accelerators alone": {"resources": [{"instanceType": G6, "accelerators": 2}]},
    "vCPUs alone": {"resources": [{"instanceType": G6, "vCpu": 8.1}]},
    "memory alone": {"resources": [{"instanceType": G6, "memoryInGiB": 20.7}]},
    "whole instances, and none of a type": {
        "resources": [{"instanceType": G6, "count": 0}, {"instanceType": P5, "count": 2}]
    },
    "partitions beside whole instances": {
        "resources": [
            {"instanceType": P5, "count": 1},
            {"instanceType": P5, "acceleratorPartition": {"type": "mig-1g.10gb", "count": 7}},
            {"instanceType": P5, "acceleratorPartition": {"type": "mig-2g.20gb", "count": 2}},
        ],
    },
    "limits to what is borrowed": {
        "resources": [{"instanceType": G6, "count": 1}],
        "sharing": {"absoluteBorrowLimits": [{"instanceType": P5, "accelerators": 4}]},
    },
    "nothing borrowed": {"resources": [{"instanceType": G6, "count": 1}], "sharing": {"strategy": "Lend"}},
}
"""How a team may ask for its quota."""


@pytest.fixture(params=get_args(ReadBack))
def read_back(request: pytest.FixtureRequest) -> Iterator[str]:
    """How SageMaker answers, for as long as the test runs."""
    current().read_back = request.param
    yield str(request.param).replace(" ", "-")
    current().read_back = "as documented"


def changed(cloud: Cloud, event: dict[str, Any]) -> list[str]:
    """What a plan for the team would change."""
    plan = cloud.onboard({**event, "dryRun": True}).output["plan"]
    return [change["address"] for step in plan for change in step["changes"] if not change.get("same")]


@pytest.mark.parametrize("way", WAYS)
def test_a_quota_is_as_asked_for_whatever_is_filled_in(cloud: Cloud, read_back: str, way: str) -> None:
    event = small(f"{read_back}-{list(WAYS).index(way)}", datasets=[], quota=WAYS[way])
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert changed(cloud, event) == []


def test_a_failed_update_gives_back_a_quota_that_was_filled_in(cloud: Cloud, read_back: str) -> None:
    team = f"{read_back}-back"
    parts = [{"instanceType": G6, "accelerators": 2}, {"instanceType": P5, "count": 1}]
    assert outcome(cloud.onboard(small(team, datasets=[], quota={"resources": parts}))) == "onboarded"
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
    more = [{"instanceType": G6, "count": 1}]
    failed = cloud.onboard(small(team, datasets=[], quota={"resources": more}, serviceAccount="trainer"))
    assert failed.error == "AccessDenied"
    assert difference(before, cloud.snapshot()) == []
    quotas = before[places.CLUSTER_ACCOUNT]["compute_quotas"]
    assert f"hyperpod-ns-{team}-quota" in quotas
