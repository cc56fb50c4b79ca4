"""An event that approves or denies what a team's execution waits with: who may, and what is to be said to it."""

import json
from typing import Any, Final

from onboarding.errors import InvalidRequest, NotAuthorized
from onboarding.registry import Registry
from onboarding.settings import Settings
from onboarding.strict import shown
from resolve_team import authority

KINDS: Final = {"Team Approved": True, "Team Denied": False}
"""The detail-types, and whether they approve."""

_FIELDS: Final = {"team", "reason", "digest"}


def decision(event: dict[str, Any], settings: Settings, registry: Registry) -> dict[str, Any]:
    """The `token` to answer, whether it is `approved`, and the words; or the outcome `ignored` with a `note`.

    Who decides is the account that EventBridge names, and never the one that asked, unless the stack says so. Raises
    InvalidRequest for a mistake, NotAuthorized where that account may not decide, the registry's errors.
    """
    kind, detail = event.get("detail-type"), event.get("detail")
    if (
        not isinstance(kind, str)
        or kind not in KINDS
        or not isinstance(detail, dict)
        or not isinstance(detail.get("team"), str)
    ):
        raise InvalidRequest(
            f"An event of detail-type {shown(kind)} decides nothing, or names no team: send Team Approved or Team "
            "Denied."
        )
    reason = detail.get("reason", "")
    if detail.keys() - _FIELDS or not isinstance(reason, str) or len(reason) > 1024:
        raise InvalidRequest(
            "A decision has a team and, if you like, a reason of at most 1024 characters and a digest."
        )
    team = detail["team"]
    asker = authority.asker(event, settings)
    if not asker.is_administrator:
        raise NotAuthorized(
            f"Account {asker.account} may not decide about team {team}: only an administrator may (the cluster's "
            "account and the stack's AdministratorAccountIds)."
        )
    record = registry.team(team) or {}
    if "approvalToken" not in record:
        return _ignored(
            team, f"team {team} waits for no approval: it was decided before, timed out, or was not asked for"
        )
    if record.get("claimant") == asker.account and not settings.approve_within_account:
        raise NotAuthorized(
            f"Account {asker.account} asked for this itself, so another administrator's account decides about team "
            f"{team} (or set the stack's parameter ApproveWithinAccount, where IAM keeps apart who asks and who "
            "approves)."
        )
    waiting = json.loads(record["approval"])
    if detail.get("digest", waiting["digest"]) != waiting["digest"]:
        raise InvalidRequest(
            f"Team {team} waits with another plan than the decision names: {waiting['digest']}. Look at it again."
        )
    said = f"{'approved' if KINDS[kind] else 'denied'} by account {asker.account}" + (f": {reason}" if reason else "")
    return {
        "outcome": "approved" if KINDS[kind] else "denied",
        "team": team,
        "token": record["approvalToken"],
        "note": said,
        "approval": {"by": asker.account, "when": event.get("time"), "digest": waiting["digest"], "reason": reason},
    }


def _ignored(team: str, note: str) -> dict[str, Any]:
    return {"outcome": "ignored", "team": team, "token": None, "note": note, "approval": None}
