"""Events of AWS Organizations and Control Tower about accounts, by CloudTrail in the management account.

Events may come late, twice and out of order. So an event says only which account to look at: whether its team comes or
goes is read from where the account is now, and from the registry.
"""

from typing import Any

from onboarding import resolved
from onboarding.resolved import Resolved, announced, ignored
from resolve_team.surroundings import Surroundings


def created(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """CreateAccountResult: the account is there, or could not be made."""
    return _made(event["detail"]["serviceEventDetails"]["createAccountStatus"], surroundings)


def enrolled(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """Control Tower's CreateManagedAccount: the account is there and in its unit, or could not be made."""
    status = event["detail"]["serviceEventDetails"]["createManagedAccountStatus"]
    return _made({"state": status["state"], **status["account"]}, surroundings)


def moved(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """MoveAccount: into the watched units, out of them, or neither."""
    if "errorCode" in event["detail"]:
        return ignored(f"the call failed: {event['detail']['errorCode']}")
    account = event["detail"]["requestParameters"]["accountId"]
    if not surroundings.organization.is_watched:
        return ignored("the stack watches no organization")
    # Gone from the organization since, it is in no unit.
    member = surroundings.organization.account(account)
    if member is not None and surroundings.organization.holds(account):
        return _comes(account, surroundings)
    return _goes(account, "is in no watched organizational unit", surroundings)


def left(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """CloseAccount and RemoveAccountFromOrganization."""
    detail = event["detail"]
    if "errorCode" in detail:
        return ignored(f"the call failed: {detail['errorCode']}")
    how = "was closed" if detail["eventName"] == "CloseAccount" else "was removed from the organization"
    return _goes(detail["requestParameters"]["accountId"], how, surroundings)


def _made(status: dict[str, Any], surroundings: Surroundings) -> Resolved:
    if status["state"] != "SUCCEEDED":
        return ignored(f"the account could not be made: {status.get('failureReason') or status['state']}")
    return _comes(status["accountId"], surroundings)


def _comes(account: str, surroundings: Surroundings) -> Resolved:
    organization = surroundings.organization
    if not organization.is_watched:
        return ignored("the stack watches no organization")
    found = organization.account(account)
    if found is None or not found.active:
        return ignored(f"account {account} is no active member of the organization")
    if not organization.holds(account):
        return ignored(f"account {account} is in no watched organizational unit")
    if found.team is None:
        return ignored(f"account {account} has no tag that names a team")
    if surroundings.registry.is_onboarded(found.team):
        # What the team asked for since says more than any profile.
        return ignored(f"team {found.team} is onboarded already", found.team)
    profile = surroundings.profiles.read(found.profile)
    detail = profile.filled(team=found.team, account=account)
    return resolved.wanted(detail, f"Account {account} with profile {profile.parameter}")


def _goes(account: str, how: str, surroundings: Surroundings) -> Resolved:
    teams = surroundings.registry.teams_of(account)
    if not teams:
        return ignored(f"account {account} {how}, and no onboarded team works in it")
    team = teams[0] if len(teams) == 1 else None
    if team is not None and surroundings.settings.offboard_leavers:
        return resolved.leaving({"team": team})
    return announced(
        f"Account {account} {how}, and {', '.join(teams)} may still use the cluster from it. "
        "Send Team Deleted for each team that is to leave",
        team,
    )
