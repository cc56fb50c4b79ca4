"""What may go wrong where: the calls of a recorded run, the faults, and a name for each pair of them."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.runtime.call_log import Call, Entry
from sandbox.runtime.faults import Fault, Kind, When
from sandbox.scenery import accounts

ERROR_BEFORE, ERROR_AFTER, THROTTLE = "error-before", "error-after", "throttle"
CRASH_BEFORE, CRASH_AFTER, TIMEOUT, ABORT = "crash-before", "crash-after", "timeout", "abort"
LASTING_BEFORE, LASTING_AFTER = "lasting-before", "lasting-after"
DENIED = "denied"

FAULTS: Final = {
    ERROR_BEFORE: "the service fails before the effect",
    ERROR_AFTER: "the answer is lost after the effect",
    THROTTLE: "the first three tries are throttled",
    CRASH_BEFORE: "the function's process is killed before the call",
    CRASH_AFTER: "the function's process is killed right after the effect",
    TIMEOUT: "the function runs into its time-out in the call",
    ABORT: "the execution is stopped while the call is under way",
    LASTING_BEFORE: "every try from then on fails before the effect",
    LASTING_AFTER: "every try from then on loses its answer",
    DENIED: "a function may not look, from then on",
}

_OF_FUNCTIONS: Final = frozenset({CRASH_BEFORE, CRASH_AFTER, TIMEOUT, DENIED})
# Where nothing changes, before and after are the same.
_OF_CHANGES: Final = frozenset({ERROR_AFTER, CRASH_AFTER, LASTING_AFTER})
# A change that is refused is told at once, as any that fails; what was not seen could be taken for gone.
_OF_READS: Final = frozenset({DENIED})
_KINDS: Final[dict[str, tuple[Kind, When, int | None]]] = {
    ERROR_BEFORE: (Kind.ERROR, "before", 1),
    ERROR_AFTER: (Kind.LOST, "after", 1),
    THROTTLE: (Kind.THROTTLE, "before", 3),
    CRASH_BEFORE: (Kind.CRASH, "before", 1),
    CRASH_AFTER: (Kind.CRASH, "after", 1),
    ABORT: (Kind.CALLBACK, "before", 1),
    LASTING_BEFORE: (Kind.ERROR, "before", None),
    LASTING_AFTER: (Kind.LOST, "after", None),
    DENIED: (Kind.DENIED, "before", None),
}
_READS: Final = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Simulate",
    "AssumeRole",
    "get ",
    "list ",
    "create selfsubjectaccessreviews",
)
MACHINES: Final = ("onboard_team", "unwind_team", "decide")


@dataclass(frozen=True, order=True)
class Site:
    """One call of a run: who makes which call, and which of that kind it is."""

    caller: str
    """A function's or a state machine's name."""
    service: str
    operation: str
    """For Lambda's Invoke with the name of the function, since several are invoked at once."""
    occurrence: int = 1

    def __str__(self) -> str:
        return f"{self.caller}/{self.service}:{self.operation.replace(' ', '-')}#{self.occurrence}"

    @property
    def of_function(self) -> bool:
        """Whether a function makes it."""
        return self.caller not in MACHINES

    @property
    def changes(self) -> bool:
        """Whether it has an effect."""
        return not self.operation.startswith(_READS)

    def faults(self) -> Iterator[str]:
        """The faults that can befall it."""
        for fault in FAULTS:
            left_out = _OF_READS if self.changes else _OF_CHANGES
            if (self.of_function or fault not in _OF_FUNCTIONS) and fault not in left_out:
                yield fault


@dataclass(frozen=True)
class Case:
    """One fault at one call of one scenario."""

    scenario: str
    site: Site
    fault: str
    cold: bool = False
    """Whether the call is made only by a function that starts cold."""

    def __str__(self) -> str:
        return f"{self.scenario}/{self.site}/{self.fault}"

    @property
    def lasting(self) -> bool:
        """Whether every try fails from then on."""
        return self.fault in (LASTING_BEFORE, LASTING_AFTER, DENIED)


def site_of(call: Call) -> Site | None:
    """Who makes which call, as its first; None for calls of nobody's that counts."""
    caller = call.function or call.principal.rsplit("/", 1)[-1]
    name = caller.removeprefix(f"{accounts.STACK}-").replace("-", "_")
    if call.function is None and name not in MACHINES:
        return None
    operation = call.operation
    if operation == "Invoke":
        operation += f"({str(call.resource).rsplit(':', 1)[1].removeprefix(f'{accounts.STACK}-').replace('-', '_')})"
    return Site(name, call.service, operation)


def sites(entries: Iterable[Entry]) -> list[Site]:
    """Every call of a run that counts, each once, in order."""
    seen: Counter[Site] = Counter()
    found = []
    for entry in entries:
        kind = site_of(entry.call)
        if kind is not None:
            seen[kind] += 1
            found.append(Site(kind.caller, kind.service, kind.operation, seen[kind]))
    return found


def cases(scenario: str, warm: Iterable[Site], cold: Iterable[Site]) -> list[Case]:
    """All cases of a scenario from its recorded runs, one with warm functions and one with cold ones."""
    known = sorted(set(warm))
    only_cold = sorted(set(cold) - set(known))
    return [
        Case(scenario, site, fault, is_cold)
        for group, is_cold in ((known, False), (only_cold, True))
        for site in group
        for fault in site.faults()
    ]


@dataclass
class Tries:
    """Fits the tries of one call: the one of that occurrence, and whatever then asks the same of the same thing."""

    site: Site
    _seen: int = 0
    _resource: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, call: Call) -> bool:
        kind = site_of(call)
        if kind is None or (kind.caller, kind.service, kind.operation) != (
            self.site.caller,
            self.site.service,
            self.site.operation,
        ):
            return False
        with self._lock:
            self._seen += 1
            if self._seen == self.site.occurrence:
                self._resource = call.resource
            return self._seen >= self.site.occurrence and call.resource == self._resource


def rule(case: Case, abort: Any) -> Fault:
    """The case's fault as a rule of the gateway; `abort` stops the execution."""
    if case.fault == TIMEOUT:
        return Fault(Tries(case.site), Kind.EXPIRE, "after" if case.site.changes else "before")
    kind, when, times = _KINDS[case.fault]
    return Fault(Tries(case.site), kind, when, times, callback=abort if kind is Kind.CALLBACK else None)
