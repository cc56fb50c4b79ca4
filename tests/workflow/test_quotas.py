"""A quota as SageMaker answers it: with more than was asked for, in whatever way."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from onboarding import ownership
from sandbox.aws import services
from sandbox.aws.inventory import difference
from sandbox.aws.moto.installation import ReadBack, current
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from sandbox.scenery.administrator import console_quota
from tests.workflow.drifts import disabled_quota
from tests.workflow.teams import announced, outcome, small, with_folder

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
    "nothing of its own": {"resources": [], "sharing": {"borrowLimit": 500}},
    "nothing of its own, and a limit beside the percentage": {
        "resources": [],
        "sharing": {"borrowLimit": 100, "absoluteBorrowLimits": [{"instanceType": P5, "count": 1}]},
    },
    "a partition beside vCPUs and memory": {
        "resources": [
            {
                "instanceType": P5,
                "acceleratorPartition": {"type": "mig-1g.10gb", "count": 7},
                "vCpu": 8,
                "memoryInGiB": 64,
            }
        ],
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
    quotas = before[accounts.CLUSTER_ACCOUNT]["compute_quotas"]
    assert f"hyperpod-ns-{team}-quota" in quotas


def test_vcpus_that_no_node_offers_are_a_warning(cloud: Cloud) -> None:
    """The sandbox's nodes run one thread a core, so that eight of 48 vCPUs offer 192."""
    asked = {"resources": [{"instanceType": G6, "vCpu": 193}]}
    execution = cloud.onboard(small("threads", datasets=[], quota=asked))
    assert outcome(execution) == "onboarded"
    ((_, said),) = announced(cloud, execution)
    (warning,) = said["warnings"]
    assert warning["resource"] == f"quota.resources {G6}"
    assert warning["reason"].startswith("asks for 193 vCPUs, and the nodes offer 192 to pods")


@pytest.fixture
def disabled_makes_none() -> Iterator[None]:
    """A quota that is disabled has no namespace made, for as long as the test runs."""
    current().disabled_makes_namespace = False
    yield
    current().disabled_makes_namespace = True


def test_a_failed_update_of_a_disabled_quota_leaves_it_disabled(cloud: Cloud) -> None:
    team = "asleep"
    assert outcome(cloud.onboard(small(team, datasets=[]))) == "onboarded"
    disabled_quota(cloud, team)
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
    assert cloud.onboard(small(team, datasets=[], serviceAccount="trainer")).error == "AccessDenied"
    assert difference(before, cloud.snapshot()) == []
    assert before[accounts.CLUSTER_ACCOUNT]["compute_quotas"][f"hyperpod-ns-{team}-quota"]["activation"] == "Disabled"


def test_an_adopted_quota_that_is_disabled_is_a_warning_with_the_command(cloud: Cloud) -> None:
    identity = console_quota(cloud, "dormant", ActivationState="Disabled")
    before = cloud.snapshot()[accounts.CLUSTER_ACCOUNT]["compute_quotas"]
    execution = cloud.onboard(small("dormant", datasets=[]))
    assert outcome(execution) == "onboarded"
    ((_, said),) = announced(cloud, execution)
    assert said["warnings"] == [
        {
            "id": "QUOTA-DISABLED",
            "resource": "111122223333 compute quota hyperpod-ns-dormant-quota",
            "reason": "is disabled, so that the team has no share of the cluster, and not this stack's. Run: "
            f"aws sagemaker update-compute-quota --compute-quota-id {identity} --target-version 1 "
            "--activation-state Enabled",
        }
    ]
    assert cloud.snapshot()[accounts.CLUSTER_ACCOUNT]["compute_quotas"] == before


@pytest.mark.usefixtures("disabled_makes_none")
def test_an_adopted_quota_that_is_disabled_and_has_no_namespace_is_a_problem(cloud: Cloud) -> None:
    sagemaker = cloud.client("sagemaker")
    (cluster,) = sagemaker.list_clusters()["ClusterSummaries"]
    made = sagemaker.create_compute_quota(
        Name="console-spaceless",
        ClusterArn=cluster["ClusterArn"],
        ComputeQuotaConfig={"ComputeQuotaResources": [{"InstanceType": G6, "Count": 1}]},
        ComputeQuotaTarget={"TeamName": "spaceless"},
        ActivationState="Disabled",
        Tags=[{"Key": ownership.ACCOUNT_TAG, "Value": accounts.SCIENTISTS_ACCOUNT}],
    )["ComputeQuotaId"]
    cloud.clock.sleep(60)
    execution = cloud.onboard(small("spaceless", datasets=[]))
    assert execution.error == "ProblemsFound"
    assert (
        "compute quota hyperpod-ns-spaceless-quota: console-spaceless is disabled, has no namespace and is not this "
        "stack's; it was left alone. Run: aws sagemaker update-compute-quota --compute-quota-id "
        f"{made} --target-version 1 --activation-state Enabled. Then replay"
    ) in str(execution.cause)


def test_a_description_is_the_quotas_until_an_event_says_another(cloud: Cloud) -> None:
    def described(**quota: Any) -> str:
        asked = {"resources": [{"instanceType": P5, "count": 1}], **quota}
        assert outcome(cloud.onboard(small("described", datasets=[], quota=asked))) == "onboarded"
        held = cloud.snapshot()[accounts.CLUSTER_ACCOUNT]["compute_quotas"]
        return str(held["hyperpod-ns-described-quota"].get("description", ""))

    assert described() == ""
    assert described(description="Vision, cost center 7") == "Vision, cost center 7"
    assert described(fairShareWeight=3) == "Vision, cost center 7"
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
    other = {"resources": [], "description": "Another"}
    assert cloud.onboard(small("described", datasets=[], quota=other, serviceAccount="trainer")).status == "FAILED"
    assert difference(before, cloud.snapshot()) == []


@pytest.fixture(params=["goes", "stays"])
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """What becomes of the namespace of a quota that is deleted."""
    current().removes_namespace = request.param == "goes"
    yield str(request.param)
    current().removes_namespace = True


def rest(lines: list[str]) -> list[str]:
    """Without the marks by which a namespace that stays is known as ours."""
    return [line for line in lines if "Namespace/" not in line]


def test_an_update_that_cannot_be_rolled_back_by_sagemaker_is_rolled_back_by_us(cloud: Cloud, namespace: str) -> None:
    team = f"mended-{namespace}"
    # Volumes go back before the quota does, and come again with the next event only.
    event = with_folder(team) if namespace == "stays" else small(team, datasets=[])
    assert outcome(cloud.onboard(event)) == "onboarded"
    before = cloud.snapshot()
    services.script_quota(team, ["UpdateRollbackFailed"])
    failed = cloud.onboard({**event, "quota": {"resources": [{"instanceType": P5, "count": 2}]}})
    assert (failed.status, failed.error) == ("FAILED", "ServiceRefused")
    assert "UpdateRollbackFailed" in str(failed.cause)
    assert rest(difference(before, cloud.snapshot())) == []
    assert cloud.registry()[f"team/{team}"]["status"] == {"S": "active"}


def test_a_quota_that_takes_no_update_is_made_anew_with_all_in_its_namespace(cloud: Cloud, namespace: str) -> None:
    team = f"renewed-{namespace}"
    event = with_folder(team)
    assert outcome(cloud.onboard(event)) == "onboarded"
    before = cloud.snapshot()
    services.script_quota(team, ["UpdateRollbackFailed"])
    disabled_quota(cloud, team)
    execution = cloud.onboard(event)
    assert outcome(execution) == "onboarded"
    ((_, said),) = announced(cloud, execution)
    (warning,) = said["warnings"]
    assert "is deleted and made anew, and its namespace may go with it: UpdateRollbackFailed" in warning["reason"]
    assert rest(difference(before, cloud.snapshot())) == []
