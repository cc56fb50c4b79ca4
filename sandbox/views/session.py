"""One run of the sandbox for a person at a terminal."""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from sandbox.aws import inventory
from sandbox.aws.gateway.operators import operator
from sandbox.cloud import ROOT, Cloud, Execution, Options, running
from sandbox.cluster import kubeconfig
from sandbox.runtime.clock import Clock
from sandbox.scenery import accounts
from sandbox.scenery.step_failures import failing
from sandbox.views import sam_template
from sandbox.views.doctor import Examination, examine
from sandbox.views.plan import show_plan
from sandbox.views.progress import Progress
from sandbox.views.report import show_access, show_calls, show_proof, show_warnings, show_world

PARAMETERS = {"Probe": "true"}
"""What the stack is deployed with, beside what the sandbox must give it."""


def examined_in_aws(machine: str, detail: dict[str, Any]) -> Examination:
    """What a dry run for the team finds in the account of the machine, by the credentials at hand."""
    session: Any = boto3.session.Session(region_name=machine.split(":")[3])
    return examine(session.client("stepfunctions"), machine, detail, partial(time.sleep, 2.0))


@dataclass(frozen=True)
class Session:
    """What the commands do, on one console."""

    console: Console

    def onboard(
        self,
        details: list[dict[str, Any]],
        *,
        plan_only: bool,
        fail: str | None,
        count: bool = False,
        beside: dict[str, Any] | None = None,
    ) -> bool:
        """Sends each team's event in turn and shows what comes of it; whether all went as asked.

        The team `beside` is onboarded before, and not shown. Raises RuntimeError where that fails.
        """
        progress = Progress(self.console)
        started = time.monotonic()
        self._say("Deploying template.yaml and accounts/*.yaml into the sandbox ...")
        with running(Options(on_history=progress, parameters=PARAMETERS)) as cloud:
            self._say(f"Deployed {len(cloud.stack.resources)} resources in {time.monotonic() - started:.1f} s.")
            if beside is not None:
                self._neighbour(cloud, beside)
            results = []
            for detail in details:
                seen, entered = len(cloud.calls.entries()), progress.entered
                results.append(self._one(cloud, progress, detail, plan_only, fail))
                if count:
                    show_calls(self.console, cloud.calls.entries()[seen:], progress.entered - entered)
        if all(results):
            command = ".venv/bin/sandbox onboard events/team-created.json"
            self._say("\nTry next:")
            self._say(f"  {command if plan_only else f'{command} --plan'}")
            self._say(f"  {command} --fail pod_identity")
        return all(results)

    def examined(self, detail: dict[str, Any]) -> Examination:
        """What a dry run for the team finds in a fresh sandbox."""
        self._say("Deploying template.yaml and accounts/*.yaml into the sandbox ...")
        with running() as cloud:
            machine, pause = cloud.stack.outputs["OnboardTeamArn"], partial(cloud.clock.sleep, 1)
            found = examine(cloud.client("stepfunctions"), machine, detail, pause)
            # What recovery makes of a dry run that failed: nothing, some time later.
            cloud.settle()
            return found

    def _neighbour(self, cloud: Cloud, detail: dict[str, Any]) -> None:
        execution = cloud.onboard(detail)
        if execution.status != "SUCCEEDED":
            raise RuntimeError(f"the team {detail.get('team')} could not be onboarded: {execution.cause}")
        self._say(f"Team {escape(detail['team'])} is there already.")

    def up(self, address: str, speed: float) -> None:
        """Keeps a sandbox until a signal ends the process; `speed` is how many of its seconds pass in a real one."""
        with ExitStack() as exits:
            options = Options(make_clock=partial(Clock, speed), address=address, parameters=PARAMETERS)
            cloud = exits.enter_context(running(options))
            folder = exits.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-"))
            kubeconfig_file = Path(folder) / "kubeconfig"
            kubeconfig.write(kubeconfig_file, cloud.kubernetes, accounts.EKS_CLUSTER)
            for name, value in self._environment(cloud, kubeconfig_file).items():
                self._say(f"export {name}={value}")
            template = sam_template.write(ROOT, cloud.stack, cloud.endpoints)
            if template:
                exits.callback(template.unlink, missing_ok=True)
                self._say(f"# sam local invoke: --template {template.relative_to(ROOT)}")
            self._say(f"# The event bus is {cloud.stack.outputs['TeamsBusName']}. Ctrl-C ends the sandbox.")
            while True:
                time.sleep(3600)

    def _environment(self, cloud: Cloud, kubeconfig_file: Path) -> dict[str, str]:
        keys = operator(accounts.CLUSTER_ACCOUNT)
        return {
            **cloud.endpoints,
            "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
            "AWS_REGION": accounts.REGION,
            "AWS_DEFAULT_REGION": accounts.REGION,
            "AWS_MAX_ATTEMPTS": "1",
            "KUBECONFIG": str(kubeconfig_file),
        }

    def _one(self, cloud: Cloud, progress: Progress, detail: dict[str, Any], plan_only: bool, fail: str | None) -> bool:
        self.console.print(Rule(f"{escape(str(detail.get('team')))}", align="left"))
        before = cloud.snapshot()
        if fail:
            cloud.faults.add(failing(fail))
            self._say(f"From now on the function of {fail} is refused the last change that it wants to make.")
        started = time.monotonic()
        with progress:
            execution = cloud.onboard({**detail, "dryRun": True} if plan_only else detail)
        took = time.monotonic() - started
        if fail and not cloud.faults.struck():
            self._say(f"\nThe step {fail} had nothing of the kind to do for this team, so nothing was refused.")
        cloud.faults.clear()
        cloud.settle()
        if execution.status != "SUCCEEDED":
            return self._failed(execution, inventory.difference(before, cloud.snapshot()), took)
        if plan_only:
            self._say("")
            return show_plan(self.console, execution.output["plan"])
        self._say(f"\n[bold green]Team {escape(detail['team'])} is onboarded[/] in {took:.1f} s.\n")
        show_world(self.console, execution.output["plan"])
        self._say("")
        show_access(self.console, execution.output["plan"])
        show_warnings(self.console, execution.output["plan"])
        self._say("")
        show_proof(self.console, execution.output["probe"])
        return True

    def _failed(self, execution: Execution, differences: list[str], took: float) -> bool:
        self._say(f"\n[bold red]{execution.status}[/] after {took:.1f} s: {escape(execution.error or '')}")
        self._say(escape(execution.cause or ""))
        if differences:
            self._say("[bold red]The world is not as before:[/]")
            for line in differences:
                self._say(f"  {escape(line)}")
        else:
            self._say("[bold]Nothing is left:[/] all accounts and the cluster are byte for byte as before.")
        return False

    def _say(self, text: str) -> None:
        self.console.print(text, highlight=False)
