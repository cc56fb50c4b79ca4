"""Where commands write: text for people or one JSON value on standard output, sentences on standard error."""

import json
import sys
from datetime import datetime
from typing import Any, Final, NoReturn

from rich.console import Console

_PIPE_WIDTH: Final = 160


class Screen(Console):
    """Standard output; NO_COLOR, FORCE_COLOR and what a pipe is are Rich's to know."""

    def on_broken_pipe(self) -> NoReturn:
        """Whoever reads has gone: how that ends is for `cli.endings`, not for Rich to say."""
        raise BrokenPipeError


def output() -> Console:
    """Standard output, for people."""
    screen = Screen(soft_wrap=True)
    # Rich takes 80 columns where there is no terminal; what reads a pipe has no such limit.
    return screen if screen.is_terminal else Screen(soft_wrap=True, width=_PIPE_WIDTH)


def errors() -> Console:
    """Standard error."""
    return Console(stderr=True)


def print_json(value: Any) -> None:
    """Writes one JSON value, indented, keys as they come; times as ISO 8601."""
    sys.stdout.write(json.dumps(value, indent=2, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON")
