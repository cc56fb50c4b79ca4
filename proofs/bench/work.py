"""The work itself: which calls make each kind of resource, and what they must wait for. By hand, from the services'
documentation, and not from what the product does: this is what the product is measured against.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from proofs.bench.latencies import seconds
from sandbox.aws.moto.installation import Delays

Change = Mapping[str, Any]


@dataclass(frozen=True)
class Work:
    """What it takes to make one resource of a kind."""

    writes: tuple[str, ...]
    """The services of the calls, in turn."""
    after: tuple[str, ...] = ()
    """Kinds that must be there, as far as the team has any, before the last `late` of these calls."""
    late: int = 1
    wait: Callable[[Delays], float] = lambda delays: 0.0
    """Seconds from the first call's answer until others can rest on it."""
    one_a_bucket: bool = False
    """Whether all of one bucket can be made by one call: they are statements of its policy."""
    in_turn: str | None = None
    """The part of their identity by which they wait for each other: those of one file system are made in turn."""


WORK: Final = {
    # CreateRole takes trust, boundary and tags, PutRolePolicy the rights.
    "role": Work(("iam", "iam"), wait=lambda delays: delays.role_visible),
    "scientist-policy": Work(("iam",)),
    # The policies of access points and keys, access entries and associations name a role, which must be visible.
    "access-point": Work(("s3", "s3"), ("role",)),
    "delegation": Work(("s3",), one_a_bucket=True),
    "key-grant": Work(("kms",), ("role",)),
    "access-entry": Work(("eks", "eks"), ("role",), late=2),
    "pod-identity-association": Work(("eks",), ("role",)),
    # Task governance makes the namespace once the quota is Created.
    "compute-quota": Work(("sagemaker",), wait=lambda delays: delays.quota + delays.namespace),
    "kubernetes-object": Work(("kubernetes",), ("compute-quota",)),
    "pod-security": Work(("kubernetes",), ("compute-quota",)),
    "bucket-link": Work(("s3",), one_a_bucket=True),
    "folder": Work(("dynamodb",)),
    "data-repository-association": Work(
        ("fsx",), ("bucket-link",), wait=lambda delays: delays.link, in_turn="file_system"
    ),
    # The volume is cluster-wide, the claim is in the namespace.
    "volume": Work(("kubernetes", "kubernetes"), ("compute-quota",)),
}


def created(plan: Sequence[Mapping[str, Any]]) -> list[Change]:
    """The changes of a plan, as its execution returns it, that make something."""
    changes = [change for step in plan for change in step["changes"]]
    return [change for change in changes if not change.get("same") and not change.get("before")]


def least_writes(changes: Sequence[Change]) -> int:
    """The fewest calls that make all this. Raises KeyError for a kind that WORK does not know."""
    buckets = {change["identity"]["bucket"] for change in changes if WORK[change["kind"]].one_a_bucket}
    others = [WORK[change["kind"]] for change in changes if not WORK[change["kind"]].one_a_bucket]
    return len(buckets) + sum(len(work.writes) for work in others)


def critical_path(changes: Sequence[Change], delays: Delays) -> float:
    """Seconds that all this takes where whatever can be done at once is. Raises KeyError as `least_writes`."""
    kinds = {change["kind"] for change in changes}

    def usable(kind: str) -> float:
        work = WORK[kind]
        takes = [seconds(service) for service in work.writes]
        ready = max((usable(other) for other in work.after if other in kinds), default=0.0)
        last = max(ready, sum(takes[: -work.late])) + sum(takes[-work.late :])
        first = last - sum(takes[1:])
        return max(last, first + turns(kind) * work.wait(delays))

    def turns(kind: str) -> int:
        by = WORK[kind].in_turn
        if by is None:
            return 1
        return max(Counter(change["identity"][by] for change in changes if change["kind"] == kind).values())

    return max(map(usable, kinds), default=0.0)
