"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from cli.stack import DEFAULT, VARIABLE, config_file

StackName = Annotated[
    str | None,
    typer.Option(
        "--stack",
        envvar=VARIABLE,
        help=f"Name of the stack; else what {config_file().name} in the config folder says, else {DEFAULT}.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON value instead of text.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Team = Annotated[str, typer.Argument(help="Name of the team.")]
Files = Annotated[list[Path], typer.Argument(help="Files of teams, YAML or JSON, or folders of such files.")]
