"""A clock that stands while anything computes and jumps when all is idle."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from sandbox.runtime import activity
from sandbox.runtime.virtual_clock import StalledError, VirtualClock

DAY = 86_400.0


def sleep_and(clock: VirtualClock, seconds: float, then: Callable[[], object]) -> None:
    """Something that waits and then does something, beside the test."""

    def run() -> None:
        clock.sleep(seconds)
        then()

    clock.spawn(run)


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    made = VirtualClock()
    made.adopt("the test")
    yield made
    made.stop()


def test_a_wait_of_a_day_takes_no_time(clock: VirtualClock) -> None:
    began = time.monotonic()
    clock.sleep(DAY)
    assert clock.now() == DAY
    assert time.monotonic() - began < 5


def test_time_stands_while_whoever_drives_the_sandbox_computes(clock: VirtualClock) -> None:
    seen: list[float] = []
    sleep_and(clock, 1, lambda: seen.append(clock.now()))
    time.sleep(0.1)
    assert (clock.now(), seen) == (0.0, [])
    clock.sleep(2)
    assert (clock.now(), seen) == (2.0, [1.0])


def test_time_stands_while_something_else_computes_however_long_that_takes(clock: VirtualClock) -> None:
    done: list[float] = []

    def compute() -> None:
        time.sleep(0.2)
        done.append(clock.now())

    clock.spawn(compute)
    clock.sleep(1)
    assert done == [0.0]


def test_who_waits_longest_comes_last_and_who_waits_as_long_comes_in_the_order_of_asking(clock: VirtualClock) -> None:
    came: list[str] = []

    def wait(name: str, seconds: float) -> None:
        clock.sleep(seconds)
        came.append(name)

    for name, seconds in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("b too", 2.0)):
        clock.spawn(wait, name, seconds)
        # Until it waits.
        clock.sleep(0)
    clock.sleep(10)
    assert came == ["a", "b", "b too", "c"]


def test_who_waits_for_a_signal_goes_on_before_time_does(clock: VirtualClock) -> None:
    signal, seen = clock.signal(), list[tuple[bool, float]]()
    clock.spawn(lambda: seen.append((signal.wait(5), clock.now())))
    sleep_and(clock, 1, signal.set)
    clock.sleep(9)
    assert seen == [(True, 1.0)]


def test_a_signal_that_does_not_come_is_given_up_in_time(clock: VirtualClock) -> None:
    assert not clock.signal().wait(30)
    assert clock.now() == 30


def test_what_is_due_later_is_called_then_unless_it_is_prevented(clock: VirtualClock) -> None:
    called: list[float] = []
    clock.after(10, lambda: called.append(clock.now()))
    prevent = clock.after(5, lambda: called.append(-1))
    prevent()
    clock.sleep(20)
    assert called == [10.0]


def test_what_was_handed_over_computes_for_its_caller_until_it_gives_back(clock: VirtualClock) -> None:
    came: list[float] = []

    def call() -> None:
        handover = clock.hand_over("a function")
        handover.known_as("instance")
        answered = threading.Event()

        def answer() -> None:
            with activity.part_of("instance"):
                clock.sleep(7)
            handover.back()
            answered.set()

        threading.Thread(target=answer).start()
        answered.wait(10)
        came.append(clock.now())

    clock.spawn(call)
    clock.sleep(60)
    assert came == [7.0]


def test_what_hangs_lets_time_pass_and_a_late_end_of_it_does_not_hold_time_up(clock: VirtualClock) -> None:
    handover, let_go, gone = clock.hand_over("a function"), threading.Event(), threading.Event()
    handover.known_as("hanging")

    def hang() -> None:
        with activity.part_of("hanging"), activity.suspended():
            let_go.wait(10)
        gone.set()

    threading.Thread(target=hang).start()
    timed_out = clock.signal()

    def time_out() -> None:
        handover.back()
        timed_out.set()

    clock.after(60, time_out)
    timed_out.wait()
    assert clock.now() == 60
    let_go.set()
    gone.wait(10)
    clock.sleep(1)
    assert clock.now() == 61


def test_who_waits_for_ever_is_told_what_computes(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.runtime.virtual_clock._PATIENCE", 0.1)
    over = threading.Event()
    clock.spawn(over.wait, 10, name="a slow thing")
    with pytest.raises(StalledError, match="a slow thing computes"):
        clock.sleep(1)
    over.set()


def test_stopping_ends_every_wait_for_a_time(clock: VirtualClock) -> None:
    ended = threading.Event()
    sleep_and(clock, DAY, ended.set)
    clock.stop()
    assert ended.wait(5)
    clock.sleep(DAY)
    assert clock.now() == 0
