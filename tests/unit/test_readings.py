"""What an invocation reads once: kept until something is, or may have been, written."""

from collections.abc import Callable

import pytest

from onboarding import converge, errors
from onboarding.readings import Readings
from onboarding.resource import StillSettling
from tests.unit.toys import Shelf, SlowToy, Toy, ToyState, on

RED = ToyState(color="red")


def counter() -> Callable[[], int]:
    numbers = iter(range(1, 10))
    return lambda: next(numbers)


def test_the_same_question_is_asked_once() -> None:
    readings, count = Readings(), counter()
    assert [readings.once("shelf", count), readings.once("shelf", count), readings.once("box", count)] == [1, 1, 2]


def test_nothing_is_an_answer_too() -> None:
    readings, asked = Readings(), list[str]()
    for _ in range(2):
        readings.once("shelf", lambda: asked.append("shelf"))
    assert asked == ["shelf"]


def test_an_error_is_not_kept() -> None:
    readings = Readings()

    def refuse() -> str:
        raise errors.Throttled("too fast")

    with pytest.raises(errors.Throttled):
        readings.once("shelf", refuse)
    assert readings.once("shelf", lambda: "toys") == "toys"


@pytest.mark.parametrize("trouble", [None, errors.Busy("is being played with"), errors.ServiceRefused("is broken")])
def test_a_change_is_followed_by_a_new_reading_even_where_it_failed(trouble: Exception | None) -> None:
    shelf, count = Shelf(), counter()
    context = on(shelf)
    context.readings.once("shelf", count)
    if trouble is None:
        converge.converge(Toy("ball"), RED, context)
    else:
        shelf.trouble["create ball"] = trouble
        with pytest.raises(type(trouble)):
            converge.converge(Toy("ball"), RED, context)
    assert context.readings.once("shelf", count) == 2


def test_a_change_that_was_only_asked_for_is_followed_by_one_as_well() -> None:
    context, count = on(Shelf()), counter()
    context.readings.once("shelf", count)
    with pytest.raises(StillSettling):
        converge.converge(SlowToy("kite"), RED, context)
    assert context.readings.once("shelf", count) == 2


def test_what_is_as_it_should_be_leaves_the_readings() -> None:
    shelf, count = Shelf(), counter()
    shelf["ball"] = RED
    context = on(shelf)
    context.readings.once("shelf", count)
    converge.converge(Toy("ball"), RED, context)
    assert context.readings.once("shelf", count) == 1
