"""What is tried, made from the request: every way in that the team asked for, and the ways that must be closed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final, Literal

from onboarding import dataset_access, names
from onboarding.dataset_reference import reference_to
from onboarding.request import Dataset, PodAccount, TeamRequest
from onboarding.settings import Settings

Expected = Literal["in", "refused", "any", "fenced"]
Verb = Literal["list", "get", "put", "delete", "credentials", "reach"]

WORDS: Final = 4
"""How many arguments of the script one attempt is."""


@dataclass(frozen=True)
class Attempt:
    """One thing tried. The script (try.sh) says what the fields mean."""

    expected: Expected
    verb: Verb
    target: str
    key: str


def attempts(request: TeamRequest, foreign: Mapping[str, tuple[str, str]], settings: Settings) -> list[Attempt]:
    """All attempts in order; `foreign` are, by bucket, access points of other teams and the prefix that each opens.

    A refusal shows something only where the request would succeed otherwise, and S3 hides from whoever may not list
    that a key is not there (S3 API reference, GetObject). So lists and writes are tried, and past the access point the
    very object that was read through it.
    """
    found: list[Attempt] = []
    marker = f"{names.PROBE}-{request.team}"
    account = proving(request)
    for dataset in account.datasets if account else ():
        point = dataset_access.access_point_arn(request, dataset, settings)
        target, opened = foreign.get(dataset.bucket, ("", ""))
        # Theirs leads to the object only where it is below their prefix.
        closed = [target] if target and (dataset.prefix or "").startswith(opened) else []
        found += _of(dataset, point, marker, [dataset.bucket, *closed])
    buckets = {dataset.bucket: "" for dataset in request.datasets}
    found += [Attempt("refused", "list", target, prefix) for target, prefix in (*buckets.items(), *foreign.values())]
    if account:
        found += _of_others(account, request, marker, settings)
    return found


def proving(request: TeamRequest) -> PodAccount | None:
    """The service account under which the pod tries: the first that has datasets; None where none has."""
    return next((account for account in request.pod_accounts if account.datasets), None)


def _of_others(account: PodAccount, request: TeamRequest, marker: str, settings: Settings) -> Iterator[Attempt]:
    """What other service accounts of the team have and this one has not."""
    own = {reference_to(dataset): dataset.access for dataset in account.datasets}
    written = {
        reference_to(dataset)
        for other in request.pod_accounts
        for dataset in other.datasets
        if dataset.access == "read-write"
    }
    for dataset in dataset_access.used(request):
        point, prefix = dataset_access.access_point_arn(request, dataset, settings), dataset.prefix or ""
        name = reference_to(dataset)
        if name not in own:
            yield Attempt("refused", "list", point, prefix)
        if name in written and own.get(name) != "read-write":
            yield Attempt("refused", "put", point, f"{prefix}{marker}")
            yield Attempt("any", "delete", point, f"{prefix}{marker}")


def arguments(tried: Iterable[Attempt]) -> list[str]:
    """The attempts as the script takes them."""
    return [word for attempt in tried for word in astuple(attempt)]


def from_arguments(words: Sequence[str]) -> list[Attempt]:
    """Back from that form."""
    return [Attempt(*words[start : start + WORDS]) for start in range(0, len(words) - WORDS + 1, WORDS)]  # type: ignore[arg-type]


def _of(dataset: Dataset, point: str, marker: str, closed: Iterable[str]) -> Iterator[Attempt]:
    prefix, writes = dataset.prefix or "", dataset.access == "read-write"
    yield Attempt("in", "list", point, prefix)
    if writes:
        yield Attempt("in", "put", point, f"{prefix}{marker}")
    # The object just written, or the one just found: through the access point, and by the ways that are closed.
    there = f"{prefix}{marker}" if writes else ""
    yield Attempt("in", "get", point, there)
    yield from (Attempt("refused", "get", target, there) for target in closed)
    if writes:
        yield Attempt("in", "delete", point, there)
    if prefix:
        yield Attempt("refused", "list", point, "")
        yield Attempt("refused", "get", point, marker)
    if prefix and writes:
        yield Attempt("refused", "put", point, marker)
        # What was let in by mistake goes again.
        yield Attempt("any", "delete", point, marker)
