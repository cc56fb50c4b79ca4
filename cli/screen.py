"""Where commands write: text for people or one JSON value on standard output, sentences on standard error."""

import json
import re
import sys
from datetime import datetime
from typing import Any, Final, NoReturn

from rich.console import Console
from rich.text import Text

_PIPE_WIDTH: Final = 160


_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Screen(Console):
    """A terminal or a pipe; NO_COLOR, FORCE_COLOR and which of both it is are Rich's to know."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Text without control characters: whoever sends events, or names things, is not to move a reader's cursor."""
        return super().render_str(_CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text), **options)

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
    return Screen(stderr=True)


def print_json(value: Any) -> None:
    """Writes one JSON value, indented, keys as they come; times as ISO 8601."""
    sys.stdout.write(json.dumps(value, indent=2, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON")
