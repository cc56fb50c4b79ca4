"""Events of AWS Organizations and Control Tower about accounts, by CloudTrail in the management account.

Events may come late, twice and out of order, and one change is told by several. So an event says only which account to
look at: whether its team comes or goes is read from where the account is now, and from the registry.
"""

from typing import Any

from onboarding import resolved
from onboarding.organization import PROFILE_TAG, TEAM_TAG
from onboarding.resolved import Resolved, announced, ignored
from resolve_team.doors import cloudtrail
from resolve_team.surroundings import Surroundings


def created(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """CreateAccountResult: the account is there, or could not be made."""
    return _made(event["detail"], "createAccountStatus", ("accountId",), surroundings)


def enrolled(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """Control Tower's CreateManagedAccount: the account is there and in its unit, or could not be made."""
    return _made(event["detail"], "createManagedAccountStatus", ("account", "accountId"), surroundings)


def joined(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """AccountJoinedOrganization: made in the organization, or invited into it."""
    return _comes(cloudtrail.member(event["detail"], surroundings.settings.management_account), surroundings)


def moved(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """MoveAccount: into the watched units, out of them, or neither."""
    if why := cloudtrail.failure(event["detail"]):
        return ignored(why)
    account = cloudtrail.account(event["detail"], "requestParameters", "accountId")
    if not surroundings.organization.is_watched:
        return ignored("the stack watches no organization")
    away = surroundings.organization.away(surroundings.organization.account(account))
    if not away:
        return _comes(account, surroundings)
    source = event["detail"]["requestParameters"].get("sourceParentId")
    if isinstance(source, str) and not surroundings.organization.covers(source):
        return ignored(f"account {account} was moved between units that are not watched")
    return _goes(account, away, surroundings)


def tagged(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """TagResource: an account is told which team works in it, perhaps long after it was made. What an onboarded team
    asked for outlives the tag, so there is no door for UntagResource.
    """
    if why := cloudtrail.failure(event["detail"]):
        return ignored(why)
    asked = event["detail"]["requestParameters"]
    resource, tags = asked["resourceId"], asked.get("tags")
    if isinstance(resource, str) and not resource[:1].isdigit():
        return ignored(f"{resource} is no account")
    account = cloudtrail.account(event["detail"], "requestParameters", "resourceId")
    # Where the tags are told in no way that is known here, the account's own are looked at.
    if isinstance(tags, list) and not any(_is_ours(tag) for tag in tags):
        return ignored(f"account {account} got no tag that means anything here")
    return _comes(account, surroundings)


def closing(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """CloseAccount: from now on the account is being closed."""
    return _called(event["detail"], "was closed", surroundings)


def closed(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """CloseAccountResult: what CloseAccount began is done."""
    state = event["detail"]["serviceEventDetails"]["closeAccountStatus"]["state"]
    if state != "SUCCEEDED":
        return ignored(f"the account could not be closed: {state}")
    account = cloudtrail.account(event["detail"], "serviceEventDetails", "closeAccountStatus", "accountId")
    return _goes(account, "was closed", surroundings)


def removed(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """RemoveAccountFromOrganization."""
    return _called(event["detail"], "was removed from the organization", surroundings)


def departed(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """AccountDepartedOrganization: it left by itself, was removed, or was closed 90 days ago and is gone for good."""
    account = cloudtrail.member(event["detail"], surroundings.settings.management_account)
    return _goes(account, "left the organization", surroundings)


def _made(detail: dict[str, Any], kind: str, account: tuple[str, ...], surroundings: Surroundings) -> Resolved:
    status = detail["serviceEventDetails"][kind]
    if status["state"] != "SUCCEEDED":
        return ignored(f"the account could not be made: {status.get('failureReason') or status['state']}")
    return _comes(cloudtrail.account(detail, "serviceEventDetails", kind, *account), surroundings)


def _called(detail: dict[str, Any], how: str, surroundings: Surroundings) -> Resolved:
    if why := cloudtrail.failure(detail):
        return ignored(why)
    return _goes(cloudtrail.account(detail, "requestParameters", "accountId"), how, surroundings)


def _is_ours(tag: object) -> bool:
    return not isinstance(tag, dict) or tag.get("key", tag.get("Key")) in (TEAM_TAG, PROFILE_TAG, None)


def _comes(account: str, surroundings: Surroundings) -> Resolved:
    organization = surroundings.organization
    if not organization.is_watched:
        return ignored("the stack watches no organization")
    found = organization.account(account)
    away = organization.away(found)
    if found is None or away:
        return ignored(f"account {account} {away}")
    if found.team is None:
        return ignored(f"account {account} has no tag that names a team")
    if surroundings.registry.is_onboarded(found.team):
        # What the team asked for since says more than any profile.
        return ignored(f"team {found.team} is onboarded already", found.team)
    profile = surroundings.profiles.read(found.profile)
    detail = profile.filled(team=found.team, account=account)
    origin = f"Account {account} with profile {profile.parameter}"
    return resolved.wanted(detail, origin, seen=account, owner="")


def _goes(account: str, how: str, surroundings: Surroundings) -> Resolved:
    teams = surroundings.registry.teams_of(account)
    if not teams:
        return ignored(f"account {account} {how}, and no onboarded team works in it")
    organization = surroundings.organization
    if organization.is_watched and organization.away(organization.account(account)) is None:
        return ignored(f"account {account} {how}, but is an active member in a watched organizational unit now")
    team = teams[0] if len(teams) == 1 else None
    if team is not None and surroundings.settings.offboard_leavers:
        return resolved.leaving({"team": team}, owner=account)
    return announced(
        f"Account {account} {how}, and {', '.join(teams)} may still use the cluster from it. "
        "Send Team Deleted for each team that is to leave",
        team,
    )
