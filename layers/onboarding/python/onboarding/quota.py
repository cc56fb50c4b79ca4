"""What a team may ask for of the cluster: `quota` in an event, strictly.

Part of the request (`onboarding.request`); whatever could be wrong with it by itself is refused here.
"""

import unicodedata
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from onboarding.strict import Strict, is_recorded, refuse_doubles

INSTANCE_TYPE = r"^ml\.[a-z0-9-]{1,24}\.[a-z0-9-]{1,24}$"

BORROWING = "LendAndBorrow"
"""The strategy of who borrows; SageMaker's default."""

BORROW_LIMITS = (1, 500)
"""Percent that BorrowLimit can be (SageMaker API reference, ResourceSharingConfig; its model has 0 to 10,000)."""

Profile = Literal[
    "mig-1g.5gb",
    "mig-1g.10gb",
    "mig-1g.18gb",
    "mig-1g.20gb",
    "mig-1g.23gb",
    "mig-1g.35gb",
    "mig-1g.45gb",
    "mig-1g.47gb",
    "mig-2g.10gb",
    "mig-2g.20gb",
    "mig-2g.35gb",
    "mig-2g.45gb",
    "mig-2g.47gb",
    "mig-3g.20gb",
    "mig-3g.40gb",
    "mig-3g.71gb",
    "mig-3g.90gb",
    "mig-3g.93gb",
    "mig-4g.20gb",
    "mig-4g.40gb",
    "mig-4g.71gb",
    "mig-4g.90gb",
    "mig-4g.93gb",
    "mig-7g.40gb",
    "mig-7g.80gb",
    "mig-7g.141gb",
    "mig-7g.180gb",
    "mig-7g.186gb",
]
"""MIG profiles that SageMaker knows (API reference, AcceleratorPartitionConfig); a test holds them to its model."""


class AcceleratorPartition(Strict):
    """A share of an accelerator (MIG profile)."""

    type: Annotated[Profile, Field(description="MIG profile, such as mig-1g.5gb.")]
    count: Annotated[int, Field(ge=1, le=10_000_000)]


class QuotaResource(Strict):
    """How much of one instance type."""

    instance_type: Annotated[str, Field(pattern=INSTANCE_TYPE)]
    count: Annotated[int | None, Field(ge=0, le=10_000_000, description="Whole instances.")] = None
    accelerators: Annotated[int | None, Field(ge=0, le=10_000_000)] = None
    v_cpu: Annotated[float | None, Field(ge=0, le=10_000_000)] = None
    memory_in_gi_b: Annotated[float | None, Field(alias="memoryInGiB", ge=0, le=10_000_000)] = None
    accelerator_partition: AcceleratorPartition | None = None

    @model_validator(mode="after")
    def _one_way_to_say_how_much(self) -> "QuotaResource":
        beside = any(part is not None for part in (self.v_cpu, self.memory_in_gi_b))
        ways = [self.count is not None, self.accelerators is not None, self.accelerator_partition is not None]
        if sum(ways) > 1 or (self.count is not None and beside) or not (any(ways) or beside):
            raise ValueError(
                "say how much in exactly one way: count; or accelerators, vCpu, memoryInGiB; or acceleratorPartition, "
                "beside which vCpu and memoryInGiB may stand"
            )
        return self


def _instance_types(resources: list[QuotaResource]) -> Iterable[str]:
    # One instance type may come once whole or in parts, and once for each accelerator partition.
    for resource in resources:
        partition = resource.accelerator_partition
        yield f"{resource.instance_type} {partition.type}" if partition else resource.instance_type


class Sharing(Strict):
    """What happens with compute that one team leaves idle and another could use."""

    strategy: Literal["Lend", "DontLend", "LendAndBorrow"] = "LendAndBorrow"
    borrow_limit: Annotated[int | None, Field(description="Percent of idle compute, 1 to 500.")] = None
    absolute_borrow_limits: Annotated[
        list[QuotaResource] | None, Field(max_length=15, description="Most that is borrowed, whatever the percentage.")
    ] = None

    @field_validator("borrow_limit")
    @classmethod
    def _limit_is_a_percentage(cls, limit: int | None, known: ValidationInfo) -> int | None:
        least, most = BORROW_LIMITS
        if limit is not None and not least <= limit <= most and not is_recorded(known):
            raise ValueError(f"give {least} to {most} percent; who is to borrow nothing has the strategy Lend")
        return limit

    @model_validator(mode="after")
    def _limits_need_borrowing(self) -> "Sharing":
        limits = (self.borrow_limit, self.absolute_borrow_limits)
        if any(limit is not None for limit in limits) and self.strategy != BORROWING:
            raise ValueError("borrowLimit and absoluteBorrowLimits need the strategy LendAndBorrow")
        refuse_doubles("absoluteBorrowLimits", _instance_types(self.absolute_borrow_limits or []))
        return self


class Quota(Strict):
    """The team's compute quota."""

    resources: Annotated[
        list[QuotaResource], Field(max_length=15, description="What the team has; none where it only borrows.")
    ]
    sharing: Sharing = Sharing()
    preemption: Annotated[
        Literal["Never", "LowerPriority"], Field(description="Whether the team's own tasks preempt each other.")
    ] = "LowerPriority"
    fair_share_weight: Annotated[int, Field(ge=0, le=100)] = 0
    description: Annotated[
        str | None, Field(max_length=1024, description="Text for people, beside the quota in the console.")
    ] = None

    @field_validator("resources")
    @classmethod
    def _each_resource_once(cls, resources: list[QuotaResource]) -> list[QuotaResource]:
        refuse_doubles("resources", _instance_types(resources))
        return resources

    @field_validator("description")
    @classmethod
    def _description_is_plain(cls, description: str | None) -> str | None:
        # Letters, marks, spaces, symbols, numbers, punctuation (botocore's model, EntityDescription).
        if any(unicodedata.category(character).startswith("C") for character in description or ""):
            raise ValueError("control characters, such as the end of a line, are not allowed")
        return description

    @model_validator(mode="after")
    def _gives_something(self) -> "Quota":
        if not self.resources and self.sharing.strategy != BORROWING:
            raise ValueError(
                f"without resources and with the strategy {self.sharing.strategy} the team would have nothing. "
                "Give resources, or let it borrow by LendAndBorrow"
            )
        return self
