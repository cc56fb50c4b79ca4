"""Whether a plan needs somebody's approval, by the rules of the stack; decides, and does nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from onboarding.instances import of_one
from onboarding.quota import Quota, QuotaResource
from onboarding.request import TeamRequest

_POLICIES: Final = ("view", "edit", "admin")
"""Of an access entry, each allowing what the one before it does, and more."""


@dataclass(frozen=True)
class Rules:
    """What an administrator wants to be asked about; by default nothing."""

    first: bool = False
    """A team that is not there yet."""
    widening: bool = False
    """Whatever gives a team more than it has."""
    leaving: bool = False
    accelerators: int | None = None
    """More accelerators than these, where the team did not have so many before."""
    buckets: frozenset[str] = frozenset()
    """A dataset in one of them that the team did not have."""


@dataclass(frozen=True)
class Decision:
    """Why a plan has to wait, if it does."""

    digest: str
    """Of this very plan."""
    reasons: tuple[str, ...] = ()
    """Without any it may go on."""

    def record(self) -> dict[str, Any]:
        """As the state machine gets it."""
        return {"digest": self.digest, "reasons": [*self.reasons]}


def rules(environment: Mapping[str, str]) -> Rules:
    """The stack's rules, from a function's environment. Raises ValueError for accelerators that are no number."""
    most = environment.get("APPROVE_ACCELERATORS_ABOVE", "")
    return Rules(
        first=environment.get("APPROVE_FIRST") == "true",
        widening=environment.get("APPROVE_WIDENING") == "true",
        leaving=environment.get("APPROVE_LEAVING") == "true",
        accelerators=int(most) if most else None,
        buckets=frozenset(filter(None, environment.get("APPROVE_BUCKETS", "").split(","))),
    )


def decided(
    plan: list[dict[str, Any]],
    wanted: TeamRequest | None,
    previous: TeamRequest | None,
    rules: Rules,
    approved: str | None = None,
) -> Decision:
    """The decision on a plan that brings a team from `previous` to `wanted`, None being no team at all.

    `approved` is the digest of what was approved before: the same plan goes on, another one is asked about again.
    """
    digest = digest_of(plan, wanted)
    reasons = tuple(_reasons(wanted, previous, rules))
    if not reasons or digest == approved:
        return Decision(digest)
    return Decision(digest, (*(["the plan has changed since it was approved"] if approved else []), *reasons))


def digest_of(plan: list[dict[str, Any]], wanted: TeamRequest | None) -> str:
    """The SHA-256, in hexadecimal, of what a plan changes and of the request that it is for."""
    changes = [
        {"step": step["step"], "change": change}
        for step in plan
        for change in step["changes"]
        if not change.get("same", False)
    ]
    request = None if wanted is None else wanted.model_dump(mode="json", exclude={"dry_run"})
    canonical = json.dumps([changes, request], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _reasons(wanted: TeamRequest | None, previous: TeamRequest | None, rules: Rules) -> Iterator[str]:
    if wanted is None:
        if rules.leaving:
            yield "the team leaves"
        return
    if previous is None and rules.first:
        yield "the team is onboarded for the first time"
    if rules.accelerators is not None:
        yield from _too_many(wanted.quota, previous.quota if previous else None, rules.accelerators)
    had = [] if previous is None else previous.datasets
    for dataset in wanted.datasets:
        if dataset.bucket in rules.buckets and dataset not in had:
            yield f"dataset {dataset.bucket} is in a bucket that the stack lists"
    if previous is not None and rules.widening:
        yield from (f"{what} widens" for what in _wider(wanted, previous))


def _too_many(wanted: Quota | None, had: Quota | None, most: int) -> Iterator[str]:
    count = accelerators(wanted)
    before = accelerators(had) or 0
    if count is None:
        if wanted != had:
            yield "the quota names an instance type whose accelerators are not known"
    elif count > most and count > before:
        yield f"the quota has {count} accelerators, more than {most}"


def accelerators(quota: Quota | None) -> int | None:
    """How many accelerators a quota gives, a share of one (MIG) counted as a whole; None where nobody knows."""
    total = 0
    for resource in [] if quota is None else quota.resources:
        if resource.accelerator_partition is not None:
            total += resource.accelerator_partition.count
        elif resource.accelerators is not None:
            total += resource.accelerators
        else:
            one = of_one(resource.instance_type)
            if not one:
                return None
            total += _implied(resource, one)
    return total


def _implied(resource: QuotaResource, one: dict[str, int | float]) -> int:
    """Who asks for vCPUs or memory alone gets none (SageMaker API reference, ComputeQuotaResourceConfig)."""
    return int((resource.count or 0) * one["accelerators"])


def _wider(wanted: TeamRequest, previous: TeamRequest) -> Iterator[str]:
    """What the team gets that it did not have, by the field of the request."""
    had = {principal.address for principal in previous.principals}
    if any(principal.address not in had for principal in wanted.principals):
        yield "scientists"
    if any(dataset not in previous.datasets and not _is_less(dataset, previous) for dataset in wanted.datasets):
        yield "datasets"
    if any(storage not in previous.storage for storage in wanted.storage):
        yield "storage"
    if _POLICIES.index(wanted.access.policy) > _POLICIES.index(previous.access.policy):
        yield "access.policy"
    if any(group not in previous.access.groups for group in wanted.access.groups):
        yield "access.groups"
    if any(rule not in previous.access.rules for rule in wanted.access.rules):
        yield "access.rules"
    if _more_quota(wanted.quota, previous.quota):
        yield "quota"
    if wanted.fence != previous.fence:
        yield "fence"


def _is_less(dataset: Any, previous: TeamRequest) -> bool:
    """Whether the team had the same dataset with more: writing as well, or a key beside."""
    return any(
        (dataset.bucket, dataset.account_id, dataset.prefix) == (had.bucket, had.account_id, had.prefix)
        and (dataset.access == had.access or dataset.access == "read")
        and dataset.kms_key_arn in (None, had.kms_key_arn)
        for had in previous.datasets
    )


def _more_quota(wanted: Quota | None, had: Quota | None) -> bool:
    """Whether anything of a quota is more. What can be neither more nor less counts as more where it differs."""
    if wanted is None:
        return False
    if had is None:
        return True
    beside = {"resources", "description", "fair_share_weight"}
    if wanted.model_dump(exclude=beside) != had.model_dump(exclude=beside):
        return True
    return wanted.fair_share_weight > had.fair_share_weight or any(
        not any(_is_within(resource, before) for before in had.resources) for resource in wanted.resources
    )


def _is_within(resource: QuotaResource, before: QuotaResource) -> bool:
    if resource.instance_type != before.instance_type:
        return False
    partition, partitioned = resource.accelerator_partition, before.accelerator_partition
    if (partition is None) != (partitioned is None):
        return False
    if partition and partitioned and (partition.type != partitioned.type or partition.count > partitioned.count):
        return False
    pairs = [
        (resource.count, before.count),
        (resource.accelerators, before.accelerators),
        (resource.v_cpu, before.v_cpu),
        (resource.memory_in_gi_b, before.memory_in_gi_b),
    ]
    # What is left out is filled in by its ratio, so two amounts compare only where both say it, or neither.
    return all((now is None) == (then is None) and (now or 0) <= (then or 0) for now, then in pairs)
