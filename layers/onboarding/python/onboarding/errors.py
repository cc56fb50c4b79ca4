"""Every way a step can fail, by the name that the state machines retry or catch.

The class name is the contract: AWS Lambda hands it to Step Functions as the error name. A `Transient` error is named in
the Retry of every task; a `Final` one never is. Each docstring says what whoever sees the error should do.
"""

import json
from typing import ClassVar

from onboarding.findings import FindingId


class OnboardingError(Exception):
    """The root of all errors of this project; never raised itself.

    Its text is JSON: Lambda passes on just name and text of an exception, and `explain_failure` wants both parts.
    """

    def __init__(self, reason: str, resource: str | None = None) -> None:
        super().__init__(json.dumps({"resource": resource, "reason": reason}))
        self.reason = reason
        self.resource = resource
        """Address of the resource that the error is about, where there is one."""


class Transient(OnboardingError):
    """Goes away by itself; the state machine tries again."""


class Throttled(Transient):
    """The service refuses the pace. Wait and try again."""


class ServiceUnavailable(Transient):
    """The service or the way to it failed, and the call may or may not have had its effect. Read, then try again."""


class NotYetVisible(Transient):
    """Something just created is not known everywhere yet. Wait and try again."""


class Busy(Transient):
    """Somebody else is changing the same thing. Wait and try again."""


class AccountNotReady(Transient):
    """A fresh account does not take calls yet. Wait and try again, longer than for the others; a lasting one is closed
    or was never activated."""


class NotAsPlanned(Transient):
    """Read-back differs from the plan. Read again, since reads lag behind writes; lasting, it fails the onboarding."""


class Final(OnboardingError):
    """Trying again will not help."""

    id: ClassVar[FindingId]
    """Of the finding that it is where a plan meets with it."""


class InvalidRequest(Final):
    """The event asks for something that cannot be. Correct the event; the message holds a sentence for each mistake."""

    id = "INVALID-REQUEST"


class NotAuthorized(Final):
    """Whoever asks may not ask for this. Let the account whose it is send the event, or an administrator."""

    id = "NOT-AUTHORIZED"


class Conflict(Final):
    """Something of that name exists and is not ours. Remove or rename it, or choose another team name."""

    id = "CONFLICT"


class NewerRecord(Final):
    """A newer release wrote the team's record. Update the stack to that release, or to a later one."""

    id = "NEWER-RECORD"


class AccessDenied(Final):
    """A permission is missing. Give it to the role that the message names."""

    id = "ACCESS-DENIED"


class ServiceRefused(Final):
    """The service will not do it and says why. Correct what it names."""

    id = "SERVICE-REFUSED"


class ProbeRefused(Final):
    """A pod of the team could not do what it should, or could do what it should not; the message has its words. Correct
    the policy that they name, then replay."""

    id = "PROBE-REFUSED"


class ProbeInconclusive(Final):
    """No pod could try, and this stack onboards no team unproven. Make room or mend the image, then replay."""

    id = "PROBE-INCONCLUSIVE"


class StillChanging(Final):
    """The service did not finish in the time the state machine gives it. Look at the resource, then replay."""

    id = "STILL-CHANGING"


TRANSIENT = tuple(sorted(kind.__name__ for kind in Transient.__subclasses__()))
"""The names in every Retry of the state machines; a test holds the two together."""
