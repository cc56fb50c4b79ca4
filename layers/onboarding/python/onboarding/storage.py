"""What a team may ask for of an FSx for Lustre file system: `storage` in an event, strictly.

Part of the request (`onboarding.request`); whatever could be wrong with it by itself is refused here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Annotated, Literal, Protocol

from pydantic import Field, field_validator

from onboarding.dataset_reference import Reference, reference_to
from onboarding.strict import Strict

CLAIM_NAME = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
FILE_SYSTEM = r"^fs-[0-9a-f]{8,17}$"
# Plain names, since a path becomes part of what nodes mount. Never the root, which is every team's.
FOLDER = r"^(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}){1,8}/?$"

Event = Literal["NEW", "CHANGED", "DELETED"]

MOST = 8
"""Associations of a file system (FSx for Lustre user guide, "Linking your file system to an S3 bucket")."""


class Linkable(Protocol):
    """A dataset, as far as a link to it matters."""

    @property
    def bucket(self) -> str: ...
    @property
    def prefix(self) -> str | None: ...
    @property
    def access(self) -> str: ...


class Storage(Strict):
    """A folder of a file system that is linked to a dataset, and the claim by which the team's pods mount it."""

    name: Annotated[
        str, Field(pattern=CLAIM_NAME, description="Name of the PersistentVolumeClaim in the team's namespace.")
    ]
    dataset: Annotated[
        Reference, Field(description="One of datasets[], as bucket or bucket/prefix, that the folder shows.")
    ]
    path: Annotated[
        str | None,
        Field(
            pattern=FOLDER,
            max_length=255,
            description="Folder of the file system, at or below the team's own; left out, it is there by its name.",
        ),
    ] = None
    file_system_id: Annotated[
        str | None, Field(pattern=FILE_SYSTEM, description="File system; the stack's first where it is left out.")
    ] = None
    import_policy: Annotated[
        list[Event], Field(max_length=3, description="Changes in the bucket that the folder follows.")
    ] = ["NEW", "CHANGED", "DELETED"]
    export_policy: Annotated[
        list[Event], Field(max_length=3, description="Changes in the folder that the bucket follows.")
    ] = []
    capacity_gi_b: Annotated[
        int, Field(alias="capacityGiB", ge=1, le=100_000_000, description="What the claim asks for; FSx limits nobody.")
    ] = 1200
    access_mode: Literal["ReadWriteMany", "ReadOnlyMany"] = "ReadWriteMany"
    delete_data: Annotated[
        bool, Field(description="Whether the folder's data goes from the file system when the team leaves.")
    ] = False

    @field_validator("path")
    @classmethod
    def _path_has_no_slash_at_its_end(cls, path: str | None) -> str | None:
        return path and path.rstrip("/")

    @field_validator("import_policy", "export_policy")
    @classmethod
    def _each_event_once(cls, events: list[Event]) -> list[Event]:
        return sorted(set(events))

    @property
    def folder(self) -> str:
        """The path, which is filled in where an event is resolved; empty before."""
        return self.path or ""

    def shows(self, dataset: Linkable) -> bool:
        """Whether this is the dataset that the folder is linked to."""
        return self.dataset == reference_to(dataset)


def team_folder(pattern: str, team: str) -> str:
    """The team's own folder, by the stack's parameter StorageFolder.

    The name is the pattern's last folder, so that no two teams' lie within each other.
    """
    return pattern.replace("{team}", team)


def overlap(one: str, other: str) -> bool:
    """Whether one folder is the other, or lies in it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def mistakes(storages: list[Storage], datasets: Iterable[Linkable] | None) -> Iterator[str]:
    """What cannot be of these storages together, a sentence each; the datasets are unknown where they are wrong too."""
    for name, count in sorted(Counter(storage.name for storage in storages).items()):
        if count > 1:
            yield f"storage names {name!r} more than once"
    for one, other in combinations(storages, 2):
        if one.file_system_id != other.file_system_id:
            continue
        if one.path and other.path and overlap(one.path, other.path):
            yield f"{one.name} and {other.name} overlap: {one.path} and {other.path} are not apart"
        if one.dataset == other.dataset:
            yield f"{one.name} and {other.name} show the same dataset {one.dataset}; a file system links it once"
    for storage in storages if datasets is not None else []:
        linked = next((dataset for dataset in datasets or () if storage.shows(dataset)), None)
        if linked is None:
            yield f"{storage.name} shows {storage.dataset}, which is not among the datasets"
        elif storage.export_policy and linked.access != "read-write":
            yield f"{storage.name} exports to {storage.dataset}, which the team may only read"
