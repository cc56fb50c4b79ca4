"""One warm cloud for many runs, followed from inside: no polling, nothing that a run does not do by itself."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from proofs.faults.scenarios import TEAM, Message, Scenario
from sandbox.aws.inventory import World
from sandbox.aws.moto.installation import Delays
from sandbox.cloud import SOURCE, Cloud, Options, running
from sandbox.runtime.call_log import Call, Entry
from sandbox.scenery import accounts

_SETTLING: Final = 15.0
_LONGEST_RUN: Final = 3 * 86400.0
"""Sandbox seconds; every run is bounded by the state machines' own limits, which end far below, and by the one day for
which a scenario waits for approval."""
_THOUGHT: Final = 3600.0
"""Sandbox seconds from being asked for approval to the answer."""
_ENDINGS: Final = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


@dataclass
class Run:
    """One event and all that came of it, recovery included."""

    status: str
    execution: str
    """ARN of the execution that the event started."""
    cause: str
    entries: list[Entry]
    world: World
    started: int
    """How many executions there were."""
    unfinished: bool = False
    """Whether something still ran when the patience was over."""


@dataclass
class _Followed:
    execution_input: str
    status: str | None = None


@dataclass
class Follower:
    """Told of every history event; knows which executions run."""

    executions: dict[str, _Followed] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, arn: str, event: Mapping[str, Any]) -> None:
        """Takes note of beginnings and ends."""
        kind = event["type"]
        with self._lock:
            if kind == "ExecutionStarted":
                self.executions[arn] = _Followed(str(event["executionStartedEventDetails"]["input"]))
            elif kind in _ENDINGS and arn in self.executions:
                # One that is not there outlasted a run that was given up.
                self.executions[arn].status = _ENDINGS[kind]

    def running(self) -> list[str]:
        """ARNs of the executions that have not ended."""
        with self._lock:
            return [arn for arn, one in self.executions.items() if one.status is None]

    def forget(self) -> None:
        """Drops all that it knows."""
        with self._lock:
            self.executions.clear()

    def settled(self) -> bool:
        """Whether all is over: the event's execution, its recovery where it did not succeed, and all they started."""
        with self._lock:
            known = dict(self.executions)
        onboardings = {arn: one for arn, one in known.items() if _machine(arn).endswith("onboard-team")}
        if not onboardings or any(one.status is None for one in known.values()):
            return False
        recovered = [one.execution_input for one in known.values() if '"aws.states"' in one.execution_input]
        return all(
            one.status == "SUCCEEDED" or any(f'"{arn}"' in text for text in recovered)
            for arn, one in onboardings.items()
        )


def _machine(arn: str) -> str:
    return arn.split(":")[6]


class Testbed:
    """A cloud in which one scenario is played again and again."""

    def __init__(self, cloud: Cloud, follower: Follower) -> None:
        self.cloud = cloud
        self._follower = follower
        self._backend = stepfunctions_parser_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION]

    def prepare(self, scenario: Scenario) -> None:
        """Makes the scenario's world at the start. Raises RuntimeError where that fails."""
        cluster = self.cloud.client("sagemaker").list_clusters()["ClusterSummaries"][0]["ClusterArn"]
        scenario.prepare(self.cloud.client, cluster)
        self.cloud.clock.sleep(_SETTLING)
        for message in scenario.before:
            self.must(message)

    def must(self, message: Message) -> Run:
        """A run without any fault. Raises RuntimeError where it does not succeed."""
        run = self.play(message)
        if run.status != "SUCCEEDED" or run.unfinished:
            raise RuntimeError(f"a run without fault ended {run.status}: {run.cause}")
        return run

    def play(self, message: Message) -> Run:
        """Sends an event and waits until all is over."""
        self._forget()
        self.cloud.send(message.detail, message.detail_type)
        clock = self.cloud.clock
        latest = clock.now() + _LONGEST_RUN
        clock.sleep(0)
        answered = ""
        while not (in_time := self._follower.settled()) and clock.now() < latest:
            clock.sleep(60 if answered else 1)
            if message.approver and (token := self._token()) not in ("", answered):
                clock.sleep(_THOUGHT)
                self._approve(message.approver)
                answered = token
        executions = [self._backend.describe_execution(arn) for arn in list(self._follower.executions)]
        first = next((one for one in executions if _machine(one.execution_arn).endswith("onboard-team")), None)
        return Run(
            status=str(first.status) if first else "NEVER STARTED",
            execution=first.execution_arn if first else "",
            cause=str(getattr(first, "cause", None) or ""),
            entries=[entry for entry in self.cloud.calls.entries() if entry.call.principal != "operator"],
            world=self.cloud.snapshot(),
            started=len(executions),
            unfinished=not in_time,
        )

    def _token(self) -> str:
        """Of the task with which the team waits for approval; empty where it does not."""
        item = self.cloud.registry().get(f"team/{TEAM}", {})
        return str(item.get("approvalToken", {}).get("S", ""))

    def _approve(self, account: str) -> None:
        entry = {
            "EventBusName": self.cloud.stack.outputs["TeamsBusArn"],
            "Source": SOURCE,
            "DetailType": "Team Approved",
            "Detail": json.dumps({"team": TEAM}),
        }
        (answer,) = self.cloud.client("events", account).put_events(Entries=[entry])["Entries"]
        if "EventId" not in answer:
            raise RuntimeError(f"the bus does not listen to account {account}: {answer}")

    def abort(self, _: Call | None = None) -> None:
        """Stops the execution that the event started, and those that it waits for, as Step Functions does."""
        arns = self._follower.running()
        for arn in arns:
            execution: Any = self._backend.describe_execution(arn)
            execution.stop(stop_date=None, error="Stopped", cause="by an operator")

    def _forget(self) -> None:
        """Drops what earlier runs have left in memory."""
        self._follower.forget()
        self.cloud.calls.clear()
        for machine in self._backend.state_machines:
            machine.executions.clear()


@contextmanager
def testbed(scenario: Scenario, **options: Any) -> Iterator[Testbed]:
    """A cloud at the scenario's start, for the time of a block."""
    follower = Follower()
    chosen = Options(
        delays=Delays(quota=1.0, namespace=1.0),
        on_history=follower,
        parameters=scenario.parameters,
    )
    with running(replace(chosen, **options)) as cloud:
        bed = Testbed(cloud, follower)
        bed.prepare(scenario)
        yield bed
