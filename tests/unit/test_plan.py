"""A plan: what is, what will be, and what stands in the way."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from onboarding import errors
from onboarding.plan import Change, Finding, Step, plan
from onboarding.request import TeamRequest
from onboarding.resource import Context
from tests.unit.given import request
from tests.unit.toys import Figure, Shelf, Toy, ToyState, foreign, on, step

BALL, CUBE = Toy("ball"), Toy("cube")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def planned(toys: Step, shelf: Shelf, previous: str | None = None) -> dict[str, Any]:
    return plan(toys, request(), request(team=previous) if previous else None, on(shelf))


def actions(found: dict[str, Any]) -> list[tuple[str, str]]:
    changes = [Change.model_validate(change) for change in found["changes"]]
    return [(change.address, change.action) for change in changes]


def test_each_resource_is_created_updated_or_kept(shelf: Shelf) -> None:
    shelf.update(cube=ToyState(color="red"), cone=ToyState(color="red"))
    toys = step((BALL, "red"), (CUBE, "blue"), (Toy("cone"), "red"))
    found = planned(toys, shelf)
    assert actions(found) == [("toy ball", "create"), ("toy cube", "update"), ("toy cone", "keep")]
    assert found["problems"] == []
    assert shelf.done == []


def test_what_the_team_had_and_no_longer_wants_is_deleted_last(shelf: Shelf) -> None:
    shelf.update(cube=ToyState(color="red"))
    toys = step((BALL, "red"), former=[(CUBE, "red"), (BALL, "red")])
    assert actions(planned(toys, shelf, previous="former")) == [("toy ball", "create"), ("toy cube", "delete")]


def test_a_team_that_leaves_loses_all_that_it_had(shelf: Shelf) -> None:
    shelf.update(ball=ToyState(color="red"))
    assert actions(plan(step((BALL, "red")), None, request(), on(shelf))) == [("toy ball", "delete")]


@pytest.mark.parametrize(
    "trouble", [errors.AccessDenied("no"), errors.Throttled("too fast"), errors.ServiceRefused("what?")]
)
def test_a_team_that_leaves_loses_what_nobody_could_look_at(shelf: Shelf, trouble: Exception) -> None:
    shelf.trouble = {"read ball": trouble}
    found = plan(step((BALL, "red")), None, request(), on(shelf))
    assert actions(found) == [("toy ball", "delete")]
    assert found["changes"][0]["unseen"] is True
    assert [each["resource"] for each in found["warnings"]] == ["toy ball"]
    assert found["problems"] == []


def test_a_team_that_leaves_loses_what_somebody_keeps_changing(shelf: Shelf) -> None:
    shelf.settling = {"ball"}
    assert actions(plan(step((BALL, "red")), None, request(), on(shelf))) == [("toy ball", "delete")]


def test_only_what_is_seen_and_not_ours_is_passed_over_when_a_team_leaves(shelf: Shelf) -> None:
    shelf.trouble = {"read ball": foreign("ball")}
    found = plan(step((BALL, "red")), None, request(), on(shelf))
    assert found["changes"] == []
    assert found["warnings"] == [{"id": "CONFLICT", "resource": "toy ball", "reason": "is somebody else's"}]


def test_what_a_team_had_is_known_without_looking(shelf: Shelf) -> None:
    def desired(_: TeamRequest, __: Context) -> Iterator[Any]:
        raise errors.AccessDenied("is locked", "cellar")

    toys = replace(step(), desired=desired, had=lambda _, __: [BALL])
    shelf.update(ball=ToyState(color="red"))
    assert actions(plan(toys, None, request(), on(shelf))) == [("toy ball", "delete")]


def test_what_people_should_know_of_what_was_found_is_a_warning_with_its_command(shelf: Shelf) -> None:
    shelf.update(knight=ToyState(color="pale red"), queen=ToyState(color="dark red"))
    found = planned(step((Figure("knight"), "red"), (Figure("queen"), "red")), shelf)
    assert found["warnings"] == [
        {"id": "QUOTA-REMADE", "resource": "toy knight", "reason": "will fade. Run: brush --once"}
    ]
    assert [action for _, action in actions(found)] == ["keep", "keep"]


def test_a_team_that_leaves_is_told_no_cautions(shelf: Shelf) -> None:
    shelf.update(knight=ToyState(color="pale red"))
    assert plan(step((Figure("knight"), "red")), None, request(), on(shelf))["warnings"] == []


def test_what_is_already_gone_stays_gone(shelf: Shelf) -> None:
    assert actions(plan(step((BALL, "red")), None, request(), on(shelf))) == [("toy ball", "keep")]


def test_conflicts_are_problems_all_of_them_at_once(shelf: Shelf) -> None:
    shelf.trouble = {"read ball": foreign("ball"), "read cube": foreign("cube")}
    found = planned(step((BALL, "red"), (CUBE, "red")), shelf)
    assert found["problems"] == [
        {"id": "CONFLICT", "resource": "toy ball", "reason": "is somebody else's"},
        {"id": "CONFLICT", "resource": "toy cube", "reason": "is somebody else's"},
    ]


def test_nothing_is_read_while_a_precondition_fails(shelf: Shelf) -> None:
    shelf.trouble = {"read ball": AssertionError("was read")}
    found = planned(step((BALL, "red"), findings=[Finding(id="S3-BUCKET", resource="shelf", reason="is full")]), shelf)
    assert (found["changes"], found["problems"]) == (
        [],
        [{"id": "S3-BUCKET", "resource": "shelf", "reason": "is full"}],
    )


def test_every_prerequisite_is_listed_with_how_it_was_found_and_what_mends_it(shelf: Shelf) -> None:
    findings = [
        Finding(id="S3-BUCKET", resource="shelf", state="oak"),
        Finding(id="S3-BUCKET", resource="lamp", state="off", reason="is off", mend="press L", warning=True),
        Finding(id="S3-BUCKET", resource="door", state="shut", reason="is shut", mend="press D"),
    ]
    found = planned(step((BALL, "red"), findings=findings), shelf)
    assert found["prerequisites"] == [
        {"id": "S3-BUCKET", "resource": "shelf", "verdict": "met", "state": "oak"},
        {
            "id": "S3-BUCKET",
            "resource": "lamp",
            "verdict": "warning",
            "state": "off",
            "reason": "is off",
            "mend": "press L",
        },
        {
            "id": "S3-BUCKET",
            "resource": "door",
            "verdict": "problem",
            "state": "shut",
            "reason": "is shut",
            "mend": "press D",
        },
    ]
    assert found["warnings"] == [{"id": "S3-BUCKET", "resource": "lamp", "reason": "is off. Run: press L"}]
    assert found["problems"] == [{"id": "S3-BUCKET", "resource": "door", "reason": "is shut. Run: press D"}]


def test_a_warning_stands_in_nobodys_way(shelf: Shelf) -> None:
    findings = [Finding(id="S3-BUCKET", resource="lamp", reason="is off", warning=True)]
    assert actions(planned(step((BALL, "red"), findings=findings), shelf)) == [("toy ball", "create")]


def test_advice_that_cannot_be_read_is_a_warning(shelf: Shelf) -> None:
    def advise(_: TeamRequest, __: Context) -> Iterator[Finding]:
        yield Finding(id="S3-BUCKET", resource="lamp", state="on")
        raise errors.AccessDenied("is locked", "cellar")

    found = planned(replace(step((BALL, "red")), advise=advise), shelf)
    assert found["warnings"] == [{"id": "ACCESS-DENIED", "resource": "cellar", "reason": "is locked"}]
    assert [each["verdict"] for each in found["prerequisites"]] == ["met", "warning"]
    assert actions(found) == [("toy ball", "create")]


def test_nothing_is_looked_at_for_a_team_that_leaves(shelf: Shelf) -> None:
    findings = [Finding(id="S3-BUCKET", resource="shelf", reason="is full")]
    found = plan(step((BALL, "red"), findings=findings), None, request(), on(shelf))
    assert (found["problems"], found["warnings"], found["prerequisites"]) == ([], [], [])


def test_a_refusal_of_aws_is_a_problem_with_its_words(shelf: Shelf) -> None:
    answer: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    shelf.trouble = {"read ball": ClientError(answer, "GetBall")}
    (problem,) = planned(step((BALL, "red")), shelf)["problems"]
    assert problem == {
        "id": "ACCESS-DENIED",
        "resource": "toy ball",
        "reason": "GetBall was refused with AccessDenied: no",
    }


def test_trouble_that_passes_is_not_a_problem_but_raised(shelf: Shelf) -> None:
    shelf.trouble = {"read ball": errors.Throttled("too fast")}
    with pytest.raises(errors.Throttled):
        planned(step((BALL, "red")), shelf)


def test_a_resource_that_somebody_is_changing_is_busy(shelf: Shelf) -> None:
    shelf.settling = {"ball"}
    with pytest.raises(errors.Busy) as busy:
        planned(step((BALL, "red")), shelf)
    assert busy.value.reason == "somebody else is changing it: is drying"


def test_a_recorded_change_comes_back_as_it_was(shelf: Shelf) -> None:
    shelf.update(ball=ToyState(color="red"), cube=ToyState(color="red"))
    toys = step((BALL, "blue"), (CUBE, "red"))
    ball, cube = (Change.model_validate(record).restored(toys) for record in planned(toys, shelf)["changes"])
    assert ball == (BALL, ToyState(color="red"), ToyState(color="blue"))
    assert cube == (CUBE, ToyState(color="red"), ToyState(color="red"))


def test_the_record_of_what_stays_says_its_state_once(shelf: Shelf) -> None:
    shelf.update(cube=ToyState(color="red"))
    (record,) = planned(step((CUBE, "red")), shelf)["changes"]
    assert "after" not in record
    assert record["same"] is True
