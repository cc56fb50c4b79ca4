"""The event's quota in SageMaker's words."""

from typing import Any

import pytest

from onboarding.request import Quota
from quota_namespace.app import quota_config

RESOURCES = [{"instanceType": "ml.p5.48xlarge", "count": 4}]


def config(**quota: Any) -> dict[str, Any]:
    return quota_config(Quota.model_validate({"resources": RESOURCES, **quota}))


def test_whole_instances_are_counted() -> None:
    assert config()["ComputeQuotaResources"] == [{"InstanceType": "ml.p5.48xlarge", "Count": 4}]


def test_none_of_an_instance_type_is_said_as_none() -> None:
    assert config(resources=[{"instanceType": "ml.p5.48xlarge", "count": 0}])["ComputeQuotaResources"] == [
        {"InstanceType": "ml.p5.48xlarge", "Count": 0}
    ]


def test_parts_of_instances_are_named_as_sagemaker_names_them() -> None:
    parts = {"instanceType": "ml.g6.12xlarge", "accelerators": 2, "vCpu": 8.5, "memoryInGiB": 32.0}
    assert config(resources=[parts])["ComputeQuotaResources"] == [
        {"InstanceType": "ml.g6.12xlarge", "Accelerators": 2, "VCpu": 8.5, "MemoryInGiB": 32.0}
    ]


def test_a_partition_is_type_and_count() -> None:
    partition = {"instanceType": "ml.p4d.24xlarge", "acceleratorPartition": {"type": "mig-1g.5gb", "count": 7}}
    assert config(resources=[partition])["ComputeQuotaResources"] == [
        {"InstanceType": "ml.p4d.24xlarge", "AcceleratorPartition": {"Type": "mig-1g.5gb", "Count": 7}}
    ]


@pytest.mark.parametrize(
    ("sharing", "expected"),
    [
        ({}, {"Strategy": "LendAndBorrow", "BorrowLimit": 50}),
        ({"borrowLimit": 0}, {"Strategy": "LendAndBorrow", "BorrowLimit": 0}),
        ({"strategy": "Lend"}, {"Strategy": "Lend"}),
        ({"strategy": "DontLend"}, {"Strategy": "DontLend"}),
        (
            {"absoluteBorrowLimits": RESOURCES},
            {
                "Strategy": "LendAndBorrow",
                "AbsoluteBorrowLimits": [{"InstanceType": "ml.p5.48xlarge", "Count": 4}],
            },
        ),
    ],
)
def test_sharing_is_said_in_full(sharing: dict[str, Any], expected: dict[str, Any]) -> None:
    assert config(sharing=sharing)["ResourceSharingConfig"] == expected


def test_preemption_is_passed_on() -> None:
    assert config(preemption="Never")["PreemptTeamTasks"] == "Never"
