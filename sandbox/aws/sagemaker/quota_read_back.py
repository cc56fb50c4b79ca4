"""What a compute quota is answered with: more than was asked for.

SageMaker API reference, ComputeQuotaResourceConfig, AcceleratorPartitionConfig and ResourceSharingConfig: of an
instance type's accelerators, vCPUs and memory those that are left out follow from those that are given, by ratio.
"""

import json
import struct
from functools import cache
from pathlib import Path
from typing import Any, Final

from sandbox.aws.moto.installation import current

Config = dict[str, Any]

_TYPES: Final = Path(__file__).parents[3] / "layers" / "onboarding" / "python" / "onboarding" / "instance_types.json"
_AMOUNTS: Final = ("Count", "Accelerators", "VCpu", "MemoryInGiB")
_SLICES: Final = 7
"""What a whole accelerator has for the slices of its partitions: mig-7g is all of it (NVIDIA MIG user guide)."""


def filled_in(config: Config) -> Config:
    """The configuration as it is kept and answered, in the way that the installation plays."""
    sharing = dict(config.get("ResourceSharingConfig", {"Strategy": "LendAndBorrow"}))
    all_fields = current().read_back == "in full"
    if all_fields or sharing["Strategy"] == "LendAndBorrow":
        sharing.setdefault("BorrowLimit", 50)
    if "AbsoluteBorrowLimits" in sharing:
        sharing["AbsoluteBorrowLimits"] = _rows(sharing["AbsoluteBorrowLimits"])
    rows = _rows(config.get("ComputeQuotaResources", []))
    found = {
        "PreemptTeamTasks": "LowerPriority",
        **config,
        "ComputeQuotaResources": rows,
        "ResourceSharingConfig": sharing,
    }
    return {name: value for name, value in found.items() if value or all_fields}


def in_full(config: Config) -> Config:
    """The configuration with all that each row comes to: its vCPUs, memory and accelerators."""
    return {
        **config,
        "ComputeQuotaResources": [_in_full(_by_ratio(row)) for row in config.get("ComputeQuotaResources", [])],
    }


def _rows(rows: list[Config]) -> list[Config]:
    match current().read_back:
        case "in full":
            # Nothing says that the order is kept, nor that a 32-bit number is written in as few digits as it came.
            return sorted(
                (_in_full(_by_ratio(row)) for row in rows), key=lambda row: str(row["InstanceType"]), reverse=True
            )
        case "sparse":
            parts = [{name: value for name, value in _by_ratio(row).items() if value} for row in rows]
            return [row for row in parts if len(row) > 1]
        case _:
            return [_by_ratio(row) for row in rows]


def _by_ratio(row: Config) -> Config:
    one = _known().get(row["InstanceType"].removeprefix("ml."))
    if one is None or row.get("Count"):
        return row
    vcpus, memory, accelerators, _ = one
    given: Config = {}
    partition = row.get("AcceleratorPartition")
    if partition and accelerators:
        slices = int(partition["Type"].removeprefix("mig-")[0])
        ratio = partition["Count"] * slices / (_SLICES * accelerators)
    elif row.get("Accelerators") and accelerators:
        ratio = row["Accelerators"] / accelerators
    elif row.get("VCpu"):
        ratio, given = row["VCpu"] / vcpus, {"Accelerators": 0}
    elif row.get("MemoryInGiB"):
        ratio, given = row["MemoryInGiB"] / memory, {"Accelerators": 0}
    else:
        return row
    return {"VCpu": ratio * vcpus, "MemoryInGiB": ratio * memory, **given, **row}


def _in_full(row: Config) -> Config:
    one = _known().get(row["InstanceType"].removeprefix("ml."))
    if row.get("Count") and one:
        vcpus, memory, accelerators = (row["Count"] * part for part in one[:3])
        row = {"VCpu": vcpus, "MemoryInGiB": memory, "Accelerators": accelerators, **row}
    found = {**dict.fromkeys(_AMOUNTS, 0), **row}
    return {**found, "VCpu": _single(found["VCpu"]), "MemoryInGiB": _single(found["MemoryInGiB"])}


def _single(value: float) -> float:
    """The nearest number of 32 bits, which the model says these are."""
    (found,) = struct.unpack("f", struct.pack("f", value))
    return float(found)


@cache
def _known() -> dict[str, list[float]]:
    known: dict[str, list[float]] = json.loads(_TYPES.read_text())
    return known
