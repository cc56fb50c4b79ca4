"""What the stack's parameters say about probes, read once from the environment."""

import os
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Choices:
    """How the pod is made, and what is done where it could not try."""

    image: str
    pull_secret: str
    cpu: str
    memory: str
    queue_label: str
    """Label that names the team's local queue; empty for none."""
    priority_class: str
    """Kueue's WorkloadPriorityClass; empty for none."""
    seconds: int
    """How long the pod may take, its wait for capacity included."""
    roll_back_unproven: bool
    roll_back_open: bool
    """Whether a part of the fence that is open fails the onboarding."""
    service: str
    """NAME:PORT of a service that the cluster's owner runs in teams' namespaces; empty for none."""


@cache
def choices() -> Choices:
    """The choices of this stack.

    Raises KeyError where the template forgot one.
    """
    env = os.environ
    return Choices(
        image=env["PROBE_IMAGE"],
        pull_secret=env["PROBE_PULL_SECRET"],
        cpu=env["PROBE_CPU"],
        memory=env["PROBE_MEMORY"],
        queue_label=env["PROBE_QUEUE_LABEL"],
        priority_class=env["PROBE_PRIORITY_CLASS"],
        seconds=int(env["PROBE_SECONDS"]),
        roll_back_unproven=env["PROBE_UNPROVEN"] == "roll back",
        roll_back_open=env["PROBE_FENCE"] == "roll back",
        service=env["PROBE_SERVICE"],
    )
