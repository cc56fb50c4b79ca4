"""When a service that is at work is looked at again: soon at first, later after a tenth of what has passed.

So nobody who waits is late by more than a tenth of what he has waited for, nor asks more often than that takes. For how
long it is waited for says each kind of resource (`Resource.patience`).
"""

from dataclasses import dataclass
from typing import Final

FIRST_SECONDS: Final = 2
LONGEST_SECONDS: Final = 120
_SHARE: Final = 10

PASSING_SECONDS: Final = 150
"""For how long a step that goes back waits for an error that may pass, where no service says that it is at work."""


@dataclass(frozen=True)
class Waited:
    """For which resource of a step the state machine has waited, and for how many seconds.

    Resources of a step come one after another, and each has a patience of its own: a volume has none the less because
    the link before it took an hour.
    """

    resource: str
    """Its address."""
    seconds: int

    def for_(self, resource: str) -> int:
        """For how many seconds this resource has been waited for."""
        return self.seconds if resource == self.resource else 0


NOT_YET: Final = Waited("", 0)


def next_look(waited: int) -> int:
    """Seconds until the next look, after `waited` seconds."""
    return max(FIRST_SECONDS, min(LONGEST_SECONDS, waited // _SHARE))
