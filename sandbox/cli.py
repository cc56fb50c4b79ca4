"""The console script `sandbox`: the whole stack on this machine, with no AWS account and no Docker."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from sandbox.scenery.accounts import LOOPBACK
from sandbox.scenery.step_failures import LAST_CHANGE

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, rich_markup_mode=None)

_PIPE_WIDTH = 160

SAMPLE = Path(__file__).parents[1] / "events" / "team-created.json"

Events = Annotated[list[Path], typer.Argument(help="Files with an event, or with the bare detail of one.")]
Speed = Annotated[float, typer.Option(help="Sandbox seconds that pass in a real one.", min=1, max=10_000)]


@app.command()
def onboard(
    events: Events,
    fail: Annotated[str | None, typer.Option(help=f"Let this step fail: {', '.join(LAST_CHANGE)}.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Stop after the plan and print it.")] = False,
    calls: Annotated[bool, typer.Option("--calls", help="Count the calls that were made, and the states.")] = False,
    beside: Annotated[
        Path | None,
        typer.Option(help="Onboard the team of this event first, unshown: a neighbour."),
    ] = None,
) -> None:
    """Onboard teams in a fresh sandbox, show what happens, and leave nothing behind.

    Exit status: 0 when every team is onboarded (or every plan is clean), 1 when not, 2 when an event cannot be read.
    """
    if fail is not None and fail not in LAST_CHANGE:
        _refuse(f"--fail {fail}: there is no such step. Name one of {', '.join(LAST_CHANGE)}.")
    details, neighbour = [_read(path) for path in events], _read(beside) if beside else None
    # Imported late: what is wrong with the command line is said at once, not after moto has been loaded.
    from sandbox.views.session import Session

    with _ending_on_signals():
        ok = Session(_console()).onboard(details, plan_only=plan, fail=fail, count=calls, beside=neighbour)
    raise typer.Exit(0 if ok else 1)


@app.command()
def doctor(
    event: Annotated[Path, typer.Argument(help="A file with the event of the team to look for.")] = SAMPLE,
    machine: Annotated[
        str | None,
        typer.Option(help="ARN of a deployed onboard-team machine, reached with the AWS credentials at hand."),
    ] = None,
) -> None:
    """List every prerequisite of onboarding a team with its state, and the commands that mend what is not met.

    It is a dry run of the state machine, in a fresh sandbox or, with --machine, in a real account.

    Exit status: 0 when nothing is missing, 1 when something is, 2 when the event cannot be read.
    """
    detail = _read(event)
    from sandbox.views.doctor import show_examination
    from sandbox.views.session import Session, examined_in_aws

    console = _console()
    with _ending_on_signals():
        found = examined_in_aws(machine, detail) if machine else Session(console).examined(detail)
    show_examination(console, found)
    raise typer.Exit(0 if found.well else 1)


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
    from sandbox.views.session import Session

    with _ending_on_signals():
        Session(_console()).up(address, speed)


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
    detail = event.get("detail", event) if isinstance(event, dict) else None
    if not isinstance(detail, dict):
        _refuse(f"{path}: holds no event. Name a file with an event, such as events/team-created.json.")
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
