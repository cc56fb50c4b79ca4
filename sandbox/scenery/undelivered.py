"""Events that come into the dead-letter queue."""

from collections.abc import Mapping
from typing import Any, Protocol

from sandbox.runtime.clock import Clock
from sandbox.runtime.faults import Fault, Faults, Kind, Match


class Cloud(Protocol):
    """Where they are sent; `sandbox.cloud.Cloud` is one."""

    clock: Clock
    faults: Faults

    def send(self, detail: Mapping[str, Any]) -> None:
        """Puts an event Team Created on the stack's bus."""


def bury(cloud: Cloud, detail: Mapping[str, Any]) -> None:
    """Sends an event whose rule is refused, once, what it is for, and waits until it is in the queue.

    Nothing else may start an execution meanwhile.
    """
    cloud.faults.add(Fault(Match("states", "StartExecution"), Kind.DENIED))
    cloud.send(detail)
    cloud.clock.sleep(1)
