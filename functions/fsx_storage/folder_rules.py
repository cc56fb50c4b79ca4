"""Which folders a team may have: at or below its own, free of links and of files of others, and not too many."""

from collections.abc import Iterator
from typing import Any, Final

from fsx_storage.association import path_of
from fsx_storage.file_system import associations
from fsx_storage.folder import remembered
from onboarding import ownership
from onboarding.request import Dataset, TeamRequest
from onboarding.resource import Context
from onboarding.storage import MOST, Storage, overlap, team_folder

MOST_KEPT: Final = 32
"""Folders of one file system that are remembered of a team beside those that it asks for; who wants more frees some."""

MOST_REMEMBERED: Final = 1_000
"""Of all teams together: with the longest paths they are some 350 KB, and DynamoDB's items have 400 KB at most."""


def folder_faults(request: TeamRequest, system: str, context: Context) -> Iterator[str]:
    """Why the team cannot have the folders that it asks for on this file system, a sentence each."""
    wanted = {storage.folder: storage for storage in request.storage if file_system_of(storage) == system}
    there = {path_of(one): one for one in associations(context, system)}
    had = _had(system, context)
    live = had | {path for path, one in there.items() if _is_ours(one, request, context)}
    yield from _outside(wanted, live, request, context)
    yield from _linked(wanted, there, request, context)
    yield from _left_over(wanted, had, system, request, context)
    yield from _not_to_be_deleted(wanted, system, context)
    yield from _too_many(wanted, live, system, request, context)
    count = len(there.keys() | wanted.keys())
    if count > MOST:
        yield f"would have {count} links, and {MOST} is what a file system can have. Name another, or remove links"


def is_made_by_us(system: str, path: str, context: Context) -> bool:
    """Whether a link of ours will be, or was, the first one of a folder that is not remembered yet."""
    linked = {path_of(one) for one in associations(context, system)}
    return path not in linked or path in _had(system, context)


def file_system_of(storage: Storage) -> str:
    """Filled in where the event was resolved; left out only by who calls this function by hand."""
    return storage.file_system_id or ""


def dataset_of(request: TeamRequest, storage: Storage) -> Dataset:
    """The dataset that a folder shows."""
    return next(dataset for dataset in request.datasets if storage.shows(dataset))


def repository(dataset: Dataset) -> str:
    """Where a link to it leads, without a slash at the end."""
    return f"s3://{dataset.bucket}/{dataset.prefix or ''}".rstrip("/")


def _outside(wanted: dict[str, Storage], live: set[str], request: TeamRequest, context: Context) -> Iterator[str]:
    own = team_folder(context.settings.storage_folder, request.team)
    for path, storage in wanted.items():
        # Folders from before the stack had this rule may stay where they are.
        if not f"{path}/".startswith(f"{own}/") and path not in live:
            yield (
                f"{storage.name} is to be {path}, and the team's own folder is {own}. Choose a path at or below it, or "
                "leave the path out"
            )


def _linked(
    wanted: dict[str, Storage], there: dict[str, dict[str, Any]], request: TeamRequest, context: Context
) -> Iterator[str]:
    for path, one in there.items():
        ours = _is_ours(one, request, context)
        if ours:
            # FSx takes the new link only when the old one is gone, and steps make before they take away.
            whose = "which the team has. Leave that one out in an event of its own first"
        else:
            whose = "which is not this team's. Choose another, or have that one removed"
        linked = f"{path or '/'} ({one['AssociationId']}), {whose}"
        for storage in wanted.values():
            if ours and path == storage.folder:
                continue
            if overlap(path, storage.folder):
                yield f"{storage.folder} overlaps with {linked}"
            elif str(one["DataRepositoryPath"]).rstrip("/") == repository(dataset_of(request, storage)):
                yield f"{storage.dataset} can be linked once, and is linked to {linked}"


def _left_over(
    wanted: dict[str, Storage], had: set[str], system: str, request: TeamRequest, context: Context
) -> Iterator[str]:
    for path, entry in remembered(context, system).items():
        if entry.emptied or path in had or entry.is_of(request.team, request.scientists_account):
            continue
        for storage in wanted.values():
            if overlap(path, storage.folder):
                # Not whose account: who asks need not know.
                yield (
                    f"{storage.folder} overlaps with {path}, where files of a team {entry.state.team} of another "
                    "account may be. Choose another, or have the stack's administrators free that one"
                )


def _not_to_be_deleted(wanted: dict[str, Storage], system: str, context: Context) -> Iterator[str]:
    for path, storage in wanted.items():
        entry = remembered(context, system).get(path)
        known = entry is not None and not entry.emptied
        made = entry.state.made if entry and known else is_made_by_us(system, path, context)
        if storage.delete_data and not made:
            yield (
                f"{path} was linked before the stack came to it, so that its files are not the stack's to delete. "
                f"Leave deleteData out for {storage.name}"
            )


def _too_many(
    wanted: dict[str, Storage], live: set[str], system: str, request: TeamRequest, context: Context
) -> Iterator[str]:
    new = wanted.keys() - live
    if not new:
        return
    most = context.settings.links_per_team
    if len(wanted) > most:
        yield (
            f"would have {len(wanted)} links of this team, and the stack's parameter LinksPerTeam allows {most}. Ask "
            "for fewer folders, or for some on another file system"
        )
    known = remembered(context, system)
    kept = {
        path for path, entry in known.items() if entry.state.team == request.team and not entry.emptied
    } - wanted.keys()
    if new - known.keys() and len(kept) >= MOST_KEPT:
        yield (
            f"has files of the team in {len(kept)} other folders, and {MOST_KEPT} are remembered of a team. Use one of "
            "those, or have the stack's administrators free some"
        )
    if len(known.keys() | wanted.keys()) > MOST_REMEMBERED:
        yield (
            f"has files of teams in more than the {MOST_REMEMBERED:,} folders that can be remembered. Name another, or "
            "have the stack's administrators free some"
        )


def _had(system: str, context: Context) -> set[str]:
    """The folders that the team was onboarded with."""
    previous = context.previous
    return {each.folder for each in previous.storage if file_system_of(each) == system} if previous else set()


def _is_ours(association: dict[str, Any], request: TeamRequest, context: Context) -> bool:
    tags = ownership.from_tag_list(association.get("Tags", []))
    return ownership.is_ours(tags, request.team, context.settings.stack)
