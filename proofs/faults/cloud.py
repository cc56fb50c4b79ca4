"""One warm cloud for many runs, followed from inside: no polling, nothing that a run does not do by itself."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from proofs.faults.scenarios import Message, Scenario
from sandbox.aws.awslambda.functions import Lambdas
from sandbox.aws.inventory import World
from sandbox.aws.moto.installation import Delays
from sandbox.cloud import Cloud, Options, running
from sandbox.runtime.call_log import Call, Entry
from sandbox.runtime.clock import Clock
from sandbox.scenery import accounts

SPEED: Final = 1500.0
DEADLINE_SPEED: Final = 60.0
_LONGEST_RUN: Final = 60.0
"""Real seconds; every run is bounded by the state machines' own limits, which end far below."""
_FUNCTION_TIMEOUT: Final = 60.0
_SETTLING: Final = 15.0
_ENDINGS: Final = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


@dataclass
class PatientClock(Clock):
    """A fast clock on which code still takes no time.

    Whoever waits longer than a function may run finds the functions ended that ran when the wait began, and whoever
    lets a quota settle finds task governance done, however slow the machine.
    """

    lambdas: Lambdas | None = None

    def sleep(self, seconds: float) -> None:
        """Waits that many sandbox seconds, or until `stop`."""
        at_work = self.lambdas.at_work() if self.lambdas and seconds >= _FUNCTION_TIMEOUT else []
        super().sleep(seconds)
        for invocation in at_work:
            invocation.done.wait(_LONGEST_RUN)
        if seconds >= _SETTLING:
            for thread in threading.enumerate():
                if thread.name == "task-governance":
                    thread.join(_LONGEST_RUN)


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
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, arn: str, event: Mapping[str, Any]) -> None:
        """Takes note of beginnings and ends."""
        kind = event["type"]
        with self.changed:
            if kind == "ExecutionStarted":
                self.executions[arn] = _Followed(str(event["executionStartedEventDetails"]["input"]))
            elif kind in _ENDINGS and arn in self.executions:
                # One that is not there outlasted a run that was given up.
                self.executions[arn].status = _ENDINGS[kind]
            else:
                return
            self.changed.notify_all()

    def settled(self) -> bool:
        """Whether all is over: the event's execution, its recovery where it did not succeed, and all they started."""
        onboardings = {arn: one for arn, one in self.executions.items() if _machine(arn).endswith("onboard-team")}
        if not onboardings or any(one.status is None for one in self.executions.values()):
            return False
        recovered = [one.execution_input for one in self.executions.values() if '"aws.states"' in one.execution_input]
        return all(
            one.status == "SUCCEEDED" or any(f'"{arn}"' in text for text in recovered)
            for arn, one in onboardings.items()
        )


def _machine(arn: str) -> str:
    return arn.split(":")[6]


class Theatre:
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
        with self._follower.changed:
            in_time = self._follower.changed.wait_for(self._follower.settled, _LONGEST_RUN)
        executions = [self._backend.describe_execution(arn) for arn in list(self._follower.executions)]
        pause = threading.Event()
        for _ in range(200):
            # The last history event comes a moment before the status.
            if not (any(one.status == "RUNNING" for one in executions) or self.cloud.lambdas.at_work()):
                break
            pause.wait(0.005)
        else:
            in_time = False
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

    def abort(self, _: Call | None = None) -> None:
        """Stops the execution that the event started, and those that it waits for, as Step Functions does."""
        with self._follower.changed:
            arns = [arn for arn, one in self._follower.executions.items() if one.status is None]
        for arn in arns:
            execution: Any = self._backend.describe_execution(arn)
            execution.stop(stop_date=None, error="Stopped", cause="by an operator")

    def _forget(self) -> None:
        """Drops what earlier runs have left in memory."""
        with self._follower.changed:
            self._follower.executions.clear()
        self.cloud.calls.clear()
        for machine in self._backend.state_machines:
            machine.executions.clear()


@contextmanager
def theatre(scenario: Scenario, **options: Any) -> Iterator[Theatre]:
    """A cloud at the scenario's start, for the time of a block."""
    follower = Follower()
    chosen = Options(
        speed=SPEED,
        deadline_speed=DEADLINE_SPEED,
        make_clock=PatientClock,
        delays=Delays(quota=1.0, namespace=1.0),
        on_history=follower,
        parameters=scenario.parameters,
    )
    with running(replace(chosen, **options)) as cloud:
        clock = cloud.clock
        if isinstance(clock, PatientClock):
            clock.lambdas = cloud.lambdas
        stage = Theatre(cloud, follower)
        stage.prepare(scenario)
        yield stage
