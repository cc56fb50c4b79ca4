"""The lines of a manifest: JSON Lines or CSV, one team a line, each checked by itself and all of them at once."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from onboarding import resolved
from onboarding.errors import InvalidRequest
from onboarding.profiles import Profile

_DIGEST_LENGTH: Final = 16


@dataclass(frozen=True)
class Line:
    """One line: a request, or the reason why it is none."""

    number: int
    team: str | None
    request: dict[str, Any] | None = None
    reason: str | None = None

    @property
    def digest(self) -> str:
        """Tells requests apart, wherever in a manifest they stand."""
        text = json.dumps(self.request, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def lines(text: str, key: str, profile: Callable[[str | None], Profile]) -> list[Line]:
    """Every line that is not empty. `key` ends in `.csv` for CSV, whose first line names the fields."""
    found = [_checked(number, read, profile) for number, read in _read(text, csv_text=key.endswith(".csv"))]
    teams = Counter(line.team for line in found if line.team is not None)
    return [
        Line(line.number, line.team, reason=f"team {line.team} is on {teams[line.team]} lines; keep one")
        if line.team is not None and teams[line.team] > 1
        else line
        for line in found
    ]


def _read(text: str, *, csv_text: bool) -> Iterator[tuple[int, object]]:
    if csv_text:
        reader = csv.DictReader(io.StringIO(text))
        for row in reader:
            yield reader.line_num, {name: _value(value) for name, value in row.items() if name and value}
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                yield number, InvalidRequest(f"not JSON: {error}")


def _value(text: str) -> object:
    # A cell may hold a list or an object as JSON; all else is text.
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _checked(number: int, read: object, profile: Callable[[str | None], Profile]) -> Line:
    if isinstance(read, InvalidRequest):
        return Line(number, None, reason=read.reason)
    team = read.get("team") if isinstance(read, dict) else None
    team = team if isinstance(team, str) else None
    try:
        found = resolved.wanted(_filled(read, team, profile))
    except InvalidRequest as error:
        return Line(number, team, reason=error.reason)
    if found.dry_run:
        return Line(number, team, reason="dryRun is not for manifests: remove it")
    return Line(number, team, request=found.request)


def _filled(read: object, team: str | None, profile: Callable[[str | None], Profile]) -> object:
    """A line with `account` or `profile` is filled in from a profile; what the line says wins."""
    if not isinstance(read, dict) or not {"account", "profile"} & set(read) or team is None:
        return read
    said = {key: value for key, value in read.items() if key not in ("account", "profile")}
    return {**profile(read.get("profile")).filled(team=team, account=str(read.get("account", ""))), **said}
