"""Apply, roll back, verify: one verb, in both directions, however often."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from onboarding import converge, errors
from onboarding.patience import Waited
from onboarding.plan import Change, Finding, Step, plan
from onboarding.request import TeamRequest
from onboarding.resource import Context
from tests.unit.given import request
from tests.unit.toys import Figure, Shelf, SlowToy, Sticker, Toy, ToyState, foreign, on, step

BALL, CUBE, CONE = Toy("ball"), Toy("cube"), Toy("cone")
RED, BLUE = ToyState(color="red"), ToyState(color="blue")
BROKEN = ToyState(color="red", failure="CreateFailed (1): no paint")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def three() -> Step:
    return step((BALL, "red"), (CUBE, "red"), (CONE, "red"))


def changes(toys: Step, shelf: Shelf) -> list[Change]:
    return [Change.model_validate(change) for change in plan(toys, request(), None, on(shelf))["changes"]]


def apply(toys: Step, plan: list[Change], shelf: Shelf) -> dict[str, Any]:
    return converge.apply(toys, plan, on(shelf))


def roll_back(toys: Step, plan: list[Change], shelf: Shelf) -> dict[str, Any]:
    return converge.roll_back(toys, plan, on(shelf))


def test_applying_makes_what_is_planned_in_order(shelf: Shelf, three: Step) -> None:
    assert apply(three, changes(three, shelf), shelf) == {"step": "toys", "settled": True}
    assert shelf == {"ball": RED, "cube": RED, "cone": RED}
    assert shelf.done == ["create ball", "create cube", "create cone"]


def test_applying_again_does_nothing(shelf: Shelf, three: Step) -> None:
    planned = changes(three, shelf)
    apply(three, planned, shelf)
    shelf.done.clear()
    apply(three, planned, shelf)
    assert shelf.done == []


def test_what_goes_with_another_is_looked_at_again_though_it_was_as_planned(shelf: Shelf) -> None:
    toys = step((BALL, "red"), (Sticker("star"), "red"))
    shelf.update(ball=BLUE, star=RED)
    planned = changes(toys, shelf)
    for verb in (apply, roll_back):
        shelf.pop("star", None)
        verb(toys, planned, shelf)
        assert shelf["star"] == RED


def test_where_a_step_changes_nothing_rolling_back_looks_at_nothing(shelf: Shelf) -> None:
    toys = step((BALL, "red"), (Sticker("star"), "red"))
    shelf.update(ball=RED, star=RED)
    planned = changes(toys, shelf)
    shelf.trouble["read star"] = errors.AccessDenied("no", "toy star")
    assert roll_back(toys, planned, shelf)["left"] == []


def test_what_the_service_adds_to_what_was_asked_for_is_no_difference(shelf: Shelf) -> None:
    toys = step((Figure("knight"), "red"))
    shelf["knight"] = ToyState(color="dark red")
    planned = changes(toys, shelf)
    assert planned[0].same
    apply(toys, planned, shelf)
    converge.verify(toys, request(), planned, on(shelf))
    assert shelf.done == []
    shelf["knight"] = BLUE
    with pytest.raises(errors.NotAsPlanned, match="color is 'blue'"):
        converge.verify(toys, request(), planned, on(shelf))


def test_applying_goes_on_where_a_killed_function_stopped(shelf: Shelf, three: Step) -> None:
    planned = changes(three, shelf)
    shelf["ball"] = RED
    apply(three, planned, shelf)
    assert shelf.done == ["create cube", "create cone"]


def test_applying_stops_at_the_first_that_fails_and_names_it(shelf: Shelf, three: Step) -> None:
    shelf.trouble = {"create cube": errors.AccessDenied("no")}
    with pytest.raises(errors.AccessDenied) as denied:
        apply(three, changes(three, shelf), shelf)
    assert denied.value.resource == "toy cube"
    assert shelf.done == ["create ball", "create cube"]


def test_a_resource_that_needs_time_is_asked_for_once_and_waited_for(shelf: Shelf) -> None:
    toys = step((SlowToy("ship"), "red"), (BALL, "red"))
    planned = changes(toys, shelf)
    asked = apply(toys, planned, shelf)
    assert asked == {
        "step": "toys",
        "settled": False,
        "waitingFor": "toy ship: was asked for",
        "awaited": "toy ship",
        "waited": 0,
        "patience": 900,
        "lookAgain": 2,
    }
    shelf.settling = {"ship"}
    assert apply(toys, planned, shelf)["waitingFor"] == "toy ship: is drying"
    shelf.settling = set()
    assert apply(toys, planned, shelf)["settled"] is True
    assert shelf.done == ["create ship", "create ball"]


def test_a_failure_that_is_this_plans_own_is_final(shelf: Shelf) -> None:
    toys = step((BALL, "red"))
    planned = changes(toys, shelf)
    shelf["ball"] = BROKEN
    with pytest.raises(errors.ServiceRefused) as refused:
        apply(toys, planned, shelf)
    assert refused.value.reason == "CreateFailed (1): no paint"
    assert shelf.done == []


def test_a_failure_that_the_plan_has_seen_is_mended(shelf: Shelf) -> None:
    toys = step((BALL, "red"))
    shelf["ball"] = BROKEN
    apply(toys, changes(toys, shelf), shelf)
    assert shelf == {"ball": RED}


def test_a_second_failure_after_a_known_one_is_final(shelf: Shelf) -> None:
    toys = step((BALL, "red"))
    shelf["ball"] = BROKEN
    planned = changes(toys, shelf)
    shelf["ball"] = BROKEN.model_copy(update={"failure": "CreateFailed (2): no paint"})
    with pytest.raises(errors.ServiceRefused):
        apply(toys, planned, shelf)


def test_rolling_back_takes_the_last_first_and_leaves_what_was(shelf: Shelf, three: Step) -> None:
    shelf["cube"] = BLUE
    planned = changes(three, shelf)
    apply(three, planned, shelf)
    shelf.done.clear()
    assert roll_back(three, planned, shelf) == {"step": "toys", "settled": True, "left": []}
    assert shelf.done == ["delete cone", "update cube", "delete ball"]
    assert shelf == {"cube": BLUE}


def test_rolling_back_what_never_happened_does_nothing(shelf: Shelf, three: Step) -> None:
    assert roll_back(three, changes(three, shelf), shelf)["left"] == []
    assert shelf.done == []


def test_rolling_back_brings_back_what_was_deleted(shelf: Shelf) -> None:
    shelf["cube"] = BLUE
    toys = step(former=[(CUBE, "red")])
    planned = plan(toys, request(), request(team="former"), on(shelf))["changes"]
    gone = [Change.model_validate(change) for change in planned]
    apply(toys, gone, shelf)
    assert shelf == {}
    roll_back(toys, gone, shelf)
    assert shelf == {"cube": BLUE}


def test_rolling_back_leaves_alone_what_is_not_ours(shelf: Shelf, three: Step) -> None:
    planned = changes(three, shelf)
    apply(three, planned, shelf)
    shelf.trouble = {"read cube": foreign("cube")}
    assert roll_back(three, planned, shelf)["left"] == []
    assert set(shelf) == {"cube"}


def test_rolling_back_goes_on_past_what_fails_for_good_and_names_it(shelf: Shelf, three: Step) -> None:
    planned = changes(three, shelf)
    apply(three, planned, shelf)
    shelf.trouble = {"delete cone": errors.AccessDenied("no")}
    left = [{"resource": "toy cone", "reason": "AccessDenied: no"}]
    assert roll_back(three, planned, shelf) == {"step": "toys", "settled": True, "left": left}
    assert set(shelf) == {"cone"}


def test_rolling_back_tries_all_and_names_what_may_still_pass(shelf: Shelf, three: Step) -> None:
    planned = changes(three, shelf)
    apply(three, planned, shelf)
    shelf.trouble = {"delete cone": errors.Throttled("too fast"), "delete cube": errors.Busy("locked")}
    found = roll_back(three, planned, shelf)
    assert found["settled"] is False
    assert [left["reason"] for left in found["left"]] == ["Throttled: too fast", "Busy: locked"]
    assert set(shelf) == {"cube", "cone"}


def test_patience_begins_anew_with_each_resource_of_a_step(shelf: Shelf) -> None:
    toys = step((SlowToy("ship"), "red"), (SlowToy("boat"), "red"))
    planned = changes(toys, shelf)
    apply(toys, planned, shelf)
    shelf.settling = {"ship"}
    later = converge.apply(toys, planned, on(shelf), None, Waited("toy ship", 800))
    assert (later["awaited"], later["waited"], later["lookAgain"]) == ("toy ship", 800, 80)
    shelf.settling = set()
    following = converge.apply(toys, planned, on(shelf), None, Waited("toy ship", 880))
    assert (following["awaited"], following["waited"], following["lookAgain"]) == ("toy boat", 0, 2)


def test_an_error_that_may_pass_does_not_begin_the_wait_for_a_service_anew(shelf: Shelf) -> None:
    toys = step((SlowToy("ship"), "red"))
    planned = changes(toys, shelf)
    shelf.update(ship=RED)
    shelf.trouble["read ship"] = errors.Throttled("slow down")
    back = converge.roll_back(toys, planned, on(shelf), Waited("toy ship", 300))
    assert (back["settled"], back["awaited"], back["waited"]) == (False, "toy ship", 300)


def test_rolling_back_is_done_when_what_needs_time_is_gone(shelf: Shelf) -> None:
    toys = step((BALL, "red"), (SlowToy("ship"), "red"))
    planned = changes(toys, shelf)
    shelf.update(ball=RED, ship=RED)
    asked = roll_back(toys, planned, shelf)
    assert (asked["settled"], asked["waitingFor"]) == (False, "toy ship")
    assert roll_back(toys, planned, shelf) == {"step": "toys", "settled": True, "left": []}
    assert shelf == {}


def test_removing_takes_away_the_last_first_what_a_leaving_team_had(shelf: Shelf) -> None:
    toys = step((BALL, "red"), (CUBE, "red"))
    shelf.update(ball=RED, cube=RED)
    planned = plan(toys, None, request(), on(shelf))["changes"]
    leaving = [Change.model_validate(change) for change in planned]
    assert converge.remove(toys, leaving, on(shelf)) == {"step": "toys", "settled": True, "left": []}
    assert shelf.done == ["delete cube", "delete ball"]


def unseen(toy: Toy) -> Change:
    return Change(kind=toy.kind, identity=toy.identity(), address=toy.address, unseen=True)


def test_what_was_not_seen_when_planning_is_looked_at_and_taken_away(shelf: Shelf, three: Step) -> None:
    shelf.update(ball=RED)
    found = converge.remove(three, [unseen(BALL), unseen(CUBE)], on(shelf))
    assert found == {"step": "toys", "settled": True, "left": []}
    assert shelf == {}


def test_what_nobody_can_look_at_is_left_over_by_name(shelf: Shelf, three: Step) -> None:
    shelf.update(ball=RED, cube=RED)
    shelf.trouble = {"read ball": errors.AccessDenied("no"), "read cone": foreign("cone")}
    found = converge.remove(three, [unseen(BALL), unseen(CUBE), unseen(CONE)], on(shelf))
    assert found["left"] == [{"resource": "toy ball", "reason": "AccessDenied: no"}]
    assert shelf == {"ball": RED}


def test_what_is_kept_of_something_that_was_not_seen_is_kept(shelf: Shelf) -> None:
    class Heirloom(Toy):
        kind = "heirloom"

        def planned(self, current: ToyState | None, desired: ToyState | None) -> ToyState | None:
            return current

    shelf.update(ring=RED)
    assert converge.remove(replace(step(), kinds=(Heirloom,)), [unseen(Heirloom("ring"))], on(shelf))["left"] == []
    assert shelf == {"ring": RED}


@pytest.mark.parametrize("trouble", [errors.AccessDenied("no"), errors.AccountNotReady("not yet")])
def test_what_is_in_a_closed_account_is_lost_and_named_and_not_waited_for(shelf: Shelf, trouble: Exception) -> None:
    @dataclass(frozen=True)
    class Abroad(Toy):
        kind: ClassVar[str] = "abroad"
        account: str = "444455556666"

    toys, ship = replace(step(), kinds=(Abroad,)), Abroad("ship")
    shelf.update(ship=RED)
    shelf.trouble = {"read ship": trouble}
    for closed, kept in ((frozenset({"444455556666"}), "lost"), (frozenset({"777788889999"}), "left")):
        found = converge.remove(toys, [unseen(ship)], replace(on(shelf), closed=closed))
        assert [each["resource"] for each in found[kept]] == ["toy ship"]
        assert ("lost" in found) is (kept == "lost")
    shelf.trouble = {}
    # Where it can be reached still, it goes.
    assert converge.remove(toys, [unseen(ship)], replace(on(shelf), closed=frozenset({"444455556666"})))["left"] == []
    assert shelf == {}


def test_rolling_back_mends_any_failure(shelf: Shelf) -> None:
    toys = step((BALL, "blue"))
    shelf["ball"] = RED
    planned = changes(toys, shelf)
    shelf["ball"] = ToyState(color="blue", failure="UpdateFailed (2): no paint")
    roll_back(toys, planned, shelf)
    assert shelf == {"ball": RED}


def test_rolling_back_to_a_failure_asks_for_the_same_in_good_health(shelf: Shelf) -> None:
    toys = step((BALL, "blue"))
    shelf["ball"] = BROKEN
    planned = changes(toys, shelf)
    apply(toys, planned, shelf)
    roll_back(toys, planned, shelf)
    assert shelf == {"ball": RED}


def test_verifying_takes_what_is_as_planned(shelf: Shelf, three: Step) -> None:
    planned = changes(three, shelf)
    apply(three, planned, shelf)
    assert converge.verify(three, request(), planned, on(shelf)) == {"step": "toys", "verified": True}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "is gone"),
        (BLUE, "reads back otherwise than planned: color is 'blue' instead of 'red'"),
    ],
)
def test_verifying_says_what_is_otherwise(shelf: Shelf, found: ToyState | None, reason: str) -> None:
    toys = step((BALL, "red"))
    planned = changes(toys, shelf)
    if found:
        shelf["ball"] = found
    with pytest.raises(errors.NotAsPlanned) as otherwise:
        converge.verify(toys, request(), planned, on(shelf))
    assert (otherwise.value.resource, otherwise.value.reason) == ("toy ball", reason)


def test_verifying_says_what_should_be_gone(shelf: Shelf) -> None:
    shelf["cube"] = RED
    gone = [Change(kind="toy", identity={"name": "cube"}, address="toy cube", before={"color": "red"})]
    with pytest.raises(errors.NotAsPlanned, match="should be gone, and is there"):
        converge.verify(step(), None, gone, on(shelf))


def test_verifying_waits_for_what_is_still_changing(shelf: Shelf) -> None:
    toys = step((BALL, "red"))
    planned = changes(toys, shelf)
    shelf.settling = {"ball"}
    with pytest.raises(errors.NotAsPlanned, match="is still changing: is drying"):
        converge.verify(toys, request(), planned, on(shelf))


def test_verifying_checks_the_preconditions_too(shelf: Shelf) -> None:
    toys = step(findings=[Finding(id="S3-BUCKET", resource="shelf", reason="fell down")])
    with pytest.raises(errors.NotAsPlanned, match="fell down"):
        converge.verify(toys, request(), [], on(shelf))


def test_verifying_does_not_fail_by_what_is_met_or_only_warned_of(shelf: Shelf) -> None:
    met, warning = (
        Finding(id="S3-BUCKET", resource="shelf", state="oak"),
        Finding(id="S3-BUCKET", resource="lamp", reason="is off", warning=True),
    )
    assert converge.verify(step(findings=[met, warning]), request(), [], on(shelf))["verified"]


def test_advice_is_not_read_when_verifying(shelf: Shelf) -> None:
    def advise(_: TeamRequest, __: Context) -> Iterator[Finding]:
        raise AssertionError("was read")

    assert converge.verify(replace(step(), advise=advise), request(), [], on(shelf))["verified"]


def test_an_error_of_aws_in_the_preconditions_is_one_of_ours_when_verifying(shelf: Shelf) -> None:
    def check(_: TeamRequest, __: Context) -> Iterator[Finding]:
        yield from ()
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "DescribeAddon")

    with pytest.raises(errors.Throttled, match="DescribeAddon was refused with ThrottlingException"):
        converge.verify(replace(step(), check=check), request(), [], on(shelf))
