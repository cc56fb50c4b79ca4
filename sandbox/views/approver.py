"""Somebody of another account, who approves after a while whatever waits for approval."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.cloud import SOURCE, Cloud

ACCOUNT: Final = "333344445555"
"""An account whose people run the platform, beside the cluster's own."""

PARAMETERS: Final = {"AdministratorAccountIds": ACCOUNT, "ApproveFirst": "true"}
"""A stack that asks them about a team that comes for the first time."""

MINUTES: Final = 20
"""Sandbox minutes from being asked to the answer."""

_SEEN: Final = 2.0


@dataclass
class Approver:
    """Told of every history event; answers in a thread of the sandbox's time."""

    say: Callable[[str], None]
    """Told what is done, in a sentence."""
    cloud: Cloud | None = None
    """Where it is done; nobody answers before it is known."""
    _answered: set[str] = field(default_factory=set)

    def __call__(self, _: str, event: Mapping[str, Any]) -> None:
        """Takes one history event of an execution."""
        details = event.get("taskScheduledEventDetails", {})
        if self.cloud is not None and str(details.get("resource", "")).endswith(".waitForTaskToken"):
            self.cloud.clock.spawn(self._answer, self.cloud)

    def _answer(self, cloud: Cloud) -> None:
        # Real time, in which whoever watches sees that it waits: the sandbox's jumps.
        time.sleep(_SEEN)
        cloud.clock.sleep(MINUTES * 60)
        for key, item in cloud.registry().items():
            token, team = item.get("approvalToken", {}).get("S"), key.removeprefix("team/")
            if token is None or token in self._answered:
                continue
            self._answered.add(token)
            self.say(
                f"After {MINUTES} sandbox minutes somebody of account {ACCOUNT} types: hyperpod-teams approve {team} "
                f"--bus {cloud.stack.outputs['TeamsBusArn']}"
            )
            _approve(cloud, team)


def _approve(cloud: Cloud, team: str) -> None:
    entry = {
        "EventBusName": cloud.stack.outputs["TeamsBusArn"],
        "Source": SOURCE,
        "DetailType": "Team Approved",
        "Detail": json.dumps({"team": team}),
    }
    cloud.client("events", ACCOUNT).put_events(Entries=[entry])
