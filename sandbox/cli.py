"""The console script `sandbox`: the whole stack on this machine, with no AWS account and no Docker."""

import ipaddress
import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from sandbox.runtime.http import LOOPBACK
from sandbox.scenery.step_failures import LAST_CHANGE

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, rich_markup_mode=None)

_PIPE_WIDTH = 160

SAMPLE = Path(__file__).parents[1] / "events" / "team-created.json"

Events = Annotated[list[Path], typer.Argument(help="Files with an event, or with the bare detail of one.")]
Beside = Annotated[
    Path | None, typer.Option(help="Onboard the team of this event first, unshown: a neighbour.", show_default=False)
]
Speed = Annotated[float, typer.Option(help="Sandbox seconds that pass in a real one.", min=1, max=10_000)]


@app.callback()
def checkout() -> None:
    """The sandbox deploys what is in a checkout, and an installed copy has none."""
    if not (SAMPLE.parents[1] / "template.yaml").is_file():
        _refuse("The sandbox runs from a checkout of this repository alone: clone it, and start with `make demo`.")


@app.command()
def onboard(
    events: Events,
    fail: Annotated[str | None, typer.Option(help=f"Let this step fail: {', '.join(LAST_CHANGE)}.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Stop after the plan and print it.")] = False,
    calls: Annotated[bool, typer.Option("--calls", help="Count the calls that were made, and the states.")] = False,
    beside: Beside = None,
) -> None:
    """Onboard teams in a fresh sandbox by `hyperpod-teams apply`, and leave nothing behind.

    A whole event of another kind comes in by the door that it names, by `hyperpod-teams replay`.

    Exit status: 0 when every team is onboarded (or every plan is clean), 1 when not, 2 when an event cannot be read.
    """
    if fail is not None and fail not in LAST_CHANGE:
        _refuse(f"--fail {fail}: there is no such step. Name one of {', '.join(LAST_CHANGE)}.")
    asked = [(path, _words(path, plan)) for path in events]
    neighbour = _detail(beside) if beside else None
    # Imported late: what is wrong with the command line is said at once, not after moto has been loaded.
    from sandbox.views.session import Session

    with _ending_on_signals():
        ok = Session(_console()).onboard(asked, plan_only=plan, fail=fail, count=calls, beside=neighbour)
    raise typer.Exit(0 if ok else 1)


@app.command()
def doctor(
    event: Annotated[Path, typer.Argument(help="A file with the event of the team to look for.")] = SAMPLE,
) -> None:
    """List every prerequisite of onboarding a team in a fresh sandbox, by `hyperpod-teams doctor`.

    Exit status: 0 when nothing is missing, 1 when something is, 2 when the event cannot be read.
    """
    _read(event)
    raise typer.Exit(_run(["hyperpod-teams", "doctor", str(event)]))


@app.command(context_settings={"ignore_unknown_options": True})
def run(
    words: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="A command and its arguments, behind --.")],
    beside: Beside = None,
    approval: Annotated[
        bool, typer.Option("--approval", help="A new team waits until another account approves it, after a while.")
    ] = False,
) -> None:
    """Run a command with a fresh sandbox at hand: AWS, Kubernetes and the stack are found by its environment.

    Exit status: that of the command; 2 where there is no such command.
    """
    raise typer.Exit(_run(words, _detail(beside) if beside else None, approval))


@app.command()
def onboard_many(
    manifest: Annotated[Path, typer.Argument(help="A manifest: JSON Lines (.jsonl) or CSV (.csv), one team a line.")],
) -> None:
    """Onboard the teams of a manifest in a fresh sandbox, with a bar and an estimate of the time left.

    Exit status: 0 when every line is onboarded, 1 when not, 2 when the manifest cannot be read.
    """
    if manifest.suffix not in (".jsonl", ".csv"):
        _refuse(f"{manifest}: neither .jsonl nor .csv. Name a manifest, one team a line.")
    if not manifest.is_file():
        _refuse(f"{manifest}: no such file. Name a manifest, one team a line.")
    from sandbox.views.onboard_many import onboard_many as run

    with _ending_on_signals():
        ok = run(_console(), manifest)
    raise typer.Exit(0 if ok else 1)


@app.command()
def up(
    speed: Speed = 60,
    address: Annotated[str, typer.Option(help="Address of this machine to listen on.")] = LOOPBACK,
) -> None:
    """Leave a sandbox running and print the environment variables that lead the AWS CLI, boto3 and kubectl to it.

    Containers, as of `sam local invoke`, reach it at the address of Docker's bridge (often 172.17.0.1): give it as
    --address.

    Ends, and leaves nothing behind, on Ctrl-C.
    """
    try:
        ipaddress.ip_address(address)
        socket.create_server((address, 0)).close()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no IP address"
        _refuse(f"--address {address}: {reason}. Name an address of this machine, as `ip address` lists them.")
    from sandbox.views.session import Session

    with _ending_on_signals():
        Session(_console()).up(address, speed)


def _run(words: list[str], beside: dict[str, Any] | None = None, approval: bool = False) -> int:
    from sandbox.views import command
    from sandbox.views.session import Session

    if command.found(words[0]) is None:
        _refuse(f"{words[0]}: there is no such command. Name a program behind --, as it would be typed without.")
    with _ending_on_signals():
        return Session(_console()).run(words, beside, approval)


def _words(path: Path, plan: bool) -> list[str]:
    """What `hyperpod-teams` is to do with the file."""
    event = _read(path)
    if event.get("detail-type", "Team Created") not in ("Team Created", "Team Updated"):
        return ["replay"]
    return ["apply", "--plan"] if plan else ["apply"]


def _console() -> Console:
    console = Console(soft_wrap=True)
    # Rich takes 80 columns where there is no terminal; what reads a pipe has no such limit.
    return console if console.is_terminal else Console(soft_wrap=True, width=_PIPE_WIDTH)


def _read(path: Path) -> dict[str, Any]:
    try:
        event = json.loads(path.read_text())
    except OSError as error:
        _refuse(f"{path}: {error.strerror}. Name a file with an event, such as events/team-created.json.")
    except ValueError as error:
        _refuse(f"{path}: not JSON ({error}). Correct the file.")
    if not isinstance(event, dict) or not isinstance(event.get("detail", event), dict):
        _refuse(f"{path}: holds no event. Name a file with an event, such as events/team-created.json.")
    return event


def _detail(path: Path) -> dict[str, Any]:
    event = _read(path)
    detail: dict[str, Any] = event.get("detail", event)
    return detail


def _refuse(sentence: str) -> NoReturn:
    Console(stderr=True).print(escape(sentence), style="red", highlight=False, soft_wrap=True)
    raise typer.Exit(2)


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Being asked to end is an ordinary way out: all that was started is ended first."""

    def end(number: int, _: object) -> NoReturn:
        # A second signal must not break off the clean-up.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


if __name__ == "__main__":
    app()
