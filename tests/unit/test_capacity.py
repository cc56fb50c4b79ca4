"""A quota against what the cluster has, as DescribeCluster shows it."""

from typing import Any

from onboarding import instances
from onboarding.quota import Quota
from quota_namespace.capacity import capacity_findings
from tests.unit.given import SETTINGS
from tools.instance_types import instance_types

P5, G6 = "ml.p5.48xlarge", "ml.g6.12xlarge"


def group(instance_type: str, current: int, target: int | None = None) -> dict[str, Any]:
    return {
        "InstanceType": instance_type,
        "CurrentCount": current,
        "TargetCount": current if target is None else target,
    }


def cluster(*groups: dict[str, Any], **fields: Any) -> dict[str, Any]:
    names = {"ClusterArn": SETTINGS.hyperpod_cluster_arn, "ClusterName": "research"}
    return {**names, "InstanceGroups": list(groups), **fields}


def reasons(found: dict[str, Any], *resources: dict[str, Any], **sharing: Any) -> list[str]:
    quota = Quota.model_validate({"resources": list(resources), "sharing": sharing})
    return [finding.reason for finding in capacity_findings(quota, found) if finding.verdict == "problem"]


def test_what_the_cluster_has_may_be_asked_for() -> None:
    assert reasons(cluster(group(P5, 4)), {"instanceType": P5, "count": 4}) == []


def test_more_instances_than_there_are_are_refused_with_the_numbers() -> None:
    found = reasons(cluster(group(P5, 4)), {"instanceType": P5, "count": 5})
    assert found == ["asks for 5 instances, and the cluster has 4. Ask for less"]


def test_groups_of_one_type_count_together() -> None:
    assert reasons(cluster(group(P5, 2), group(P5, 2)), {"instanceType": P5, "count": 4}) == []


def test_instances_on_their_way_and_on_their_way_out_count() -> None:
    for current, target in ((0, 4), (4, 0)):
        assert reasons(cluster(group(P5, current, target)), {"instanceType": P5, "count": 4}) == []


def test_a_type_that_the_cluster_does_not_have_is_refused_with_what_it_has() -> None:
    found = reasons(cluster(group(P5, 4)), {"instanceType": G6, "count": 1})
    assert found == [f"the cluster has no {G6}; it has 4 {P5}. Correct the instance type"]


def test_a_type_to_borrow_must_be_there_as_well() -> None:
    limits = {"absoluteBorrowLimits": [{"instanceType": G6, "count": 1}]}
    assert len(reasons(cluster(group(P5, 4)), {"instanceType": P5, "count": 1}, **limits)) == 1


def test_parts_are_compared_with_what_the_instances_are_made_of() -> None:
    for field, unit, most in (
        ("accelerators", "accelerators", 8),
        ("vCpu", "vCPUs", 96),
        ("memoryInGiB", "GiB of memory", 384),
    ):
        assert reasons(cluster(group(G6, 2)), {"instanceType": G6, field: most}) == []
        found = reasons(cluster(group(G6, 2)), {"instanceType": G6, field: most + 1})
        assert found == [f"asks for {most + 1} {unit}, and the cluster has {most} in 2 instances. Ask for less"]


def cautions(found: dict[str, Any], *resources: dict[str, Any]) -> list[str]:
    quota = Quota.model_validate({"resources": list(resources)})
    return [finding.reason for finding in capacity_findings(quota, found) if finding.verdict == "warning"]


def test_vcpus_that_nodes_do_not_offer_to_pods_are_a_warning() -> None:
    halved = {**group(G6, 2), "ThreadsPerCore": 1}
    assert cautions(cluster(halved), {"instanceType": G6, "vCpu": 48}) == []
    assert cautions(cluster(halved), {"instanceType": G6, "vCpu": 49}) == [
        "asks for 49 vCPUs, and the nodes offer 48 to pods, since their cores run fewer threads than they could: the "
        "rest is counted and never used. Ask for less, or raise ThreadsPerCore of the instance groups"
    ]
    assert reasons(cluster(halved), {"instanceType": G6, "vCpu": 96}) == []
    # More than EC2 counts is a problem, and said once.
    assert len(reasons(cluster(halved), {"instanceType": G6, "vCpu": 97})) == 1
    assert cautions(cluster(halved), {"instanceType": G6, "vCpu": 97}) == []


def test_groups_with_all_threads_count_with_those_that_have_fewer() -> None:
    mixed = cluster({**group(G6, 1), "ThreadsPerCore": 1}, {**group(G6, 1), "ThreadsPerCore": 2})
    assert cautions(mixed, {"instanceType": G6, "vCpu": 72}) == []
    assert len(cautions(mixed, {"instanceType": G6, "vCpu": 73})) == 1


def test_cores_that_have_one_thread_offer_all_that_they_have() -> None:
    graviton = {**group("ml.m7g.4xlarge", 2), "ThreadsPerCore": 1}
    assert cautions(cluster(graviton), {"instanceType": "ml.m7g.4xlarge", "vCpu": 32}) == []


def test_parts_of_a_type_that_is_not_known_here_are_not_compared() -> None:
    new = "ml.z9.48xlarge"
    assert reasons(cluster(group(new, 2)), {"instanceType": new, "accelerators": 1_000}) == []
    assert len(reasons(cluster(group(new, 2)), {"instanceType": new, "count": 3})) == 1


def test_a_cluster_that_grows_by_itself_limits_no_counts_but_types() -> None:
    growing = cluster(group(P5, 0), AutoScaling={"Mode": "Enable"})
    assert reasons(growing, {"instanceType": P5, "count": 4}) == []
    assert len(reasons(growing, {"instanceType": G6, "count": 4})) == 1


def test_a_group_of_several_types_may_have_any_of_them() -> None:
    several = {"CurrentCount": 3, "TargetCount": 3, "InstanceRequirements": {"DesiredInstanceTypes": [P5, G6]}}
    for each in (P5, G6):
        assert reasons(cluster(several), {"instanceType": each, "count": 3}) == []
        assert len(reasons(cluster(several), {"instanceType": each, "count": 4})) == 1


def test_the_table_of_instance_types_is_what_the_services_say() -> None:
    table = instances.TYPES.read_text()
    assert table == instance_types(), "renew it by `make instance-types`"
