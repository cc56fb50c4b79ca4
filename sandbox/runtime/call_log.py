"""One call to the cloud, and the log of them all."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Keys = Mapping[str, tuple[str, ...]]
"""Condition keys with their values."""


@dataclass(frozen=True)
class Need:
    """One action on one resource, with the condition keys that the service supplies: a permission that a call takes."""

    action: str
    resource: str
    context: Keys = field(default_factory=dict)
    delegated: bool = False
    """A bucket reached through an access point: of another account's caller only the bucket's policy is asked."""


@dataclass(frozen=True)
class Call:
    """A call as it arrived: what, by whom, on what."""

    service: str
    """The prefix of its actions in policies (`s3` for S3 Control too), or `kubernetes`."""
    operation: str
    actions: tuple[str, ...]
    """The IAM actions it needs."""
    account: str
    region: str
    principal: str
    """ARN of the calling role or user; `operator` for the sandbox itself; a user name for Kubernetes."""
    function: str | None
    instance: str | None
    resource: str | None
    """What it acts on, as the service authorization reference names it; `*` where it knows no resource."""
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    needs: tuple[Need, ...] = field(default=(), hash=False)
    """Those actions with their resources and condition keys."""

    def __str__(self) -> str:
        return f"{self.service}:{self.operation} by {self.function or self.principal} on {self.resource}"


@dataclass(frozen=True)
class Entry:
    """A finished call and what it was answered."""

    sequence: int
    call: Call
    status: int | None
    """The HTTP status; none where the caller never got an answer."""
    error: str | None = None
    """The error code that the caller saw, or `fault:<kind>` where a fault decided the outcome."""


class CallLog:
    """Every call in the order of its end. Append-only, safe to use from several threads.

    One that is not `kept` is told to the listeners and forgotten.
    """

    def __init__(self, kept: bool = True) -> None:
        self._kept = kept
        self._sequence = 0
        self._entries: list[Entry] = []
        self._listeners: list[Callable[[Entry], None]] = []
        self._lock = threading.Lock()

    def append(self, call: Call, status: int | None, error: str | None = None) -> Entry:
        """Records a finished call and tells the listeners, one entry at a time and in order."""
        with self._lock:
            self._sequence += 1
            entry = Entry(self._sequence, call, status, error)
            if self._kept:
                self._entries.append(entry)
            for listener in self._listeners:
                listener(entry)
        return entry

    def clear(self) -> None:
        """Forgets every entry so far; numbers begin anew."""
        with self._lock:
            self._entries.clear()
            self._sequence = 0

    def listen(self, listener: Callable[[Entry], None]) -> None:
        """Calls `listener` with each entry from now on; it must be quick and must not call the cloud."""
        with self._lock:
            self._listeners.append(listener)

    def entries(self, **wanted: object) -> tuple[Entry, ...]:
        """The entries so far whose call has the given fields, as in `entries(service="iam", function="plan")`."""
        with self._lock:
            found = tuple(self._entries)
        return tuple(entry for entry in found if all(getattr(entry.call, key) == want for key, want in wanted.items()))

    def count(self, *fields: str) -> Counter[tuple[Any, ...]]:
        """How many calls there were for each combination of the given fields of Call."""
        return Counter(tuple(getattr(entry.call, name) for name in fields) for entry in self.entries())
