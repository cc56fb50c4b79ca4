"""Which folders a team may have, by what is linked and remembered: the cases that take a long history."""

import json
import re
from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest

from fsx_storage.folder import Folder, FolderState, Remembered
from fsx_storage.folder_rules import MOST_KEPT, MOST_REMEMBERED, folder_faults
from onboarding import ownership
from onboarding.request import TEAM_PATTERN, TeamRequest
from onboarding.resource import Context
from onboarding.storage import FOLDER, overlap, team_folder
from tests.contracts.stack import template
from tests.unit.given import SCIENTISTS, SETTINGS, context, dataset, request

FS = "fs-0123456789abcdef0"
PATTERN = template()["Parameters"]["StorageFolder"]
TEAMS = ("a", "b", "ab", "a-b", "teams", "0", "a0", "x" * 40, "x" * 39)


@pytest.mark.parametrize(
    "pattern", ["/{team}", "/teams/{team}", "/a/{team}", "/a/b/c/d/e/{team}", SETTINGS.storage_folder]
)
def test_no_teams_folder_is_or_lies_in_anothers(pattern: str) -> None:
    assert re.fullmatch(PATTERN["AllowedPattern"], pattern)
    for one, other in permutations(TEAMS, 2):
        assert re.fullmatch(TEAM_PATTERN, one)
        assert re.fullmatch(FOLDER, team_folder(pattern, one))
        assert not overlap(team_folder(pattern, one), team_folder(pattern, other))


@pytest.mark.parametrize(
    "pattern",
    ["/teams", "/{team}/data", "/{team}x", "/x-{team}", "{team}", "/{team}/", "/a/../{team}", "/a//{team}", "/"],
)
def test_a_folder_that_is_not_each_teams_own_is_no_parameter(pattern: str) -> None:
    assert not re.fullmatch(PATTERN["AllowedPattern"], pattern)


def test_a_longest_folder_has_room_for_the_longest_path() -> None:
    longest = team_folder("/" * (PATTERN["MaxLength"] - 6) + "{team}", "t" * 40)
    assert len(f"{longest}/{'n' * 63}") <= 255


def asking(*paths: str, **changes: Any) -> TeamRequest:
    """A team with a folder of each path."""
    datasets = [dataset(prefix=f"p{number}/") for number in range(len(paths))]
    storage = [
        {"name": f"n{n}", "dataset": f"example-corp-images/p{n}", "path": path, "fileSystemId": FS, **changes}
        for n, path in enumerate(paths)
    ]
    return request(datasets=datasets, storage=storage)


def link(path: str, number: int = 0, team: str = "vision") -> dict[str, Any]:
    """A link of ours as FSx describes it."""
    repository = f"s3://example-corp-images/p{number}/"
    tags = ownership.tag_list(team, SETTINGS.stack)
    return {"AssociationId": "dra-1", "FileSystemPath": path, "DataRepositoryPath": repository, "Tags": tags}


def entry(team: str = "vision", account: str = SCIENTISTS, *, made: bool = True, emptied: bool = False) -> Remembered:
    return Remembered(FolderState(team=team, account=account, made=made), emptied)


def world(
    *links: dict[str, Any], known: Mapping[str, Remembered] | None = None, previous: TeamRequest | None = None
) -> Context:
    """A context that has read all this."""
    base = context()
    found = Context(team="vision", settings=base.settings, accounts=base.accounts, previous=previous)
    found.readings.once(("associations", FS), lambda: links)
    found.readings.once(("folders", FS), lambda: known or {})
    return found


def faults(wanted: TeamRequest, found: Context) -> list[str]:
    return list(folder_faults(wanted, FS, found))


def test_a_team_that_was_onboarded_elsewhere_keeps_its_folder_and_gets_no_other() -> None:
    before = asking("/vision/old")
    found = world(link("/vision/old"), previous=before)
    assert faults(before, found) == []
    assert [
        "the team's own folder is /teams/vision" in said for said in faults(asking("/vision/old", "/vision/new"), found)
    ] == [True]


def test_a_folder_of_old_whose_link_somebody_deleted_is_linked_again() -> None:
    before = asking("/vision/old", deleteData=True)
    assert faults(before, world(previous=before)) == []


def test_a_team_with_more_links_than_are_allowed_now_keeps_them_and_gets_no_more() -> None:
    paths = [f"/teams/vision/{n}" for n in range(6)]
    before = asking(*paths)
    found = world(*(link(path, n) for n, path in enumerate(paths)), previous=before)
    assert faults(before, found) == []
    (said,) = faults(asking(*paths, "/teams/vision/more"), found)
    assert said.startswith("would have 7 links of this team, and the stack's parameter LinksPerTeam allows 4.")


def test_a_folder_of_a_team_by_an_older_parameter_is_another_teams_left_over() -> None:
    known = {"/teams/vision": entry("teams"), "/teams/vision2": entry("teams")}
    (said,) = faults(asking("/teams/vision/data"), world(known=known))
    assert said.startswith("/teams/vision/data overlaps with /teams/vision, where files of a team teams of another")


def test_a_live_link_of_a_team_of_that_name_gives_its_files_to_nobody_from_another_account() -> None:
    known = {"/teams/vision/data": entry(account="999900001111")}
    (said,) = faults(asking("/teams/vision/data"), world(link("/teams/vision/data"), known=known))
    assert "where files of a team vision of another account may be" in said


def test_a_team_that_went_to_another_account_takes_its_folder_along() -> None:
    wanted = asking("/teams/vision/data")
    known = {"/teams/vision/data": entry(account="999900001111")}
    assert faults(wanted, world(link("/teams/vision/data"), known=known, previous=wanted)) == []
    now = Folder("111122223333", FS, "/teams/vision/data").planned(
        known["/teams/vision/data"].state, FolderState(team="vision", account=SCIENTISTS, made=False)
    )
    assert now == entry().state


def test_a_team_is_remembered_with_so_many_folders_and_no_more() -> None:
    known = {f"/teams/vision/{n}": entry() for n in range(MOST_KEPT)}
    (said,) = faults(asking("/teams/vision/new"), world(known=known))
    assert said.startswith(f"has files of the team in {MOST_KEPT} other folders")
    assert faults(asking("/teams/vision/3"), world(known=known)) == []
    assert faults(asking("/teams/vision/new"), world(known={**known, "/teams/vision/3": entry(emptied=True)})) == []


def test_a_file_system_is_remembered_with_as_many_folders_as_its_item_holds() -> None:
    longest = {f"/{n:04}".ljust(255, "x"): entry("t" * 40) for n in range(MOST_REMEMBERED)}
    (said,) = faults(asking("/teams/vision/new"), world(known=longest))
    assert said.startswith("has files of teams in more than the 1,000 folders")
    # DynamoDB developer guide, "Item sizes and formats": names and values in UTF-8, 3 bytes a map and 1 a member.
    one = json.dumps({"team": "t" * 40, "account": SCIENTISTS, "made": "", "emptied": ""})
    assert MOST_REMEMBERED * (255 + len(one) + 3 + 4) < 400 * 1024
