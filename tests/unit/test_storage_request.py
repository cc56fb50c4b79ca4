"""What storage an event may ask for: each mistake a sentence, all of them at once."""

from typing import Any

import pytest
from pydantic import ValidationError

from onboarding.mistakes import sentences
from onboarding.request import TeamRequest
from onboarding.storage import overlap
from tests.unit.given import dataset, request

WORK = dataset(bucket="work", prefix="vision/", access="read-write")


def folder(**changes: Any) -> dict[str, Any]:
    return {"name": "images", "dataset": "example-corp-images", "path": "/vision/images", **changes}


def asking(*storage: dict[str, Any]) -> TeamRequest:
    return request(datasets=[dataset(), WORK], storage=list(storage))


def mistakes(*storage: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        asking(*storage)
    return sentences(caught.value)


def test_a_team_without_storage_asks_for_none() -> None:
    assert request().storage == []


def test_what_is_left_out_is_filled_in() -> None:
    (storage,) = asking(folder()).storage
    assert storage.import_policy == ["NEW", "CHANGED", "DELETED"]
    assert (storage.export_policy, storage.capacity_gi_b, storage.access_mode) == ([], 1200, "ReadWriteMany")
    assert (storage.file_system_id, storage.delete_data) == (None, False)


@pytest.mark.parametrize("written", ["work/vision", "work/vision/"])
def test_a_dataset_is_named_by_bucket_and_prefix_with_or_without_its_slash(written: str) -> None:
    (storage,) = asking(folder(dataset=written, path="/vision/work/")).storage
    assert (storage.dataset, storage.path) == ("work/vision/", "/vision/work")


def test_a_dataset_that_the_team_has_not_is_refused() -> None:
    assert mistakes(folder(dataset="others")) == (
        "detail.storage: images shows others, which is not among the datasets."
    )


def test_another_prefix_of_a_datasets_bucket_is_another_dataset() -> None:
    assert "work/speech/, which is not among the datasets" in mistakes(folder(dataset="work/speech"))


def test_exporting_to_a_dataset_that_may_only_be_read_is_refused() -> None:
    said = mistakes(folder(exportPolicy=["NEW"]))
    assert said == "detail.storage: images exports to example-corp-images, which the team may only read."
    assert asking(folder(dataset="work/vision", exportPolicy=["NEW"])).storage[0].export_policy == ["NEW"]


@pytest.mark.parametrize(
    "path", ["/", "vision", "/a//b", "/a/../b", "/a b", "/a/*", "/-a", "//a", "/a/b/c/d/e/f/g/h/i"]
)
def test_a_path_is_a_plain_folder_and_never_the_root(path: str) -> None:
    assert "give a folder such as /teams/vision/images" in mistakes(folder(path=path))


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("/a", "/a", False), ("/a", "/a/b", False), ("/a/b", "/a", False), ("/a", "/ab", True), ("/a/b", "/a/c", True)],
)
def test_folders_overlap_where_one_is_in_the_other(one: str, other: str, apart: bool) -> None:
    assert overlap(one, other) is not apart


def test_overlapping_folders_of_one_file_system_are_refused() -> None:
    within = folder(name="work", dataset="work/vision", path="/vision/images/work")
    assert "images and work overlap: /vision/images and /vision/images/work are not apart" in mistakes(folder(), within)
    assert len(asking(folder(), {**within, "fileSystemId": "fs-0fedcba9876543210"}).storage) == 2


def test_a_dataset_is_linked_once_to_a_file_system() -> None:
    said = mistakes(folder(), folder(name="again", path="/vision/again"))
    assert "images and again show the same dataset example-corp-images; a file system links it once" in said


def test_all_mistakes_come_at_once_a_sentence_each() -> None:
    said = mistakes(
        folder(path="/", capacityGiB=0, accessMode="ReadWriteOnce", importPolicy=["GONE"], fileSystemId="fs-xyz"),
        folder(name="Images"),
    )
    for part in ("path is", "capacityGiB is", "accessMode is", "importPolicy[0] is", "fileSystemId is", "[1].name is"):
        assert part in said


def test_mistakes_of_datasets_do_not_hide_those_of_storage() -> None:
    with pytest.raises(ValidationError) as caught:
        request(datasets=[dataset(bucket="A")], storage=[folder(), folder(dataset="b", path="/b")])
    said = sentences(caught.value)
    assert "datasets[0].bucket" in said
    assert "storage names 'images' more than once" in said


def test_at_most_as_many_folders_as_a_file_system_can_link() -> None:
    many = [folder(name=f"n{n}", path=f"/n{n}") for n in range(9)]
    assert "detail.storage is too long: give at most 8." in mistakes(*many)
