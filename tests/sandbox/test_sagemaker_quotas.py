"""SageMaker compute quotas: every status, conflicts, scripts, and the namespace that follows."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.moto.snapshot import snapshot
from sandbox.aws.sagemaker.compute_quotas import settle
from sandbox.aws.sagemaker.quota_progress import script_quota
from sandbox.aws.sagemaker.scheduler_configs import register_scheduler_config
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, HYPERPOD_CLUSTER, REGION
from tests.sandbox.services_world import World, refused, world

G5 = {"InstanceType": "ml.g5.12xlarge", "Count": 1}


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def sagemaker(here: World) -> Any:
    return here.client("sagemaker")


def _request(here: World, team: str = "vision", **changes: Any) -> dict[str, Any]:
    return {
        "Name": f"{team}-quota",
        "ClusterArn": here.cluster_arn,
        "ComputeQuotaConfig": {"ComputeQuotaResources": [G5]},
        "ComputeQuotaTarget": {"TeamName": team},
        "Tags": [{"Key": "team", "Value": team}],
    } | changes


def _status(sagemaker: Any, quota: str) -> str:
    return str(sagemaker.describe_compute_quota(ComputeQuotaId=quota)["Status"])


def _created(here: World, sagemaker: Any) -> str:
    quota = sagemaker.create_compute_quota(**_request(here))["ComputeQuotaId"]
    here.clock.seconds += 20
    assert _status(sagemaker, quota) == "Created"
    return str(quota)


def test_the_cluster_is_found_by_name_and_by_arn(here: World, sagemaker: Any) -> None:
    for name in (HYPERPOD_CLUSTER, here.cluster_arn):
        found = sagemaker.describe_cluster(ClusterName=name)
        assert found["Orchestrator"]["Eks"]["ClusterArn"] == here.eks_arn
        assert len(sagemaker.list_cluster_nodes(ClusterName=name)["ClusterNodeSummaries"]) == 6
    with refused("ResourceNotFound"):
        sagemaker.describe_cluster(ClusterName="other")


def test_a_quota_is_created_and_then_its_namespace(here: World, sagemaker: Any) -> None:
    quota = sagemaker.create_compute_quota(**_request(here))["ComputeQuotaId"]
    assert _status(sagemaker, quota) == "Creating"
    here.clock.seconds += 20
    assert _status(sagemaker, quota) == "Created"
    settle()
    assert here.namespaces.done == []
    here.clock.seconds += 5
    settle()
    settle()
    assert here.namespaces.done == [("make", "vision")]


def test_a_deleted_quota_is_shown_for_a_while_and_takes_the_namespace_along(here: World, sagemaker: Any) -> None:
    quota = _created(here, sagemaker)
    sagemaker.delete_compute_quota(ComputeQuotaId=quota)
    assert _status(sagemaker, quota) == "Deleting"
    here.clock.seconds += 25
    settle()
    assert _status(sagemaker, quota) == "Deleted"
    assert here.namespaces.done[-1] == ("remove", "vision")
    assert snapshot(CLUSTER_ACCOUNT, REGION)["compute_quotas"] == {}
    with refused("ResourceNotFound"):
        sagemaker.delete_compute_quota(ComputeQuotaId=quota)
    sagemaker.create_compute_quota(**_request(here))
    here.clock.seconds += 3600
    with refused("ResourceNotFound"):
        sagemaker.describe_compute_quota(ComputeQuotaId=quota)


def test_a_name_and_a_team_have_one_quota_on_a_cluster(here: World, sagemaker: Any) -> None:
    sagemaker.create_compute_quota(**_request(here))
    with refused("ConflictException", "name"):
        sagemaker.create_compute_quota(**_request(here, ComputeQuotaTarget={"TeamName": "speech"}))
    with refused("ConflictException", "team"):
        sagemaker.create_compute_quota(**_request(here, Name="another"))


def test_an_update_wants_the_current_version(here: World, sagemaker: Any) -> None:
    quota = _created(here, sagemaker)
    target = {"TeamName": "vision", "FairShareWeight": 7}
    with refused("ConflictException", "TargetVersion"):
        sagemaker.update_compute_quota(ComputeQuotaId=quota, TargetVersion=2, ComputeQuotaTarget=target)
    sagemaker.update_compute_quota(ComputeQuotaId=quota, TargetVersion=1, ComputeQuotaTarget=target)
    with refused("ConflictException", "Updating"):
        sagemaker.update_compute_quota(ComputeQuotaId=quota, TargetVersion=2, ComputeQuotaTarget=target)
    here.clock.seconds += 20
    found = sagemaker.describe_compute_quota(ComputeQuotaId=quota)
    assert (found["Status"], found["ComputeQuotaVersion"], found["ComputeQuotaTarget"]) == ("Updated", 2, target)


def test_a_failed_update_goes_back_to_what_was(here: World, sagemaker: Any) -> None:
    quota = _created(here, sagemaker)
    script_quota("vision", ["UpdateFailed"])
    sagemaker.update_compute_quota(ComputeQuotaId=quota, TargetVersion=1, ActivationState="Disabled")
    here.clock.seconds += 20
    found = sagemaker.describe_compute_quota(ComputeQuotaId=quota)
    assert (found["Status"], found["ActivationState"]) == ("UpdateFailed", "Enabled")
    assert found["FailureReason"]


def test_an_update_that_cannot_be_rolled_back_stays_and_takes_no_other(here: World, sagemaker: Any) -> None:
    quota = _created(here, sagemaker)
    script_quota("vision", ["UpdateRollbackFailed"])
    sagemaker.update_compute_quota(ComputeQuotaId=quota, TargetVersion=1, ActivationState="Disabled")
    here.clock.seconds += 20
    found = sagemaker.describe_compute_quota(ComputeQuotaId=quota)
    assert (found["Status"], found["ActivationState"]) == ("UpdateRollbackFailed", "Disabled")
    with refused("ConflictException", "UpdateRollbackFailed"):
        sagemaker.update_compute_quota(ComputeQuotaId=quota, TargetVersion=2, ActivationState="Enabled")


def test_a_failed_creation_makes_no_namespace_and_blocks_until_deleted(here: World, sagemaker: Any) -> None:
    script_quota("vision", ["CreateFailed"])
    quota = sagemaker.create_compute_quota(**_request(here))["ComputeQuotaId"]
    here.clock.seconds += 25
    settle()
    assert (_status(sagemaker, quota), here.namespaces.done) == ("CreateFailed", [])
    with refused("ConflictException"):
        sagemaker.create_compute_quota(**_request(here))
    sagemaker.delete_compute_quota(ComputeQuotaId=quota)
    here.clock.seconds += 20
    sagemaker.create_compute_quota(**_request(here))


def test_a_scripted_outcome_waits_for_its_verb_and_stuck_for_nothing(here: World, sagemaker: Any) -> None:
    script_quota("vision", ["DeleteFailed", "stuck"])
    quota = _created(here, sagemaker)
    sagemaker.delete_compute_quota(ComputeQuotaId=quota)
    here.clock.seconds += 20
    assert _status(sagemaker, quota) == "DeleteFailed"
    sagemaker.delete_compute_quota(ComputeQuotaId=quota)
    here.clock.seconds += 10_000
    assert _status(sagemaker, quota) == "Deleting"
    with pytest.raises(ValueError, match="Exploded"):
        script_quota("vision", ["Exploded"])


@pytest.mark.parametrize(
    "changes",
    [
        {"ComputeQuotaTarget": {"TeamName": "Vision_1"}},
        {"ComputeQuotaTarget": {"TeamName": "vision", "FairShareWeight": 101}},
        {"ComputeQuotaConfig": {"ComputeQuotaResources": [{"InstanceType": "ml.huge"}]}},
        {"ComputeQuotaConfig": {"ComputeQuotaResources": [{"InstanceType": "ml.p5.48xlarge", "Count": 1}]}},
        {"ComputeQuotaConfig": {"ComputeQuotaResources": [G5 | {"Accelerators": 1}]}},
        {"ComputeQuotaConfig": {"ResourceSharingConfig": {"Strategy": "Lend", "BorrowLimit": 10}}},
        {"ComputeQuotaConfig": {"ResourceSharingConfig": {"Strategy": "LendAndBorrow", "BorrowLimit": 0}}},
        {"ComputeQuotaConfig": {"ResourceSharingConfig": {"Strategy": "LendAndBorrow", "BorrowLimit": 501}}},
        {"Name": "a name"},
    ],
)
def test_a_request_that_does_not_fit_is_refused(here: World, sagemaker: Any, changes: dict[str, Any]) -> None:
    with refused("ValidationException"):
        sagemaker.create_compute_quota(**_request(here, **changes))


def test_a_field_that_the_model_lacks_is_refused(here: World, sagemaker: Any) -> None:
    sagemaker.meta.events.register(
        "before-call.sagemaker.CreateComputeQuota",
        lambda params, **_: params.update(body=params["body"].replace(b'"TeamName"', b'"Team"')),
    )
    with refused("ValidationException", "Unknown field 'ComputeQuotaTarget.Team'"):
        sagemaker.create_compute_quota(**_request(here))


def test_a_cluster_has_one_scheduler_configuration(here: World, sagemaker: Any) -> None:
    arn = register_scheduler_config(CLUSTER_ACCOUNT, REGION, here.cluster_arn, "fair", {"FairShare": "Enabled"})
    (found,) = sagemaker.list_cluster_scheduler_configs(ClusterArn=here.cluster_arn)["ClusterSchedulerConfigSummaries"]
    assert (found["ClusterSchedulerConfigArn"], found["Status"]) == (arn, "Created")
    identity = found["ClusterSchedulerConfigId"]
    described = sagemaker.describe_cluster_scheduler_config(ClusterSchedulerConfigId=identity)
    assert described["SchedulerConfig"] == {"FairShare": "Enabled"}
    with refused("ConflictException"):
        sagemaker.create_cluster_scheduler_config(Name="b", ClusterArn=here.cluster_arn, SchedulerConfig={})


def test_quotas_are_listed_filtered_and_tagged(here: World, sagemaker: Any) -> None:
    first = sagemaker.create_compute_quota(**_request(here))
    sagemaker.create_compute_quota(**_request(here, "speech"))
    found = sagemaker.list_compute_quotas(ClusterArn=here.cluster_arn, NameContains="vis")["ComputeQuotaSummaries"]
    assert [summary["ComputeQuotaId"] for summary in found] == [first["ComputeQuotaId"]]
    pages = sagemaker.get_paginator("list_compute_quotas").paginate(SortBy="Name", SortOrder="Ascending", MaxResults=1)
    listed = [summary["Name"] for page in pages for summary in page["ComputeQuotaSummaries"]]
    assert listed == ["speech-quota", "vision-quota"]
    arn = first["ComputeQuotaArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "changed"}, {"Key": "b", "Value": "2"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["b"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "changed"}]
