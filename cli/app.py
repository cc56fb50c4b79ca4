"""The console script `hyperpod-teams`: teams of a shared SageMaker HyperPod cluster, for those who run it.

Finds the stack by --stack, HYPERPOD_TEAMS_STACK or ~/.config/hyperpod-teams.toml, with the AWS credentials and the
Region at hand.
"""

from importlib.metadata import version
from typing import Annotated

import typer

from cli.commands.apply import apply
from cli.commands.approve import approve, deny
from cli.commands.doctor import doctor
from cli.commands.ending import extend, resume, suspend
from cli.commands.list import list_teams, show
from cli.commands.manifest import manifest
from cli.commands.plan import plan
from cli.commands.remove import remove
from cli.commands.replay import replay, watch
from cli.commands.sweep import sweep
from cli.commands.undelivered import undelivered
from cli.commands.welcome import welcome
from cli.endings import Commands

app = typer.Typer(
    cls=Commands, no_args_is_help=True, help=__doc__, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hyperpod-teams {version('hyperpod-team-onboarding')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version.")]


@app.callback(help=__doc__)
def _every(_: Version = False) -> None: ...


for command in (
    plan,
    apply,
    approve,
    deny,
    manifest,
    show,
    welcome,
    extend,
    suspend,
    resume,
    remove,
    watch,
    replay,
    doctor,
    sweep,
    undelivered,
):
    app.command()(command)
app.command("list")(list_teams)


if __name__ == "__main__":
    app()
