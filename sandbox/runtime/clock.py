"""One scaled clock for every wait in the sandbox: service delays, Wait states, retry intervals."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_LONGEST_HOLD = 60.0
"""Real seconds."""


@dataclass
class Clock:
    """Sandbox seconds pass `speed` times as fast as real ones."""

    speed: float = 60.0
    _started: float = field(default_factory=time.monotonic)
    _waiting: threading.Event = field(default_factory=threading.Event)
    _released: threading.Condition = field(default_factory=threading.Condition)
    _holders: int = 0

    def now(self) -> float:
        """Sandbox seconds since the clock was made."""
        return (time.monotonic() - self._started) * self.speed

    def sleep(self, seconds: float) -> None:
        """Waits that many sandbox seconds, or until `stop`; and until nothing holds the clock."""
        self._waiting.wait(max(0.0, seconds) / self.speed)
        with self._released:
            self._released.wait_for(lambda: not self._holders or self._waiting.is_set(), _LONGEST_HOLD)

    @contextmanager
    def held(self) -> Iterator[None]:
        """No wait ends during this block: for code that takes real time where it should take none."""
        with self._released:
            self._holders += 1
        try:
            yield
        finally:
            with self._released:
                self._holders -= 1
                self._released.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether the sandbox is closing, so that nothing new should begin."""
        return self._waiting.is_set()

    def stop(self) -> None:
        """Ends every wait, now and later, so that a shutdown is not held up."""
        self._waiting.set()
        with self._released:
            self._released.notify_all()
