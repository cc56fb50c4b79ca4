"""The whole cloud of the sandbox, from nothing to a deployed stack, and back to nothing."""

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.events.models import events_backends

from sandbox.aws import clients, inventory, services
from sandbox.aws.awslambda import invocation
from sandbox.aws.awslambda.functions import Lambdas
from sandbox.aws.cloudformation import resource_types
from sandbox.aws.cloudformation.custom_resources import Answers, DeclaredStack
from sandbox.aws.cloudtrail.trails import is_told
from sandbox.aws.eks.pod_identity_agent import PodIdentityAgent
from sandbox.aws.eks.tokens import authenticate
from sandbox.aws.eventbridge import rules
from sandbox.aws.gateway.middleware import Gateway
from sandbox.aws.gateway.operators import credentials_for, operator, why_not
from sandbox.aws.moto import server
from sandbox.aws.moto.installation import Delays
from sandbox.aws.stepfunctions import interpreter
from sandbox.cluster import server as kubernetes_server
from sandbox.cluster.kueue import Kueue
from sandbox.cluster.nodes.kubelet import Kubelet
from sandbox.cluster.observer import KubernetesObserver
from sandbox.cluster.task_governance import TaskGovernance
from sandbox.runtime.call_log import CallLog
from sandbox.runtime.clock import Clock
from sandbox.runtime.faults import Faults
from sandbox.runtime.http import LOOPBACK
from sandbox.runtime.processes import Processes
from sandbox.runtime.virtual_clock import VirtualClock
from sandbox.scenery import accounts, landscape, organization, stacks

ROOT = Path(__file__).parents[1]
SOURCE = "hyperpod.teams"
_LOOK_SECONDS = 1.0
"""Sandbox seconds between two looks at whether something has happened."""


@dataclass(frozen=True)
class Options:
    """How one sandbox differs from another."""

    make_clock: Callable[[], Clock] = VirtualClock
    """Time passes while whoever made the sandbox waits for it, by `Cloud.wait` or `Cloud.clock.sleep` for instance; or
    all the time, where the clock is a scaled one."""
    delays: Delays = field(default_factory=Delays)
    enforce: bool = True
    """Whether a call that the caller's policies do not allow is refused."""
    on_log: Callable[[str, str], None] = lambda function, line: None
    """Told of every line that a function writes."""
    on_history: Callable[[str, dict[str, Any]], None] = lambda execution, event: None
    """Told of every history event of every execution."""
    address: str = LOOPBACK
    """Address of this machine on which AWS and Kubernetes listen."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the stack, beside those that the sandbox must give."""
    scientists: int = 0
    """How many DataScientistRoles there are beside the samples': `DataScientistRole-1` and so on."""
    keep_calls: bool = True
    """Whether the log keeps every call; otherwise its listeners alone are told, for runs of many hundred teams."""
    concurrency: int | None = None
    """How many Lambda invocations may run at once; more are refused with TooManyRequestsException."""


@dataclass(frozen=True)
class Execution:
    """An execution that has ended."""

    arn: str
    status: str
    output: Any
    error: str | None
    cause: str | None


class Cloud:
    """A running sandbox. Its accounts are in `sandbox.scenery.accounts`; `running` makes one and takes it away."""

    def __init__(self, options: Options, exits: ExitStack) -> None:
        self.clock = options.make_clock()
        self.clock.adopt("whoever drives the sandbox")
        self.calls = CallLog(options.keep_calls)
        self.faults = Faults(
            kill=lambda instance: self.lambdas.kill(instance),
            expire=lambda instance: self.lambdas.expire(instance),
        )
        self._clients: dict[tuple[str, str], Any] = {}
        exits.callback(_empty)
        self.answers = Answers(self.clock, accounts.REGION)
        running = server.start(
            lambda app: Gateway(app, self.calls, self.faults, options.enforce, self.answers), options.address
        )
        exits.callback(running.stop)
        self.url = running.url
        # Taken back late: executions that end while all else is taken down tell of their end.
        exits.callback(rules.install(self.clock, credentials_for, why_not, self.url))
        self.kubernetes = kubernetes_server.start(
            lambda token: authenticate(token, accounts.EKS_CLUSTER),
            KubernetesObserver(self.calls, self.faults, accounts.CLUSTER_ACCOUNT, accounts.REGION),
            clock=self.clock,
            address=options.address,
        )
        exits.callback(self.kubernetes.stop)
        processes = Processes()
        exits.callback(processes.stop)
        agent = PodIdentityAgent(
            accounts.CLUSTER_ACCOUNT, accounts.REGION, accounts.EKS_CLUSTER, credentials_for, why_not
        )
        exits.callback(agent.stop)
        kueue = Kueue(self.kubernetes)
        self.nodes = Kubelet(self.kubernetes, self.clock, self.url, processes, agent, changed=kueue.count)
        exits.callback(self.nodes.stop)
        services.install(
            self.clock,
            options.delays,
            TaskGovernance(self.kubernetes, kueue),
            why_not=lambda role, action, resource: why_not(role, action, resource, accounts.REGION),
        )
        exits.callback(services.uninstall)
        exits.callback(resource_types.install())
        exits.callback(interpreter.install(self.clock, credentials_for, why_not, self.url, options.on_history))
        self.lambdas = Lambdas(
            self.url,
            credentials_for,
            processes,
            on_log=options.on_log,
            environment=self.endpoints,
            concurrency=options.concurrency,
            clock=self.clock,
        )
        exits.callback(self.lambdas.stop)
        exits.callback(invocation.install(self.lambdas, self.clock))
        # Last in and so first out: nothing waits any more, nothing new starts, nothing goes on.
        exits.callback(self._stop_executions)
        exits.callback(self.faults.stop)
        exits.callback(self.clock.stop)
        names = landscape.scientists(options.scientists)
        cluster_arn = landscape.prepare(self.client, self.kubernetes, names)
        organization.prepare()
        self.stack = stacks.deploy_all(ROOT, cluster_arn, names, options.parameters, self.url, self.lambdas)
        # For the link that is there from the start.
        self.clock.sleep(options.delays.link)

    @property
    def endpoints(self) -> dict[str, str]:
        """The variables that lead an AWS SDK here.

        botocore puts the account before the host of S3 Control, a name that nothing resolves; before an `@` it is taken
        for a user name.
        """
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_S3_CONTROL": self.url.replace("://", "://s3-control@"),
        }

    def client(self, service: str, account: str = accounts.CLUSTER_ACCOUNT) -> Any:
        """A boto3 client of the sandbox's own operator in the account."""
        if (service, account) not in self._clients:
            url = self.endpoints["AWS_ENDPOINT_URL_S3_CONTROL"] if service == "s3control" else self.url
            keys = operator(account)
            self._clients[service, account] = clients.client(
                service, region_name=accounts.REGION, endpoint_url=url, **keys
            )
        return self._clients[service, account]

    def send(self, detail: Mapping[str, Any], detail_type: str = "Team Created") -> None:
        """Puts an event on the stack's bus."""
        entry = {
            "EventBusName": self.stack.outputs["TeamsBusName"],
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = self.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus did not take the event: {answer['Entries']}")

    def happen(self, event: Mapping[str, Any]) -> None:
        """Lets an event of AWS happen: it appears on the default bus of its account and Region.

        One that CloudTrail would tell of needs a trail that logs there.
        """
        if not is_told(event["account"], event["region"], event["detail-type"]):
            return
        entry = {
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Resources": event.get("resources", []),
            "Detail": json.dumps(event["detail"]),
        }
        events_backends[event["account"]][event["region"]].put_events([entry])

    def onboard(self, detail: Mapping[str, Any]) -> Execution:
        """Sends a Team Created event and waits for the end of the execution that it starts."""
        before = set(self.executions())
        self.send(detail)
        while not (new := [arn for arn in self.executions() if arn not in before]):
            self.clock.sleep(_LOOK_SECONDS)
        return self.wait(new[-1])

    def declared_stack(self, name: str) -> DeclaredStack:
        """A stack of custom resources in the cluster's account, not created yet."""

        def invoke(arn: str, payload: bytes) -> None:
            self.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=payload)

        return DeclaredStack(name, accounts.CLUSTER_ACCOUNT, accounts.REGION, self.answers, self.clock, invoke)

    def executions(self, machine: str = "OnboardTeamArn") -> list[str]:
        """ARNs of a machine's executions, newest first."""
        found = self.client("stepfunctions").list_executions(stateMachineArn=self.stack.outputs[machine])
        return [execution["executionArn"] for execution in found["executions"]]

    def wait(self, arn: str) -> Execution:
        """Waits for the end of an execution; its own time-out bounds the wait."""
        interpreter.ending(arn).wait()
        found = self.client("stepfunctions").describe_execution(executionArn=arn)
        output = json.loads(found["output"]) if found.get("output") else None
        return Execution(arn, found["status"], output, found.get("error"), found.get("cause"))

    def settle(self) -> None:
        """Waits until no execution runs, and none has been started since, by a rule for instance.

        One that waits for approval runs.
        """
        self.clock.sleep(0)
        while self._running():
            self.clock.sleep(_LOOK_SECONDS)

    def _running(self) -> list[str]:
        client = self.client("stepfunctions")
        found = []
        # The last is there where the stack tells people.
        for machine in (
            "OnboardManyArn",
            "SweepArn",
            "DeclareTeamArn",
            "OnboardTeamArn",
            "UnwindTeamArn",
            "DecideArn",
            "NoticeArn",
        ):
            if machine not in self.stack.outputs:
                continue
            listed = client.list_executions(stateMachineArn=self.stack.outputs[machine], statusFilter="RUNNING")
            found += [execution["executionArn"] for execution in listed["executions"]]
        return found

    def _stop_executions(self) -> None:
        if not hasattr(self, "stack"):
            # Its deployment failed; nothing has run.
            return
        for arn in self._running():
            self.client("stepfunctions").stop_execution(executionArn=arn)

    def registry(self) -> dict[str, dict[str, Any]]:
        """The registry's items by id, as DynamoDB holds them."""
        items = self.client("dynamodb").scan(TableName=self.stack.outputs["RegistryTable"])["Items"]
        return {item["id"]["S"]: item for item in items}

    def snapshot(self) -> inventory.World:
        """The whole world: all accounts, the cluster, the registry."""
        return inventory.snapshot(
            (*accounts.ACCOUNTS.values(), accounts.MANAGEMENT_ACCOUNT),
            accounts.REGION,
            kubernetes=self.kubernetes.snapshot(),
            tables=[self.stack.outputs["RegistryTable"]],
        )


def _empty() -> None:
    BackendDict.reset()
    reset_model_data()


@cache
def _keep_what_is_loaded() -> None:
    """Once a process: what is loaded by now stays, and is not looked through for garbage."""
    gc.collect()
    gc.freeze()


@contextmanager
def running(options: Options | None = None) -> Iterator[Cloud]:
    """A cloud for the time of a block. Afterwards no process, port or file of it is left."""
    _keep_what_is_loaded()
    with ExitStack() as exits:
        yield Cloud(options or Options(), exits)
