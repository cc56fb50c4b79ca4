"""Every wait in the sandbox is on a clock: service delays, Wait states, retry intervals, time-outs."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.runtime.process_time import ProcessTime

Told = Callable[[], None]


class Handover:
    """One activity waits for another that it has called, until that gives back."""

    def known_as(self, key: str) -> None:
        """Requests with this key are part of what was called."""

    def back(self) -> None:
        """The caller goes on, and what was called is over."""


class Signal:
    """Something that happens once, and that can be waited for."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._event = threading.Event()

    def is_set(self) -> bool:
        """Whether it has happened."""
        return self._event.is_set()

    def set(self) -> None:
        """Lets it happen."""
        self._event.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until it happens, or that many sandbox seconds; whether it has."""
        return self._event.wait(None if seconds is None else min(seconds / self._speed, threading.TIMEOUT_MAX))


@dataclass
class Clock:
    """A scaled clock: sandbox seconds pass `speed` times as fast as real ones.

    It is for people and for what runs outside of the sandbox. Code takes its real time, and so do its time-outs.
    """

    speed: float = 60.0
    _started: float = field(default_factory=time.monotonic)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def now(self) -> float:
        """Sandbox seconds since the clock was made."""
        return (time.monotonic() - self._started) * self.speed

    def sleep(self, seconds: float) -> None:
        """Waits that many sandbox seconds, or until `stop`."""
        self._stopped.wait(max(0.0, seconds) / self.speed)

    def signal(self) -> Signal:
        """Something that is to happen in the sandbox."""
        return Signal(self.speed)

    def spawn(self, target: Callable[..., Any], *arguments: Any, name: str | None = None) -> threading.Thread:
        """A thread that does something in the sandbox; it runs already."""
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        thread.start()
        return thread

    def computing(self, seconds: float) -> float:
        """The sandbox seconds that pass while code runs for so many of its own."""
        return seconds * self.speed

    def after(self, seconds: float, told: Told) -> Told:
        """Calls `told` when so many sandbox seconds have passed; returns what prevents that."""
        timer = threading.Timer(min(seconds / self.speed, threading.TIMEOUT_MAX), told)
        timer.daemon = True
        timer.start()
        return timer.cancel

    def hand_over(self, name: str) -> Handover:
        """What this thread is part of calls something that computes elsewhere."""
        return Handover()

    def adopt(self, name: str) -> None:
        """This thread, which drives the sandbox, is part of it from now on: time may wait for it."""

    def process_time(self, url: str, key: str | None = None) -> ProcessTime | None:
        """What a process that asks at the URL needs to see the clock's time, none where it sees the real one.

        The key is of what the process is part of; by default that is what this thread is part of.
        """
        return None

    @property
    def stopped(self) -> bool:
        """Whether the sandbox is closing, so that nothing new should begin."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Ends every wait, now and later, so that a shutdown is not held up."""
        self._stopped.set()
