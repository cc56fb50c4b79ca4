"""How far a pod has come, from its status."""

from dataclasses import dataclass
from typing import Any

from probe.manifest import CONTAINER


@dataclass(frozen=True)
class Progress:
    """`said` is what the pod left when it ended by itself; `what` is why it has not, in Kubernetes' words."""

    what: str
    said: str | None = None
    at: str | None = None
    """When it ended, in UTC (ISO 8601)."""
    ended: bool = False


def progress_of(pod: dict[str, Any]) -> Progress:
    """Reads the phase, the container's state and the conditions (Kubernetes documentation, "Pod Lifecycle")."""
    status = pod.get("status", {})
    phase = status.get("phase", "Pending")
    ended = phase in ("Succeeded", "Failed")
    statuses = status.get("containerStatuses", [])
    state: dict[str, Any] = next((each.get("state", {}) for each in statuses if each["name"] == CONTAINER), {})
    terminated, waiting = state.get("terminated"), state.get("waiting", {})
    if terminated:
        what = f"ended with {terminated.get('reason', 'no reason')} ({terminated['exitCode']}) and said nothing"
        return Progress(what, terminated.get("message") or None, terminated.get("finishedAt"), ended=True)
    if ended:
        return Progress(_joined(status.get("reason", phase), status.get("message")), ended=True)
    if waiting.get("reason"):
        return Progress(_joined(waiting["reason"], waiting.get("message")))
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            return Progress(_joined(condition.get("reason", "not scheduled"), condition.get("message")))
    return Progress(f"is {phase}")


def _joined(reason: str, message: str | None) -> str:
    return f"{reason}: {message}" if message else reason
