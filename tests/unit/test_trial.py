"""A trial: there only while its step is applied, a change in no plan, gone on every way back."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from onboarding import converge, errors
from onboarding.patience import Waited
from onboarding.plan import Change, Step, plan
from onboarding.request import TeamRequest
from onboarding.resource import Context, State, StillSettling, Trial
from tests.unit.given import request
from tests.unit.toys import Shelf, Toy, ToyState, foreign, on, shelf_of


@dataclass(frozen=True)
class Top(Trial[ToyState]):
    """A toy that is spun once: started at the first look, done at the second."""

    kind: ClassVar[str] = "top"
    state: ClassVar[type[State]] = ToyState

    name: str

    @property
    def address(self) -> str:
        return f"top {self.name}"

    def is_of(self, context: Context) -> bool:
        """Anybody's."""
        return True

    def read(self, context: Context) -> ToyState | None:
        return Toy(self.name).read(context)

    def create(self, context: Context, desired: ToyState) -> None:
        Toy(self.name).create(context, desired)

    def update(self, context: Context, current: ToyState, desired: ToyState) -> None:
        raise AssertionError("a trial is not changed")

    def delete(self, context: Context, current: ToyState) -> None:
        Toy(self.name).delete(context, current)

    def outcome(self, request: TeamRequest, context: Context, waited: int) -> dict[str, Any]:
        if self.read(context) is None:
            self.create(context, ToyState(color="red"))
            raise StillSettling("was started")
        self.delete(context, shelf_of(context)[self.name])
        return {"team": request.team, "waited": waited}


TOPS = Step(
    name="tops",
    kinds=(Top,),
    desired=lambda request, _: [(Top("spinner"), None)] if request.probe else [],
    check=lambda _, __: iter(()),
)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def changes(shelf: Shelf, wanted: TeamRequest | None = None, previous: TeamRequest | None = None) -> list[Change]:
    found = plan(TOPS, wanted, previous, on(shelf))
    assert found["problems"] == []
    return [Change.model_validate(change) for change in found["changes"]]


def test_no_plan_shows_it_as_a_change_even_where_one_was_left_behind(shelf: Shelf) -> None:
    shelf["spinner"] = ToyState(color="red")
    (change,) = changes(shelf, request())
    assert (change.action, change.before, change.after) == ("keep", None, None)


def test_applying_carries_it_out_and_returns_what_came_of_it(shelf: Shelf) -> None:
    planned = changes(shelf, request())
    started = converge.apply(TOPS, planned, on(shelf), request())
    assert (started["settled"], started["waitingFor"]) == (False, "top spinner: was started")
    assert set(started) == {"step", "settled", "waitingFor", "awaited", "waited", "patience", "lookAgain"}
    ended = converge.apply(TOPS, planned, on(shelf), request(), Waited("top spinner", 15))
    assert ended == {"step": "tops", "settled": True, "outcome": {"team": "vision", "waited": 15}}
    assert shelf == {}


@pytest.mark.parametrize("back", [converge.roll_back, converge.remove])
def test_every_way_back_takes_it_away(shelf: Shelf, back: Any) -> None:
    planned = changes(shelf, request())
    converge.apply(TOPS, planned, on(shelf), request())
    assert back(TOPS, planned, on(shelf)) == {"step": "tops", "settled": True, "left": []}
    assert shelf == {}


def test_a_team_that_leaves_has_it_taken_away_and_one_that_stays_without_has_none(shelf: Shelf) -> None:
    assert [change.address for change in changes(shelf, None, request())] == ["top spinner"]
    assert changes(shelf, request(probe=False), request()) == []


def test_verification_fails_while_it_is_there(shelf: Shelf) -> None:
    planned = changes(shelf, request())
    assert converge.verify(TOPS, request(), planned, on(shelf))["verified"]
    shelf["spinner"] = ToyState(color="red")
    with pytest.raises(errors.NotAsPlanned):
        converge.verify(TOPS, request(), planned, on(shelf))


def test_somebody_elses_of_that_name_is_a_problem_in_the_plan(shelf: Shelf) -> None:
    shelf.trouble = {"read spinner": foreign("spinner")}
    assert plan(TOPS, request(), None, on(shelf))["problems"] == [
        {"id": "CONFLICT", "resource": "toy spinner", "reason": "is somebody else's"}
    ]
