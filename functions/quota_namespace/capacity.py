"""A team's quota against what the cluster has.

Compared is each instance type by itself, with all instances of it in the cluster. What other teams have is not taken
off: task governance lends what lies idle, so quotas may promise more together than there is.
"""

from collections.abc import Iterator
from typing import Any

from onboarding.instances import of_one
from onboarding.plan import Finding
from onboarding.quota import Quota, QuotaResource


def capacity_findings(quota: Quota, cluster: dict[str, Any]) -> Iterator[Finding]:
    """A problem for each instance type that the cluster (as DescribeCluster shows it) does not have, or has too few of;
    and what it has."""
    instances = _instances(cluster)
    state = ", ".join(f"{count} {each}" for each, count in sorted(instances.items())) or "no instances"
    yield Finding(
        id="QUOTA-INSTANCE-TYPE",
        resource=f"{cluster['ClusterArn'].split(':')[4]} instances of {cluster['ClusterName']}",
        state=state,
    )
    limits = quota.sharing.absolute_borrow_limits or []
    for name, resources in (("quota.resources", quota.resources), ("quota.sharing.absoluteBorrowLimits", limits)):
        for each in resources:
            if each.instance_type not in instances:
                yield Finding(
                    id="QUOTA-INSTANCE-TYPE",
                    resource=f"{name} {each.instance_type}",
                    reason=f"the cluster has no {each.instance_type}; it has {state}. Correct the instance type",
                )
    if cluster.get("AutoScaling", {}).get("Mode") == "Enable":
        # The instance groups grow by what is asked of them.
        return
    usable = _usable_vcpus(cluster)
    for each in quota.resources:
        excess = list(_excess(each, instances.get(each.instance_type)))
        yield from excess or _idle(each, usable.get(each.instance_type))


def _instances(cluster: dict[str, Any]) -> dict[str, int]:
    """Instances of each type."""
    found: dict[str, int] = {}
    for group in _groups(cluster):
        for each in _types(group):
            found[each] = found.get(each, 0) + _count(group)
    return found


def _usable_vcpus(cluster: dict[str, Any]) -> dict[str, float]:
    """vCPUs that nodes offer to pods, of each type of which some offer fewer than EC2 counts: their cores run fewer
    threads than they could (SageMaker API reference, ClusterInstanceGroupDetails).
    """
    usable: dict[str, float] = {}
    fewer: set[str] = set()
    for group in _groups(cluster):
        for each in _types(group):
            one = of_one(each)
            if not one:
                continue
            threads = min(group.get("ThreadsPerCore", one["threads"]), one["threads"])
            usable[each] = usable.get(each, 0) + _count(group) * one["vCPUs"] * threads / one["threads"]
            if threads < one["threads"]:
                fewer.add(each)
    return {each: usable[each] for each in fewer}


def _idle(resource: QuotaResource, usable: float | None) -> Iterator[Finding]:
    """A warning where a quota counts vCPUs that no node ever offers; SageMaker takes it all the same."""
    if usable is not None and resource.v_cpu is not None and resource.v_cpu > usable:
        yield Finding(
            id="QUOTA-IDLE",
            resource=f"quota.resources {resource.instance_type}",
            state=f"{_number(usable)} vCPUs for pods",
            reason=f"asks for {_number(resource.v_cpu)} vCPUs, and the nodes offer {_number(usable)} to pods, since "
            "their cores run fewer threads than they could: the rest is counted and never used. Ask for less, or raise "
            "ThreadsPerCore of the instance groups",
            warning=True,
        )


def _groups(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    return [*cluster.get("InstanceGroups", []), *cluster.get("RestrictedInstanceGroups", [])]


def _types(group: dict[str, Any]) -> list[str]:
    # A group of several types may have all its instances of any of them.
    several: list[str] = group.get("InstanceRequirements", {}).get("DesiredInstanceTypes", [])
    return several or [group["InstanceType"]]


def _count(group: dict[str, Any]) -> int:
    """Instances that run or are wanted, whichever is more, since nodes come and go."""
    current, target = group.get("CurrentCount", 0), group.get("TargetCount", 0)
    return int(max(current, target))


def _excess(resource: QuotaResource, instances: int | None) -> Iterator[Finding]:
    """What is asked for beyond that many instances, in whatever way it is asked for."""
    if instances is None:
        return
    asked = {
        "instances": resource.count,
        "accelerators": resource.accelerators,
        "vCPUs": resource.v_cpu,
        "GiB of memory": resource.memory_in_gi_b,
    }
    # What a type that is not known here has cannot be compared.
    one = {"instances": 1, **of_one(resource.instance_type)}
    for unit, wanted in asked.items():
        if wanted is not None and unit in one and wanted > one[unit] * instances:
            has = _number(one[unit] * instances)
            made_of = "" if unit == "instances" else f" in {instances:,} instances"
            yield Finding(
                id="QUOTA-CAPACITY",
                resource=f"quota.resources {resource.instance_type}",
                reason=f"asks for {_number(wanted)} {unit}, and the cluster has {has}{made_of}. Ask for less",
            )


def _number(value: float) -> str:
    return f"{value:,}".removesuffix(".0")
