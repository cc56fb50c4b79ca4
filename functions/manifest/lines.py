"""The lines of a manifest: JSON Lines or CSV, one team a line, each checked by itself and all of them at once."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from manifest.reading import csv_lines, json_lines
from onboarding import account_number
from onboarding.errors import InvalidRequest
from onboarding.profiles import Profile
from onboarding.strict import shown
from resolve_team import resolved

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
    """Every line that is not empty. `key` ends in `.csv` for CSV, whose first line names the fields.

    Raises InvalidRequest where it cannot be told from the text as a whole which lines are meant.
    """
    try:
        read = list(csv_lines(text) if key.endswith(".csv") else json_lines(text))
    except InvalidRequest as error:
        raise InvalidRequest(f"{key}: {error.reason}") from None
    found = [_checked(number, said, profile) for number, said in read]
    teams = Counter(line.team for line in found if line.team is not None)
    return [
        Line(line.number, line.team, reason=f"team {line.team} is on {teams[line.team]} lines; keep one")
        if line.team is not None and teams[line.team] > 1
        else line
        for line in found
    ]


def _checked(number: int, said: object, profile: Callable[[str | None], Profile]) -> Line:
    if isinstance(said, InvalidRequest):
        return Line(number, None, reason=said.reason)
    if isinstance(said, list):
        return Line(number, None, reason="is a list: write each team on a line of its own, and no list around them")
    team = said.get("team") if isinstance(said, dict) else None
    team = team if isinstance(team, str) else None
    try:
        found = resolved.wanted(_filled(said, profile))
    except InvalidRequest as error:
        return Line(number, team, reason=error.reason)
    if found.dry_run:
        return Line(number, team, reason="dryRun is not for manifests: remove it")
    return Line(number, team, request=found.request)


def _filled(said: object, profile: Callable[[str | None], Profile]) -> object:
    """A line with `account` or `profile` is filled in from a profile; what the line says wins."""
    if not isinstance(said, dict) or not {"account", "profile"} & set(said):
        return said
    # What does the filling is checked as it was written: wrong, it would be a mistake of a field that nobody wrote.
    resolved.leaving({key: said[key] for key in ("team",) if key in said})
    account = account_number.checked(said["account"], "detail.account") if "account" in said else None
    if "profile" in said and not (isinstance(said["profile"], str) and said["profile"]):
        raise InvalidRequest(f"detail.profile is {shown(said['profile'])}: name a profile, or leave the field out.")
    rest = {key: value for key, value in said.items() if key not in ("account", "profile")}
    return profile(said.get("profile")).filled(team=said["team"], account=account, said=rest)
