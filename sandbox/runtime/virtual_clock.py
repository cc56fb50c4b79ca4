"""A clock that stands while anything in the sandbox computes, and jumps to what is due next when all is idle.

So waiting costs nothing, and how long code takes, on whichever machine, changes nothing.
"""

import heapq
import itertools
import mmap
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sandbox.runtime import activity
from sandbox.runtime.activity import Activity
from sandbox.runtime.clock import Clock, Handover, Signal, Told
from sandbox.runtime.process_time import TIME_OF_DAY, ProcessTime

_PATIENCE: Final = 600.0
"""Real seconds that nothing in the sandbox takes, on the slowest machine; then it is a defect of the sandbox."""


class StalledError(RuntimeError):
    """What is waited for does not come, because something computes for ever or nothing is left that could happen."""


@dataclass(eq=False)
class _Wait:
    """Somebody who waits; of who ends it, the first counts."""

    activity: Activity | None
    told: Told | None = None
    """Called when it is due, as an activity of its own."""
    ended: threading.Event = field(default_factory=threading.Event)
    in_time: bool = False


@dataclass
class _VirtualHandover(Handover):
    clock: "VirtualClock"
    caller: Activity | None
    called: Activity

    def known_as(self, key: str) -> None:
        activity.known_as(key, self.called)

    def back(self) -> None:
        with self.clock.lock:
            if not self.called.over:
                if self.caller is not None:
                    self.clock.go_on(self.caller)
                self.clock.leave(self.called)


class _VirtualSignal(Signal):
    def __init__(self, clock: "VirtualClock") -> None:
        super().__init__(clock.speed)
        self._clock = clock
        self._waits: list[_Wait] = []

    def set(self) -> None:
        with self._clock.lock:
            self._event.set()
            for wait in self._waits:
                self._clock.end(wait, in_time=True)
            self._waits.clear()

    def wait(self, seconds: float | None = None) -> bool:
        wait = _Wait(self._clock.here())
        with self._clock.lock:
            if self._event.is_set():
                return True
            self._waits.append(wait)
            self._clock.begin(wait, seconds)
        self._clock.pass_the_time(wait)
        return wait.in_time


class VirtualClock(Clock):
    """See the module. `speed` is of no meaning here, other than for what asks for it."""

    def __init__(self) -> None:
        super().__init__(speed=1.0)
        self.lock = threading.RLock()
        self._now = 0.0
        self._computing: set[Activity] = set()
        self._due: list[tuple[float, int, _Wait]] = []
        self._order = itertools.count()
        self._began = time.time()
        self._home = tempfile.TemporaryDirectory(prefix="sandbox-clock-")
        self._file = Path(self._home.name) / "time-of-day"
        self._file.write_bytes(TIME_OF_DAY.pack(self._began))
        with self._file.open("r+b") as file:
            self._shown = mmap.mmap(file.fileno(), TIME_OF_DAY.size)

    def now(self) -> float:
        """Sandbox seconds since the clock was made."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Waits that many sandbox seconds, or until `stop`; and until nothing else computes."""
        wait = _Wait(self.here())
        with self.lock:
            if self.stopped:
                return
            self.begin(wait, max(0.0, seconds))
        self.pass_the_time(wait)

    def signal(self) -> Signal:
        """Something that is to happen in the sandbox."""
        return _VirtualSignal(self)

    def spawn(self, target: Callable[..., Any], *arguments: Any, name: str | None = None) -> threading.Thread:
        """A thread that does something in the sandbox; it runs already."""
        made = self.activity(name or str(getattr(target, "__qualname__", target)))

        def run() -> None:
            activity.enter(made)
            try:
                target(*arguments)
            finally:
                self.leave(made)

        # It computes from here on, not from when its thread has got to run.
        self.go_on(made)
        return super().spawn(run, name=name)

    def computing(self, seconds: float) -> float:
        """Code takes no time, so this is how long it may hang."""
        return seconds

    def after(self, seconds: float, told: Told) -> Told:
        """Calls `told` when so many sandbox seconds have passed; returns what prevents that."""
        wait = _Wait(None, told)

        def prevent() -> None:
            with self.lock:
                wait.ended.set()

        with self.lock:
            heapq.heappush(self._due, (self._now + seconds, next(self._order), wait))
        return prevent

    def hand_over(self, name: str) -> Handover:
        """What this thread is part of calls something that computes elsewhere."""
        made = _VirtualHandover(self, self.here(), self.activity(name))
        with self.lock:
            self.go_on(made.called)
            if made.caller is not None:
                self._wait(made.caller)
        return made

    def adopt(self, name: str) -> None:
        """Time passes from now on only while this thread waits for the sandbox."""
        made = self.activity(name)
        activity.enter(made)
        self.go_on(made)

    def process_time(self, url: str, key: str | None = None) -> ProcessTime | None:
        """What a process that asks at the URL needs to see the clock's time.

        The key is of what the process is part of; by default that is what this thread is part of.
        """
        mine = self.here()
        return {"file": str(self._file), "url": url, "key": key or (mine.key if mine else "")}

    def stop(self) -> None:
        """Ends every wait for a time, now and later, so that a shutdown is not held up."""
        with self.lock:
            super().stop()
            mine = self.here()
            for _, _, wait in self._due:
                if wait.told is None:
                    self.end(wait, in_time=False)
            self._due.clear()
        if mine is not None:
            self.leave(mine)
            activity.enter(None)
        self._home.cleanup()

    def activity(self, name: str) -> Activity:
        """Something new that waits as yet."""
        return Activity(name, self.sleep, self.suspended)

    def here(self) -> Activity | None:
        """What this thread is part of, in this sandbox."""
        found = activity.here()
        return found if found is not None and found.pause == self.sleep else None

    def go_on(self, one: Activity) -> None:
        """It computes."""
        with self.lock:
            if not (one.computing or one.over):
                one.computing = True
                self._computing.add(one)

    def leave(self, one: Activity) -> None:
        """It is over, for good."""
        with self.lock:
            one.over = True
            self._wait(one)

    @contextmanager
    def suspended(self, one: Activity) -> Iterator[None]:
        """In this block the activity waits for something that is no other activity, and may never come."""
        with self.lock:
            self._wait(one)
        try:
            yield
        finally:
            self.go_on(one)

    def begin(self, wait: _Wait, seconds: float | None) -> None:
        """Whoever waits computes no more; to be called under the lock."""
        if seconds is not None and not self.stopped:
            heapq.heappush(self._due, (self._now + seconds, next(self._order), wait))
        if wait.activity is not None:
            self._wait(wait.activity)
        self._jump()

    def end(self, wait: _Wait, *, in_time: bool) -> None:
        """Whoever waits goes on; to be called under the lock."""
        if wait.ended.is_set():
            return
        wait.in_time = in_time
        if wait.activity is not None:
            self.go_on(wait.activity)
        wait.ended.set()

    def pass_the_time(self, wait: _Wait) -> None:
        """Returns when the wait is over. Raises StalledError where it never will be."""
        if not wait.ended.wait(_PATIENCE):
            with self.lock:
                computing = ", ".join(sorted(one.name for one in self._computing)) or "nothing"
                due = sum(not each.ended.is_set() for _, _, each in self._due)
            raise StalledError(f"at {self._now:.0f} s for {_PATIENCE:.0f} real ones: {computing} computes, {due} wait")

    def _wait(self, one: Activity) -> None:
        if one.computing:
            one.computing = False
            self._computing.discard(one)
            self._jump()

    def _jump(self) -> None:
        """To whatever is due next, one at a time, until something computes."""
        while self._due and not self._computing and not self.stopped:
            due, _, wait = heapq.heappop(self._due)
            if wait.ended.is_set():
                continue
            self._now = max(self._now, due)
            TIME_OF_DAY.pack_into(self._shown, 0, self._began + self._now)
            if wait.told is not None:
                wait.ended.set()
                self.spawn(wait.told)
            else:
                self.end(wait, in_time=False)
