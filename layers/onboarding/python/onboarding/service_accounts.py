"""What a team may ask for of several service accounts: `serviceAccounts` in an event, strictly.

Part of the request (`onboarding.request`); nothing here talks to AWS or Kubernetes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from onboarding.dataset_reference import Reference, reference_to
from onboarding.storage import Linkable, Storage
from onboarding.strict import Strict, refuse_doubles

DNS_LABEL: Final = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
PULL_NAME: Final = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?){0,3}$"
"""Kubernetes documentation, "Object Names and IDs"; no more than four parts, so that it stays short."""

MOST: Final = 5
"""Service accounts of one team: each takes a role, of which an account has 1,000 (IAM user guide, "IAM quotas")."""

MOST_USES: Final = 15
"""Datasets that they may use together, each counted for each of them: a plan carries the policies of all, as they were
and as they will be, and Step Functions carries 256 KiB (`test_largest_team`)."""


def _refuse_default(name: str) -> str:
    if name == "default":
        raise ValueError("under 'default' every pod of the namespace would reach the datasets; name another")
    return name


ServiceAccountName = Annotated[str, Field(pattern=DNS_LABEL), AfterValidator(_refuse_default)]


def _each_once(secrets: list[str] | None) -> list[str] | None:
    refuse_doubles("they", secrets or [])
    return secrets


ImagePullSecrets = Annotated[
    list[Annotated[str, Field(pattern=PULL_NAME)]] | None,
    Field(
        max_length=5,
        description="Names of Secrets, which the team makes in its namespace, by which its pods pull images; left out, "
        "the service account's are left as they are.",
    ),
    AfterValidator(_each_once),
]
"""Names alone: what is in the Secrets the stack neither gets nor may read."""


class Use(Strict):
    """What pods under a service account may do with one of the team's datasets."""

    dataset: Annotated[Reference, Field(description="One of datasets[], as bucket or bucket/prefix.")]
    access: Annotated[
        Literal["read", "read-write"],
        Field(description="What they may do with its objects; at most what the team may."),
    ] = "read"


class ServiceAccount(Strict):
    """A service account in the team's namespace, with a data access role of its own."""

    name: Annotated[ServiceAccountName, Field(description="Name of the service account.")]
    datasets: Annotated[list[Use], Field(max_length=MOST_USES)] = []
    image_pull_secrets: ImagePullSecrets = None


def mistakes(
    accounts: Sequence[ServiceAccount], datasets: Iterable[Linkable] | None, storage: Iterable[Storage] | None
) -> Iterator[str]:
    """What cannot be of these together, a sentence each; datasets and storage are unknown where they are wrong too."""
    uses = sum(len(account.datasets) for account in accounts)
    if uses > MOST_USES:
        yield f"together they use {uses} datasets, and {MOST_USES} fit into a plan; give fewer"
    if datasets is None or storage is None:
        return
    known = {reference_to(dataset): dataset for dataset in datasets}
    for account in accounts:
        for use in account.datasets:
            if use.dataset not in known:
                yield f"{account.name} uses {use.dataset}, which is not among the datasets"
            elif use.access == "read-write" and known[use.dataset].access != "read-write":
                yield f"{account.name} writes to {use.dataset}, which the team may only read"
    used = {use.dataset for account in accounts for use in account.datasets}
    for idle in sorted(known.keys() - used - {each.dataset for each in storage}):
        yield f"none of them uses the dataset {idle}; give it to one, or leave it out of the datasets"
