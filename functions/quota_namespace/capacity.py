"""A team's quota against what the cluster has.

Compared is each instance type by itself, with all instances of it in the cluster. What other teams have is not taken
off: task governance lends what lies idle, so quotas may promise more together than there is.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from onboarding.plan import Finding
from onboarding.quota import Quota, QuotaResource

_TYPES: Final = Path(__file__).with_name("instance_types.json")


def capacity_findings(quota: Quota, cluster: dict[str, Any]) -> Iterator[Finding]:
    """A problem for each instance type that the cluster (as DescribeCluster shows it) does not have, or has too few of;
    and what it has."""
    instances = _instances(cluster)
    state = ", ".join(f"{count} {each}" for each, count in sorted(instances.items())) or "no instances"
    yield Finding(resource=f"{cluster['ClusterArn'].split(':')[4]} instances of {cluster['ClusterName']}", state=state)
    limits = quota.sharing.absolute_borrow_limits or []
    for name, resources in (("quota.resources", quota.resources), ("quota.sharing.absoluteBorrowLimits", limits)):
        for each in resources:
            if each.instance_type not in instances:
                yield Finding(
                    resource=f"{name} {each.instance_type}",
                    reason=f"the cluster has no {each.instance_type}; it has {state}. Correct the instance type",
                )
    if cluster.get("AutoScaling", {}).get("Mode") == "Enable":
        # The instance groups grow by what is asked of them.
        return
    for each in quota.resources:
        yield from _excess(each, instances.get(each.instance_type))


def _instances(cluster: dict[str, Any]) -> dict[str, int]:
    """Instances of each type: those that run or are wanted, whichever is more, since nodes come and go."""
    found: dict[str, int] = {}
    for group in [*cluster.get("InstanceGroups", []), *cluster.get("RestrictedInstanceGroups", [])]:
        count = max(group.get("CurrentCount", 0), group.get("TargetCount", 0))
        # A group of several types may have all its instances of any of them.
        several = group.get("InstanceRequirements", {}).get("DesiredInstanceTypes", [])
        for each in several or [group["InstanceType"]]:
            found[each] = found.get(each, 0) + count
    return found


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
    one = {"instances": 1, **_of_one(resource.instance_type)}
    for unit, wanted in asked.items():
        if wanted is not None and unit in one and wanted > one[unit] * instances:
            has = _number(one[unit] * instances)
            made_of = "" if unit == "instances" else f" in {instances:,} instances"
            yield Finding(
                resource=f"quota.resources {resource.instance_type}",
                reason=f"asks for {_number(wanted)} {unit}, and the cluster has {has}{made_of}. Ask for less",
            )


def _number(value: float) -> str:
    return f"{value:,}".removesuffix(".0")


def _of_one(instance_type: str) -> dict[str, int | float]:
    found = _known().get(instance_type.removeprefix("ml."))
    return dict(zip(("vCPUs", "GiB of memory", "accelerators"), found, strict=True)) if found else {}


@cache
def _known() -> dict[str, list[int | float]]:
    """EC2 instance type to its vCPUs, GiB of memory and accelerators (EC2 API, DescribeInstanceTypes)."""
    known: dict[str, list[int | float]] = json.loads(_TYPES.read_text())
    return known
