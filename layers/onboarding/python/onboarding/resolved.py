"""What an event comes to: a request, or nothing to do, or something that people should hear of."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from onboarding.errors import InvalidRequest
from onboarding.mistakes import sentences
from onboarding.request import TeamDeparture, TeamRequest


@dataclass(frozen=True)
class Resolved:
    """The answer to the state machine, the same whatever the door."""

    outcome: Literal["request", "ignored", "announced"]
    team: str | None
    leaving: bool = False
    dry_run: bool = False
    account: str | None = None
    """The scientists' account of a team that is wanted."""
    request: dict[str, Any] | None = None
    """The one normal form: defaults filled in, lists in order. None for a team that leaves."""
    watched: str | None = None
    """That account again where it was seen, as an active member, in a watched unit: once it leaves, its team does."""
    closed: tuple[str, ...] = ()
    """Of the accounts in which the team is to have nothing any more, those of which Organizations says that they are
    closed or gone."""
    note: str | None = None
    """Why it is ignored, or what people should hear; a sentence."""
    asker: str | None = None
    """The account that asks, once it is known to be one that may."""
    owner: str | None = None
    """The account that the team must belong to when it is claimed, "" for one that is nobody's yet; None where that is
    nothing to whoever asks. Between this answer and the claim another execution may have worked on the team."""

    def record(self) -> dict[str, Any]:
        """As the state machine gets it."""
        return {
            "outcome": self.outcome,
            "team": self.team,
            "leaving": self.leaving,
            "dryRun": self.dry_run,
            "account": self.account,
            "request": self.request,
            "watched": self.watched,
            "closed": [*self.closed],
            "note": self.note,
            "asker": self.asker,
            "owner": self.owner,
        }


def wanted(detail: object, origin: str | None = None, *, seen: str | None = None, owner: str | None = None) -> Resolved:
    """A team as it should be, `seen` being the account that was seen in a watched unit, if any was.

    Raises InvalidRequest with a sentence for every mistake; `origin` says where to look.
    """
    try:
        asked = TeamRequest.model_validate_json(_text(detail))
    except ValidationError as error:
        raise InvalidRequest(f"{origin}: {sentences(error)}" if origin else sentences(error)) from None
    request = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
    return Resolved(
        "request",
        asked.team,
        dry_run=asked.dry_run,
        account=asked.scientists_account,
        request=request,
        watched=seen if seen == asked.scientists_account else None,
        owner=owner,
    )


def again(request: TeamRequest, *, dry_run: bool = False) -> Resolved:
    """A team as it was accepted once, with something changed about it."""
    wanted = request.model_copy(update={"dry_run": dry_run})
    return Resolved(
        "request",
        wanted.team,
        dry_run=dry_run,
        account=wanted.scientists_account,
        request=wanted.model_dump(mode="json", by_alias=True, exclude_none=True),
    )


def leaving(detail: object, *, owner: str | None = None) -> Resolved:
    """A team that leaves. Raises InvalidRequest with a sentence for every mistake."""
    try:
        asked = TeamDeparture.model_validate_json(_text(detail))
    except ValidationError as error:
        raise InvalidRequest(sentences(error)) from None
    return Resolved("request", asked.team, leaving=True, dry_run=asked.dry_run, owner=owner)


def ignored(note: str, team: str | None = None) -> Resolved:
    """Nothing is to be done, for the reason that the note says."""
    return Resolved("ignored", team, note=note)


def announced(note: str, team: str | None = None) -> Resolved:
    """Nothing is done, and people hear the note."""
    return Resolved("announced", team, note=note)


def _text(detail: object) -> str:
    # Through JSON, since strict mode knows lists and numbers as JSON has them.
    try:
        return json.dumps(detail)
    except (RecursionError, ValueError):
        raise InvalidRequest("The event is nested too deeply or holds a number too long to read: correct it.") from None
