"""The event's quota in SageMaker's words, and what SageMaker answers beside it."""

from typing import Any

import pytest

from onboarding.quota import Quota
from quota_namespace.quota_config import agrees, as_sent, quota_config

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


def test_a_partition_stands_beside_vcpus_and_memory() -> None:
    partition = {"type": "mig-1g.5gb", "count": 7}
    beside = {"instanceType": "ml.p4d.24xlarge", "acceleratorPartition": partition, "vCpu": 8.0, "memoryInGiB": 64.0}
    assert config(resources=[beside])["ComputeQuotaResources"] == [
        {
            "InstanceType": "ml.p4d.24xlarge",
            "AcceleratorPartition": {"Type": "mig-1g.5gb", "Count": 7},
            "VCpu": 8.0,
            "MemoryInGiB": 64.0,
        }
    ]


def test_a_team_that_only_borrows_has_no_resources() -> None:
    assert config(resources=[]) == {
        "ComputeQuotaResources": [],
        "ResourceSharingConfig": {"Strategy": "LendAndBorrow", "BorrowLimit": 50},
        "PreemptTeamTasks": "LowerPriority",
    }


@pytest.mark.parametrize(
    ("sharing", "expected"),
    [
        ({}, {"Strategy": "LendAndBorrow", "BorrowLimit": 50}),
        ({"borrowLimit": 1}, {"Strategy": "LendAndBorrow", "BorrowLimit": 1}),
        ({"borrowLimit": 500}, {"Strategy": "LendAndBorrow", "BorrowLimit": 500}),
        ({"absoluteBorrowLimits": []}, {"Strategy": "LendAndBorrow", "BorrowLimit": 50}),
        (
            {"absoluteBorrowLimits": RESOURCES, "borrowLimit": 70},
            {
                "Strategy": "LendAndBorrow",
                "AbsoluteBorrowLimits": [{"InstanceType": "ml.p5.48xlarge", "Count": 4}],
                "BorrowLimit": 70,
            },
        ),
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


G6 = "ml.g6.12xlarge"


def rows(*amounts: dict[str, Any], **sharing: Any) -> dict[str, Any]:
    """A configuration as SageMaker has it."""
    return {
        "ComputeQuotaResources": [{"InstanceType": G6, **each} for each in amounts],
        "ResourceSharingConfig": {"Strategy": "LendAndBorrow", "BorrowLimit": 50, **sharing},
        "PreemptTeamTasks": "LowerPriority",
    }


PARTS = {"Accelerators": 2, "VCpu": 24.0, "MemoryInGiB": 96.0}
NOTHING = {"Count": 0, "Accelerators": 0, "VCpu": 0.0, "MemoryInGiB": 0.0}
SLICE = {"AcceleratorPartition": {"Type": "mig-1g.5gb", "Count": 3}}


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (rows(PARTS), rows({"Accelerators": 2})),
        (rows({**PARTS, "Count": 0}), rows({"Accelerators": 2})),
        (rows({**PARTS, "Accelerators": 0}), rows({"VCpu": 24.0})),
        (rows({"VCpu": 8.100000381469727, "MemoryInGiB": 32.4}), rows({"VCpu": 8.1})),
        (rows({**PARTS, "Count": 1}), rows({"Count": 1})),
        (rows(), rows({"Count": 0})),
        (rows(NOTHING), rows()),
        (rows({**SLICE, "VCpu": 4.0}, PARTS), rows({"Accelerators": 2}, SLICE)),
        (rows(PARTS, BorrowLimit=50, AbsoluteBorrowLimits=[]), rows(PARTS)),
    ],
)
def test_what_is_filled_in_is_as_asked_for(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert agrees(found, wanted)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (rows({**PARTS, "Accelerators": 3}), rows({"Accelerators": 2})),
        (rows({**PARTS, "VCpu": 25.0}), rows(PARTS)),
        # Nobody asked for accelerators, so that SageMaker would have set none.
        (rows(PARTS), rows({"VCpu": 24.0})),
        (rows(PARTS, SLICE), rows({"Accelerators": 2})),
        (rows({**SLICE, "AcceleratorPartition": {"Type": "mig-2g.10gb", "Count": 3}}), rows(SLICE)),
        (rows(), rows({"Count": 1})),
        (rows({"Count": 1}), rows({"Accelerators": 2})),
        (rows(PARTS, BorrowLimit=51), rows(PARTS)),
        (rows(PARTS, Strategy="Lend"), rows(PARTS)),
        (rows(PARTS, AbsoluteBorrowLimits=[{"InstanceType": G6, "Count": 1}]), rows(PARTS)),
        ({**rows(PARTS), "PreemptTeamTasks": "Never"}, rows(PARTS)),
    ],
)
def test_what_was_set_by_hand_is_not_as_asked_for(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert not agrees(found, wanted)


def test_whole_instances_are_sent_by_their_count_alone() -> None:
    answered = rows({**PARTS, "Count": 1}, {**PARTS, "Count": 0}, {**SLICE, **NOTHING, "VCpu": 4.0})
    assert as_sent(answered)["ComputeQuotaResources"] == [
        {"InstanceType": G6, "Count": 1},
        {"InstanceType": G6, **PARTS},
        {"InstanceType": G6, **SLICE, "VCpu": 4.0, "MemoryInGiB": 0.0},
    ]


def test_a_limit_of_borrowing_is_not_sent_where_nothing_is_borrowed() -> None:
    assert as_sent(rows(PARTS, Strategy="Lend"))["ResourceSharingConfig"] == {"Strategy": "Lend"}
