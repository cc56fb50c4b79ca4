"""One scaled clock for every wait in the sandbox: service delays, Wait states, retry intervals."""

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Sandbox seconds pass `speed` times as fast as real ones."""

    speed: float = 60.0
    _started: float = field(default_factory=time.monotonic)
    _waiting: threading.Event = field(default_factory=threading.Event)

    def now(self) -> float:
        """Sandbox seconds since the clock was made."""
        return (time.monotonic() - self._started) * self.speed

    def sleep(self, seconds: float) -> None:
        """Waits that many sandbox seconds, or until `stop`."""
        self._waiting.wait(max(0.0, seconds) / self.speed)

    @property
    def stopped(self) -> bool:
        """Whether the sandbox is closing, so that nothing new should begin."""
        return self._waiting.is_set()

    def stop(self) -> None:
        """Ends every wait, now and later, so that a shutdown is not held up."""
        self._waiting.set()
