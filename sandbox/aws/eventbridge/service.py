"""EventBridge as the sandbox plays it; what starts state machines is installed by itself, since it calls AWS."""

from moto.events.models import events_backends

from sandbox.aws.eventbridge.permissions import ROWS
from sandbox.aws.policies.policy import statements
from sandbox.aws.service import ResourcePolicy, Service


def _policy_on(action: str, resource: str) -> ResourcePolicy | None:
    if ":event-bus/" not in resource:
        return None
    _, _, _, region, account, name = resource.split(":", 5)
    bus = events_backends[account][region].event_buses.get(name.removeprefix("event-bus/"))
    return ResourcePolicy(statements(bus.policy) if bus else ())


SERVICE = Service(rows=ROWS, policies={"events": _policy_on})
