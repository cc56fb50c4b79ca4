"""Faults by rule: which call, how often, before or after its effect, and what goes wrong."""

import select
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from sandbox.runtime.activity import suspended
from sandbox.runtime.call_log import Call


class Kind(Enum):
    """What goes wrong."""

    ERROR = "error"
    """The service answers with its own form of a 500."""
    LOST = "lost"
    """The connection is closed without an answer."""
    THROTTLE = "throttle"
    """The service answers that the rate is exceeded."""
    DENIED = "denied"
    """The service answers that access is denied."""
    CRASH = "crash"
    """The calling process is killed."""
    HANG = "hang"
    """There is no answer until the caller has gone, as when a function times out."""
    EXPIRE = "expire"
    """The calling function's time is up while it waits for the answer."""
    ANSWER = "answer"
    """The service answers as `answer` says."""
    CALLBACK = "callback"
    """Something else happens (`callback`), and the call goes on as if nothing had."""


When = Literal["before", "after"]


@dataclass(frozen=True)
class Match:
    """Chooses calls by their fields; a field left out fits every call. The first `nth - 1` of them are let pass."""

    service: str | None = None
    operation: str | None = None
    function: str | None = None
    account: str | None = None
    nth: int = 1

    def __call__(self, call: Call) -> bool:
        wanted = {
            "service": self.service,
            "operation": self.operation,
            "function": self.function,
            "account": self.account,
        }
        return all(value is None or getattr(call, name) == value for name, value in wanted.items())


@dataclass(frozen=True)
class Fault:
    """One rule. Every try of a client that retries is a call of its own."""

    matches: Callable[[Call], bool]
    kind: Kind
    when: When = "before"
    """Whether the call's effect has happened when the fault strikes."""
    times: int | None = 1
    """How many calls it strikes; none for all from then on."""
    callback: Callable[[Call], None] | None = None
    answer: Callable[[str], Any] | None = None
    """Makes the service's answer, in the form of a protocol."""

    def __str__(self) -> str:
        return f"fault:{self.kind.value}"


@dataclass
class _Count:
    fault: Fault
    seen: int = 0
    struck: int = 0


@dataclass
class Faults:
    """The rules in force. Safe to use from several threads."""

    kill: Callable[[str], Any] = lambda instance: None
    """Ends the process of that instance."""
    expire: Callable[[str], Any] = lambda instance: None
    """Ends the invocation of that instance, and its process, as its time-out does."""
    _counts: list[_Count] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def add(self, fault: Fault) -> None:
        """Puts a rule in force."""
        with self._lock:
            self._counts.append(_Count(fault))

    def clear(self) -> None:
        """Takes back every rule."""
        with self._lock:
            self._counts.clear()

    def stop(self) -> None:
        """Lets every hanging call go, now and later."""
        self._stopped.set()

    def struck(self) -> int:
        """How many calls the rules in force have struck so far."""
        with self._lock:
            return sum(count.struck for count in self._counts)

    def strike(self, call: Call) -> Fault | None:
        """The first rule that this call falls under, if any. To be asked once a call, before its effect."""
        chosen = None
        with self._lock:
            for count in self._counts:
                if not count.fault.matches(call):
                    continue
                count.seen += 1
                skipped = count.fault.matches.nth - 1 if isinstance(count.fault.matches, Match) else 0
                exhausted = count.fault.times is not None and count.struck >= count.fault.times
                if chosen is None and count.seen > skipped and not exhausted:
                    count.struck += 1
                    chosen = count.fault
        return chosen

    def act(self, fault: Fault, call: Call, connection: Any = None) -> None:
        """Does what a fault does beyond the answer: kills, waits or calls back."""
        if fault.kind is Kind.CRASH and call.instance is not None:
            self.kill(call.instance)
        if fault.kind is Kind.EXPIRE and call.instance is not None:
            self.expire(call.instance)
        if fault.kind is Kind.CALLBACK and fault.callback is not None:
            fault.callback(call)
        if fault.kind is Kind.HANG:
            self._wait_until_gone(connection)

    def _wait_until_gone(self, connection: Any) -> None:
        """Returns once the peer has closed its side of the connection, or at `stop`; meanwhile time passes."""
        with suspended():
            self._watch(connection)

    def _watch(self, connection: Any) -> None:
        while not self._stopped.wait(0 if connection is not None else 0.05):
            if connection is None:
                continue
            try:
                readable, _, _ = select.select([connection], [], [], 0.05)
                if readable and connection.recv(1, _PEEK) == b"":
                    return
            except (OSError, ValueError):
                return


_PEEK = 2
"""MSG_PEEK: look without taking."""
