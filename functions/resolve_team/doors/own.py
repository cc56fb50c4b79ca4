"""Our own events: they say all there is to say about a team."""

from typing import Any, Final

from onboarding import resolved
from onboarding.resolved import Resolved
from resolve_team.surroundings import Surroundings

SOURCE: Final = "hyperpod.teams"


def wanted(event: dict[str, Any], _: Surroundings) -> Resolved:
    """Team Created and Team Updated mean the same: the team as it should be."""
    return resolved.wanted(event.get("detail"))


def leaving(event: dict[str, Any], _: Surroundings) -> Resolved:
    """Team Deleted."""
    return resolved.leaving(event.get("detail"))
