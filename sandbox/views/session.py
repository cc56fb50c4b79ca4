"""One run of the sandbox for a person at a terminal."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from sandbox.aws import inventory
from sandbox.cloud import ROOT, Cloud, Options, running
from sandbox.runtime.clock import Clock
from sandbox.scenery.step_failures import failing
from sandbox.views import approver as approving
from sandbox.views import command, sam_template
from sandbox.views.calls import States, show_calls

PARAMETERS = {"Probe": "true"}
"""What the stack is deployed with, beside what the sandbox must give it."""

OnHistory = Callable[[str, dict[str, Any]], None]
"""Told of every history event of every execution."""


@dataclass(frozen=True)
class Session:
    """What the commands do, on one console."""

    console: Console

    def run(self, words: Sequence[str], beside: dict[str, Any] | None = None, approval: bool = False) -> int:
        """Runs a command with a fresh sandbox at hand; its exit status.

        The team `beside` is onboarded before, and not shown. With `approval` a team that is new waits for the yes of
        another account, which comes after a while. Raises RuntimeError where the team beside fails.
        """
        approver = approving.Approver(self._aside) if approval else None
        with self._running(approver, PARAMETERS | (approving.PARAMETERS if approval else {})) as (cloud, folder):
            if approver:
                approver.cloud = cloud
            if beside is not None:
                self._neighbour(cloud, beside)
            return command.run(cloud, folder, words, self.console)

    def onboard(
        self,
        events: Sequence[tuple[Path, Sequence[str]]],
        *,
        plan_only: bool,
        fail: str | None,
        count: bool = False,
        beside: dict[str, Any] | None = None,
    ) -> bool:
        """Runs `hyperpod-teams` with the words beside each file of an event in turn; whether all went as asked.

        The team `beside` is onboarded before, and not shown. Raises RuntimeError where that fails.
        """
        states, started = States(), time.monotonic()
        with self._running(states) as (cloud, folder):
            self._say(f"Deployed {len(cloud.stack.resources)} resources in {time.monotonic() - started:.1f} s.")
            if beside is not None:
                self._neighbour(cloud, beside)
            results = []
            for path, words in events:
                seen, entered = len(cloud.calls.entries()), states.entered
                results.append(self._one(cloud, folder, [command.TEAMS, *words, str(path)], fail))
                if count:
                    show_calls(self.console, cloud.calls.entries()[seen:], states.entered - entered)
        if all(results):
            again = ".venv/bin/sandbox onboard events/team-created.json"
            self._say("\nTry next:")
            self._say(f"  {again if plan_only else f'{again} --plan'}")
            self._say(f"  {again} --fail pod_identity")
        return all(results)

    def up(self, address: str, speed: float) -> None:
        """Keeps a sandbox until a signal ends the process; `speed` is how many of its seconds pass in a real one."""
        with ExitStack() as exits:
            options = Options(make_clock=partial(Clock, speed), address=address, parameters=PARAMETERS)
            cloud = exits.enter_context(running(options))
            folder = exits.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-"))
            for name, value in command.environment(cloud, Path(folder)).items():
                self._say(f"export {name}={value}")
            template = sam_template.write(ROOT, cloud.stack, cloud.endpoints)
            if template:
                exits.callback(template.unlink, missing_ok=True)
                self._say(f"# sam local invoke: --template {template.relative_to(ROOT)}")
            self._say(f"# The event bus is {cloud.stack.outputs['TeamsBusName']}. Ctrl-C ends the sandbox.")
            while True:
                time.sleep(3600)

    @contextmanager
    def _running(
        self, told: OnHistory | None = None, parameters: Mapping[str, str] = PARAMETERS
    ) -> Iterator[tuple[Cloud, Path]]:
        self._aside("Deploying template.yaml and accounts/*.yaml into the sandbox ...")
        with (
            running(Options(on_history=told or States(), parameters=parameters)) as cloud,
            tempfile.TemporaryDirectory(prefix="sandbox-") as folder,
        ):
            yield cloud, Path(folder)

    def _neighbour(self, cloud: Cloud, detail: dict[str, Any]) -> None:
        execution = cloud.onboard(detail)
        if execution.status != "SUCCEEDED":
            raise RuntimeError(f"the team {detail.get('team')} could not be onboarded: {execution.cause}")
        self._aside(f"Team {detail['team']} is there already.")

    def _one(self, cloud: Cloud, folder: Path, words: Sequence[str], fail: str | None) -> bool:
        before = cloud.snapshot()
        if fail:
            cloud.faults.add(failing(fail))
            self._say(f"From now on the function of {fail} is refused the last change that it wants to make.")
        self._say(f"$ {escape(' '.join(words))}")
        well = command.run(cloud, folder, words, self.console) == 0
        if fail and not cloud.faults.struck():
            self._say(f"\nThe step {fail} had nothing of the kind to do for this team, so nothing was refused.")
        cloud.faults.clear()
        cloud.settle()
        if not well:
            self._compare(inventory.difference(before, cloud.snapshot()))
        return well

    def _compare(self, differences: list[str]) -> None:
        if differences:
            self._say("[bold red]The world is not as before:[/]")
            for line in differences:
                self._say(f"  {escape(line)}")
        else:
            self._say("[bold]Nothing is left:[/] all accounts and the cluster are byte for byte as before.")

    def _aside(self, text: str) -> None:
        # On standard error: what is run with the sandbox may write for programs.
        Console(stderr=True, soft_wrap=True).print(escape(text), highlight=False)

    def _say(self, text: str) -> None:
        self.console.print(text, highlight=False)
