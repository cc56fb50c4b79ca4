"""Whose a folder of a file system is: a team stays in its own, and what one leaves is shown to no other."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.fsx.models import fsx_backends

from onboarding import ownership
from sandbox.aws.fsx.associations import Held, held_by
from sandbox.aws.inventory import difference
from sandbox.aws.moto.installation import current
from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.faults.runs import offboarded
from tests.workflow.drifts import without_memory
from tests.workflow.teams import folder, outcome, own, small, with_folder

A, FS = accounts.CLUSTER_ACCOUNT, accounts.FILE_SYSTEM
STRANGERS = "arn:aws:iam::999900001111:role/DataScientistRole"


def held() -> Held:
    """What the sandbox's FSx has."""
    return held_by(fsx_backends[A][accounts.REGION])


def remembered(cloud: Cloud, path: str) -> dict[str, Any] | None:
    """What the registry says of a folder, without DynamoDB's type letters."""
    table, key = cloud.stack.outputs["RegistryTable"], {"id": {"S": f"folder/{FS}"}}
    item = cloud.client("dynamodb").get_item(TableName=table, Key=key).get("Item", {})
    return {name: next(iter(value.values())) for name, value in item[path]["M"].items()} if path in item else None


def refusal(cloud: Cloud, event: dict[str, Any]) -> str:
    """Why an event is refused; nothing is touched."""
    before = cloud.snapshot()
    execution = cloud.onboard(event)
    assert execution.error == "ProblemsFound", execution.cause
    assert difference(before, cloud.snapshot()) == []
    return str(execution.cause)


def come_and_go(cloud: Cloud, team: str, **changes: Any) -> None:
    """A team with one folder comes, and leaves."""
    assert outcome(cloud.onboard(with_folder(team, **changes))) == "onboarded"
    assert offboarded(cloud, team).status == "SUCCEEDED"


@pytest.fixture
def doubtful() -> Iterator[None]:
    """FSx refuses whatever its documentation leaves open."""
    current().refuses_doubtful_links = True
    yield
    current().refuses_doubtful_links = False


@pytest.mark.parametrize("path", ["/teams", "/teams/other/data", "/teams/outside-too", "/outside/data", "/home"])
def test_a_folder_outside_of_the_teams_own_is_refused(cloud: Cloud, path: str) -> None:
    said = refusal(cloud, with_folder("outside", path=path))
    assert f"data is to be {path}, and the team's own folder is /teams/outside. Choose a path at or below it" in said


def test_a_team_may_have_its_own_folder_as_a_whole(cloud: Cloud) -> None:
    assert outcome(cloud.onboard({**with_folder("whole", path="/teams/whole/"), "dryRun": True})) == "planned"


def test_what_a_team_left_is_shown_to_no_later_team_of_that_name_from_elsewhere(cloud: Cloud) -> None:
    come_and_go(cloud, "gone")
    assert remembered(cloud, "/teams/gone/data") == {
        "team": "gone",
        "account": accounts.SCIENTISTS_ACCOUNT,
        "made": True,
        "emptied": False,
    }
    for path in ("/teams/gone/data", "/teams/gone/data/within", "/teams/gone"):
        said = refusal(cloud, {**with_folder("gone", path=path), "dataScientistRoleArn": STRANGERS})
        kept = "/teams/gone/data, where files of a team gone of another account may be. Choose another, or have"
        assert f"{path} overlaps with {kept} the stack's administrators free that one" in said
        assert accounts.SCIENTISTS_ACCOUNT not in said.partition("overlaps with")[2].partition("free that one")[0]
    without_memory(cloud, "gone")
    assert "overlaps with" not in refusal(cloud, {**with_folder("gone"), "dataScientistRoleArn": STRANGERS})


def test_a_team_finds_what_it_left_itself(cloud: Cloud) -> None:
    come_and_go(cloud, "returns")
    assert (FS, "/teams/returns/data") in held().folders
    come_and_go(cloud, "returns", deleteData=True)
    assert (FS, "/teams/returns/data") not in held().folders


@pytest.mark.usefixtures("doubtful")
def test_where_fsx_links_no_folder_that_holds_files_a_team_that_returns_is_told(cloud: Cloud) -> None:
    come_and_go(cloud, "returns-in-vain")
    before = cloud.snapshot()
    execution = cloud.onboard(with_folder("returns-in-vain"))
    assert (execution.error, "holds files already" in str(execution.cause)) == ("ServiceRefused", True)
    assert difference(before, cloud.snapshot()) == []
    assert remembered(cloud, "/teams/returns-in-vain/data") is not None


def test_a_folder_whose_files_were_deleted_is_nobodys(cloud: Cloud) -> None:
    come_and_go(cloud, "tidy", deleteData=True)
    assert held().removed[-1].data_removed is True
    entry = remembered(cloud, "/teams/tidy/data")
    assert entry is not None
    assert entry["emptied"] is True
    assert "overlaps with" not in refusal(cloud, {**with_folder("tidy"), "dataScientistRoleArn": STRANGERS})


def test_a_folder_that_a_team_drops_or_whose_onboarding_failed_stays_its_own(cloud: Cloud) -> None:
    event = with_folder("drops", deleteData=True)
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert outcome(cloud.onboard({**event, "storage": []})) == "onboarded"
    assert held().removed[-1].data_removed is False
    entry = remembered(cloud, "/teams/drops/data")
    assert entry is not None
    assert entry["emptied"] is False


def link_by_hand(cloud: Cloud, team: str) -> None:
    """An administrator's link, tagged for the team."""
    cloud.client("fsx").create_data_repository_association(
        FileSystemId=FS,
        FileSystemPath=f"/teams/{team}/data/",
        DataRepositoryPath=f"s3://example-corp-images/{team}/",
        Tags=ownership.tag_list(team, accounts.STACK),
    )
    cloud.clock.sleep(60)


def test_files_of_a_folder_that_somebody_else_had_linked_are_not_deleted(cloud: Cloud) -> None:
    link_by_hand(cloud, "found")
    said = refusal(cloud, with_folder("found", deleteData=True))
    assert "/teams/found/data was linked before the stack came to it" in said
    assert "Leave deleteData out for data" in said
    assert outcome(cloud.onboard(with_folder("found"))) == "onboarded"
    assert "Leave deleteData out for data" in refusal(cloud, with_folder("found", deleteData=True))
    assert offboarded(cloud, "found").status == "SUCCEEDED"
    assert held().removed[-1].data_removed is False


def test_files_of_a_folder_that_nobody_remembers_any_more_are_not_deleted(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(with_folder("forgotten", deleteData=True))) == "onboarded"
    without_memory(cloud, "forgotten")
    assert offboarded(cloud, "forgotten").status == "SUCCEEDED"
    assert held().removed[-1].data_removed is False


def test_a_folder_that_is_forgotten_is_remembered_by_the_next_onboarding(cloud: Cloud) -> None:
    event = with_folder("reminded")
    assert outcome(cloud.onboard(event)) == "onboarded"
    before = remembered(cloud, "/teams/reminded/data")
    without_memory(cloud, "reminded")
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert remembered(cloud, "/teams/reminded/data") == before


def test_one_team_takes_no_more_links_than_the_stack_allows(cloud: Cloud) -> None:
    datasets = [own("greedy", prefix=f"greedy-{number}/") for number in range(5)]
    folders = [folder("greedy", each, name=f"n{n}", path=f"/teams/greedy/{n}") for n, each in enumerate(datasets)]
    said = refusal(cloud, small("greedy", datasets=datasets, storage=folders))
    assert "would have 5 links of this team, and the stack's parameter LinksPerTeam allows 4. Ask for fewer" in said
    assert (
        outcome(cloud.onboard({**small("greedy", datasets=datasets, storage=folders[:4]), "dryRun": True})) == "planned"
    )


def test_a_path_that_is_left_out_is_the_name_below_the_teams_own_folder(cloud: Cloud) -> None:
    event = with_folder("placed")
    del event["storage"][0]["path"]
    execution = cloud.onboard({**event, "dryRun": True})
    assert outcome(execution) == "planned"
    addresses = [change["address"] for step in execution.output["plan"] for change in step["changes"]]
    assert [each for each in addresses if f" {FS} link " in each] == [f"{A} file system {FS} link /teams/placed/data"]
