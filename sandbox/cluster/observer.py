"""The same log and faults for the Kubernetes API."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.cluster.api.calls import KubernetesCall, Response
from sandbox.runtime.activity import part_of
from sandbox.runtime.call_log import Call, CallLog
from sandbox.runtime.faults import Fault, Faults, Kind

_APPLICATION = re.compile(r"\bfn-(?P<function>\S+)-(?P<instance>[^-\s]+)(?:\s|$)")
_SESSION = re.compile(r"arn:aws:sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/(?P<session>.+)")

_ANSWERS = {
    Kind.ERROR: Response(500, "InternalError", "Internal error occurred: an internal error occurred"),
    Kind.THROTTLE: Response(429, "TooManyRequests", "Too many requests, please try again later."),
    Kind.DENIED: Response(403, "Forbidden", "access denied"),
}

NO_ANSWER = Response(504, "Timeout", "Timeout: request did not complete within the allotted time")
"""What a caller that is killed, hangs or loses its connection would be told if it were still there."""


@dataclass
class KubernetesObserver:
    """Records the calls of the Kubernetes API and lets faults strike them. An `Observe` of sandbox.cluster.api."""

    log: CallLog
    faults: Faults
    account: str
    region: str
    instance_of: Callable[[str], str | None] = lambda function: None
    """The instance that is running a function now; the Kubernetes client does not say which process it is in."""
    _struck: dict[int, Fault] = field(default_factory=dict)

    def before(self, call: KubernetesCall) -> Response | None:
        """Asks the faults, once a call; an answer means that the call has no effect."""
        made = self.call(call)
        fault = self.faults.strike(made)
        if fault is None:
            return None
        if fault.when == "after":
            self._struck[id(call)] = fault
            return None
        return self._answered(fault, made)

    def after(self, call: KubernetesCall, status: int) -> Response | None:
        """Lets a fault strike after the effect, and records the call."""
        made = self.call(call)
        fault = self._struck.pop(id(call), None)
        if fault is None:
            self.log.append(made, status, None if status < 400 else str(status))
            return None
        return self._answered(fault, made, status)

    def _answered(self, fault: Fault, made: Call, status: int | None = None) -> Response | None:
        with part_of(made.instance):
            self.faults.act(fault, made)
        if fault.kind is Kind.CALLBACK:
            if fault.when == "after":
                self.log.append(made, status)
            return None
        answer = _ANSWERS.get(fault.kind, NO_ANSWER)
        self.log.append(made, answer.status if fault.kind in _ANSWERS else None, str(fault))
        return answer

    def call(self, call: KubernetesCall) -> Call:
        """The Kubernetes call as one of the cloud."""
        application = _APPLICATION.search(call.user_agent)
        session = _SESSION.fullmatch(call.identity.username)
        function = application["function"] if application else session["session"] if session else None
        instance = application["instance"] if application else self.instance_of(function) if function else None
        path = "/".join(part for part in (call.namespace, call.resource, call.name) if part)
        return Call(
            service="kubernetes",
            operation=f"{call.verb} {call.resource}",
            actions=(),
            account=self.account,
            region=self.region,
            principal=call.identity.username,
            function=function,
            instance=instance,
            resource=path,
            parameters={
                "group": call.group,
                "resource": call.resource,
                "namespace": call.namespace,
                "name": call.name,
                "groups": call.identity.groups,
            },
        )
