"""What computes in the sandbox: a program of a state machine, an invocation of a function, a pod, a delivery.

Activities are what the virtual clock waits for. A request that one of them makes is part of it, in whichever thread and
process it is answered: it names its activity in a header, or is known by the function's instance. Processes of the
sandbox's own ask for a pause by a request too.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakValueDictionary

HEADER: Final = "X-Sandbox-Activity"
PAUSE_PATH: Final = "/sandbox/pause"
"""Where a process asks to be answered some `seconds` later."""

_numbers = itertools.count(1)
_known: "WeakValueDictionary[str, Activity]" = WeakValueDictionary()
_here = threading.local()


@dataclass(eq=False)
class Activity:
    """Something that computes, or waits. To be changed by its clock alone."""

    name: str
    pause: Callable[[float], None]
    """Waits that many sandbox seconds."""
    suspended: Callable[["Activity"], Any]
    """A context in which the activity waits for something that is no other activity, and may never come."""
    key: str = field(default_factory=lambda: str(next(_numbers)))
    computing: bool = False
    over: bool = False

    def __post_init__(self) -> None:
        known_as(self.key, self)


def known_as(key: str, activity: Activity) -> None:
    """Requests with this key are part of the activity from now on."""
    _known[key] = activity


def here() -> Activity | None:
    """What this thread is part of."""
    activity: Activity | None = getattr(_here, "activity", None)
    return activity


def enter(activity: Activity | None) -> None:
    """This thread is part of the activity from now on."""
    _here.activity = activity


@contextmanager
def part_of(key: str | None) -> Iterator[None]:
    """In this block the thread is part of the activity that is known by the key, if any."""
    before = here()
    enter(_known.get(key) if key else None)
    try:
        yield
    finally:
        enter(before)


@contextmanager
def suspended() -> Iterator[None]:
    """In this block what the thread is part of waits for something that may never come."""
    activity = here()
    if activity is None:
        yield
        return
    with activity.suspended(activity):
        yield


def add_header(params: dict[str, Any], **_: Any) -> None:
    """Says in a request of boto3's whose it is ("before-call" event)."""
    activity = here()
    if activity is not None:
        params["headers"][HEADER] = activity.key
