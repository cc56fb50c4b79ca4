"""What instances of each type have."""

import json
from functools import cache
from pathlib import Path
from typing import Final

TYPES: Final = Path(__file__).with_name("instance_types.json")


def of_one(instance_type: str) -> dict[str, int | float]:
    """vCPUs, GiB of memory, accelerators and threads a core of one instance; nothing where its type is not known."""
    found = _known().get(instance_type.removeprefix("ml."))
    return dict(zip(("vCPUs", "GiB of memory", "accelerators", "threads"), found, strict=True)) if found else {}


@cache
def _known() -> dict[str, list[int | float]]:
    """EC2 instance type to its vCPUs, GiB of memory, accelerators and threads a core (EC2, DescribeInstanceTypes)."""
    known: dict[str, list[int | float]] = json.loads(TYPES.read_text())
    return known
