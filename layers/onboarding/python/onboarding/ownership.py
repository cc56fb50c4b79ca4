"""The marks by which we know our own: tags in AWS, labels in Kubernetes, of the same two keys.

And the one by which whoever made a compute quota by hand gives it to a team.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from onboarding.errors import Conflict

TEAM_KEY = "hyperpod-onboarding/team"
STACK_KEY = "hyperpod-onboarding/stack"

ACCOUNT_TAG: Final = "hyperpod-account"
"""Tag of a compute quota made by hand: the scientists' account whose team may use it."""


def marks(team: str, stack: str) -> dict[str, str]:
    """Tags or labels for something that we make for a team."""
    return {TEAM_KEY: team, STACK_KEY: stack}


def tag_list(team: str, stack: str) -> list[dict[str, str]]:
    """The same as IAM, S3 and SageMaker want it."""
    return [{"Key": key, "Value": value} for key, value in marks(team, stack).items()]


def from_tag_list(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Back from that form."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def is_ours(found: Mapping[str, str] | None, team: str, stack: str) -> bool:
    """Whether these tags or labels mark something that we made for this team."""
    return bool(found) and all((found or {}).get(key) == value for key, value in marks(team, stack).items())


def strange(found: Mapping[str, str] | None, team: str, stack: str) -> dict[str, str] | None:
    """What stands in the place of our marks; None where they are ours."""
    if is_ours(found, team, stack):
        return None
    return {key: value for key, value in (found or {}).items() if key in (TEAM_KEY, STACK_KEY)}


def labels(stranges: Mapping[str, str] | None, team: str, stack: str) -> dict[str, str | None]:
    """Our marks, or what stood in their place, as a merge patch takes them: None for none."""
    return {key: value if stranges is None else stranges.get(key) for key, value in marks(team, stack).items()}


def refuse_foreign(found: Mapping[str, str] | None, team: str, stack: str, address: str) -> None:
    """Raises Conflict unless the marks are ours for this team."""
    if not is_ours(found, team, stack):
        raise Conflict(
            f"exists but is not tagged {TEAM_KEY}={team} and {STACK_KEY}={stack}; it was left alone. "
            "Remove it, tag it so if this stack may manage it, or choose another team name",
            resource=address,
        )
