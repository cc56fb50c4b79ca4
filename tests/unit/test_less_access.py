"""What an update takes away, apart from what it gives."""

from typing import Any

import pytest

from onboarding.narrowing import narrowed
from onboarding.request import TeamRequest
from tests.workflow.teams import CHECKPOINTS, IMAGES, LABELS, detail, folder, small

GROUPS: dict[str, Any] = {"policy": "admin", "groups": ["readers", "writers"]}


def request(**changes: Any) -> TeamRequest:
    return TeamRequest.model_validate(small("vision", **changes), strict=False)


WRITING = {**IMAGES, "access": "read-write"}
FIRST, SECOND, NEW = ({"roleArn": f"arn:aws:iam::444455556666:role/{name}"} for name in ("First", "Second", "New"))
ROLES: dict[str, Any] = {"dataScientistRoleArn": None}
SEVERAL = request(**{**ROLES, "scientists": [FIRST, SECOND]})
TO_WRITE = request(datasets=[WRITING], storage=[folder("vision", WRITING, exportPolicy=["NEW"])])


@pytest.mark.parametrize(
    ("had", "wanted", "kept"),
    [
        (request(datasets=[IMAGES, LABELS]), request(datasets=[LABELS, CHECKPOINTS]), request(datasets=[LABELS])),
        (request(datasets=[CHECKPOINTS]), request(datasets=[{**CHECKPOINTS, "access": "read"}]), None),
        (request(datasets=[LABELS]), request(datasets=[{k: v for k, v in LABELS.items() if k != "kmsKeyArn"}]), None),
        (request(datasets=[IMAGES]), request(datasets=[{**IMAGES, "prefix": "curated/part/"}]), request(datasets=[])),
        (request(access=GROUPS), request(access={"policy": "view", "groups": ["writers", "new"]}), request(
            access={"policy": "view", "groups": ["writers"]}
        )),
        (SEVERAL, request(**{**ROLES, "scientists": [NEW]}), request(**{**ROLES, "scientists": [FIRST]})),
        (TO_WRITE, request(datasets=[IMAGES], storage=[folder("vision", IMAGES)]), request(datasets=[IMAGES])),
    ],
    ids=[
        "datasets",
        "to read alone",
        "the key",
        "a part of a dataset",
        "policy and groups",
        "principals",
        "a folder that writes",
    ],
)  # fmt: skip
def test_what_is_wanted_no_more_goes_and_nothing_comes(
    had: TeamRequest, wanted: TeamRequest, kept: TeamRequest | None
) -> None:
    assert narrowed(had, wanted) == (kept or wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        request(),
        request(datasets=[IMAGES, CHECKPOINTS]),
        request(access={"policy": "admin", "groups": ["more"]}),
        request(datasets=[{**IMAGES, "access": "read-write"}]),
        request(serviceAccount="other", probe=False, dryRun=True),
        TeamRequest.model_validate(detail("vision", datasets=[IMAGES]), strict=False),
        request(dataScientistRoleArn="arn:aws:iam::333333333333:role/Other"),
    ],
)
def test_an_update_that_takes_no_access_away_is_no_narrowing(wanted: TeamRequest) -> None:
    assert narrowed(request(), wanted) is None
