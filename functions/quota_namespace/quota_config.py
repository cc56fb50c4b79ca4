"""The quota in SageMaker's words, and whether what SageMaker answers is what was asked for.

SageMaker answers with more: of an instance type's accelerators, vCPUs and memory those that were left out, by ratio,
and limits of borrowing (SageMaker API reference, ComputeQuotaResourceConfig and ResourceSharingConfig). So only what
was asked for is compared, row by row, and 0 is the same as nothing.
"""

from math import isclose
from typing import Any, Final

from onboarding.quota import BORROWING, Quota, QuotaResource

Config = dict[str, Any]

_RATIO: Final = 1e-6
"""VCpu and MemoryInGiB are numbers of 32 bits (botocore's model), which are exact to seven digits."""


def quota_config(quota: Quota) -> Config:
    """ComputeQuotaConfig of a request (SageMaker API reference)."""
    sharing: Config = {"Strategy": quota.sharing.strategy}
    if quota.sharing.absolute_borrow_limits:
        sharing["AbsoluteBorrowLimits"] = [_resource(r) for r in quota.sharing.absolute_borrow_limits]
    if quota.sharing.borrow_limit is not None:
        sharing["BorrowLimit"] = quota.sharing.borrow_limit
    elif quota.sharing.strategy == BORROWING and "AbsoluteBorrowLimits" not in sharing:
        # SageMaker's default, said so that a limit set by hand is found.
        sharing["BorrowLimit"] = 50
    return {
        "ComputeQuotaResources": [_resource(resource) for resource in quota.resources],
        "ResourceSharingConfig": sharing,
        "PreemptTeamTasks": quota.preemption,
    }


def agrees(found: Config, wanted: Config) -> bool:
    """Whether what SageMaker answers is what was asked for, and no row or limit beside it."""
    sharing, asked = found.get("ResourceSharingConfig", {}), wanted.get("ResourceSharingConfig", {})
    return (
        _rows_agree(found.get("ComputeQuotaResources"), wanted.get("ComputeQuotaResources"))
        # Limits that nobody asked for would win over the percentage (API reference, ResourceSharingConfig).
        and _rows_agree(sharing.get("AbsoluteBorrowLimits"), asked.get("AbsoluteBorrowLimits"))
        and all(sharing.get(name) == asked[name] for name in ("Strategy", "BorrowLimit") if name in asked)
        and found.get("PreemptTeamTasks") == wanted.get("PreemptTeamTasks")
    )


def as_sent(config: Config) -> Config:
    """The configuration as SageMaker takes it, also where it is what SageMaker has answered."""
    sharing = config.get("ResourceSharingConfig")
    if sharing is None:
        return {**config, "ComputeQuotaResources": _sent(config.get("ComputeQuotaResources", []))}
    borrows = sharing.get("Strategy") == BORROWING
    kept = {name: value for name, value in sharing.items() if borrows or name == "Strategy"}
    if "AbsoluteBorrowLimits" in kept:
        kept["AbsoluteBorrowLimits"] = _sent(kept["AbsoluteBorrowLimits"])
    resources = _sent(config.get("ComputeQuotaResources", []))
    return {**config, "ComputeQuotaResources": resources, "ResourceSharingConfig": kept}


def _resource(resource: QuotaResource) -> Config:
    partition = resource.accelerator_partition
    amounts = {
        "Count": resource.count,
        "Accelerators": resource.accelerators,
        "VCpu": resource.v_cpu,
        "MemoryInGiB": resource.memory_in_gi_b,
        "AcceleratorPartition": {"Type": partition.type, "Count": partition.count} if partition else None,
    }
    return {"InstanceType": resource.instance_type, **{k: v for k, v in amounts.items() if v is not None}}


def _sent(rows: list[Config]) -> list[Config]:
    return [_row_sent(row) for row in rows]


def _row_sent(row: Config) -> Config:
    # Whole instances say all by their count, which goes with no other amount, not even a count of 0.
    if row.get("Count") or set(row) == {"InstanceType", "Count"}:
        return {"InstanceType": row["InstanceType"], "Count": row["Count"]}
    # No whole accelerators beside a partition: SageMaker's way of saying so, and none of asking for it.
    needless = {"Count", "Accelerators"} if row.get("AcceleratorPartition") else {"Count"}
    return {name: value for name, value in row.items() if value or name not in needless}


def _rows_agree(found: list[Config] | None, wanted: list[Config] | None) -> bool:
    answered, asked = _amounts(found), _amounts(wanted)
    return answered.keys() == asked.keys() and all(_row_agrees(answered[key], asked[key]) for key in asked)


def _row_agrees(found: dict[str, float], asked: dict[str, float]) -> bool:
    # "Accelerators are set to 0" where vCPUs or memory are all that is asked for (API reference).
    names = asked.keys() if asked.keys() - {"VCpu", "MemoryInGiB"} else {*asked, "Accelerators"}
    return all(isclose(found.get(name, 0), asked.get(name, 0), rel_tol=_RATIO) for name in names)


def _amounts(rows: list[Config] | None) -> dict[tuple[str, str], dict[str, float]]:
    """Instance type and partition to the amounts of it, less those that are nothing."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows or []:
        partition = row.get("AcceleratorPartition") or {}
        amounts = {**row, "AcceleratorPartition": partition.get("Count", 0)}
        amounts.pop("InstanceType")
        if some := {name: value for name, value in amounts.items() if value}:
            found[row["InstanceType"], partition.get("Type", "")] = some
    return found
