"""The doors: each kind of event that means something for a team, and what makes a request of it.

One table, by source, detail-type and, for what comes through CloudTrail, the event's name.
"""

from collections.abc import Callable
from typing import Any, Final

from onboarding.resolved import Resolved
from resolve_team import ending
from resolve_team.doors import accounts, compute_quotas, own
from resolve_team.doors.cloudtrail import API_CALL, KINDS, SERVICE_EVENT
from resolve_team.surroundings import Surroundings

Door = Callable[[dict[str, Any], Surroundings], Resolved]

DOORS: Final[dict[tuple[str, str, str | None], Door]] = {
    (own.SOURCE, "Team Created", None): own.wanted,
    (own.SOURCE, "Team Updated", None): own.wanted,
    (own.SOURCE, "Team Deleted", None): own.leaving,
    (own.SOURCE, ending.EXTENDED, None): own.extended,
    (own.SOURCE, ending.SUSPENDED, None): own.suspended,
    (own.SOURCE, ending.RESUMED, None): own.recorded_again,
    (own.SOURCE, ending.EXPIRED, None): own.recorded_again,
    ("aws.organizations", SERVICE_EVENT, "CreateAccountResult"): accounts.created,
    ("aws.organizations", SERVICE_EVENT, "AccountJoinedOrganization"): accounts.joined,
    ("aws.organizations", API_CALL, "MoveAccount"): accounts.moved,
    ("aws.organizations", API_CALL, "TagResource"): accounts.tagged,
    ("aws.organizations", API_CALL, "CloseAccount"): accounts.closing,
    ("aws.organizations", SERVICE_EVENT, "CloseAccountResult"): accounts.closed,
    ("aws.organizations", API_CALL, "RemoveAccountFromOrganization"): accounts.removed,
    ("aws.organizations", SERVICE_EVENT, "AccountDepartedOrganization"): accounts.departed,
    ("aws.controltower", SERVICE_EVENT, "CreateManagedAccount"): accounts.enrolled,
    ("aws.sagemaker", API_CALL, "CreateComputeQuota"): compute_quotas.made,
    ("aws.sagemaker", API_CALL, "DeleteComputeQuota"): compute_quotas.deleted,
}


def door_of(event: dict[str, Any]) -> Door | None:
    """The door that a whole event comes in by, or None where it is of no known kind."""
    detail = event.get("detail")
    name = str(detail.get("eventName")) if isinstance(detail, dict) else None
    source, kind = str(event.get("source")), str(event["detail-type"])
    if kind not in KINDS:
        return DOORS.get((source, kind, None))
    # AWS does not say of every event which of the two detail-types it has, and no name is under both.
    return next((DOORS[source, each, name] for each in KINDS if (source, each, name) in DOORS), None)
