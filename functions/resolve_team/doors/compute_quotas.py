"""Compute quotas that people make and delete by themselves, in the console for instance, by CloudTrail.

CloudTrail writes a request's fields as our request has them: with a small first letter.
"""

from typing import Any

from botocore.exceptions import ClientError

from onboarding import account_number, resolved
from onboarding.aws_errors import is_missing, translated
from onboarding.organization import PROFILE_TAG
from onboarding.ownership import ACCOUNT_TAG
from onboarding.quota import BORROW_LIMITS, BORROWING
from onboarding.resolved import Resolved, announced, ignored
from resolve_team.doors.cloudtrail import failure
from resolve_team.surroundings import Surroundings


def made(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """CreateComputeQuota: the team is onboarded around the quota, which stays as it was made and whose it was."""
    detail = event["detail"]
    if why := _not_for_us(detail, surroundings):
        return ignored(why)
    asked = detail["requestParameters"]
    team = asked["computeQuotaTarget"]["teamName"]
    if asked["clusterArn"] != surroundings.settings.hyperpod_cluster_arn:
        return ignored(f"the quota is of another cluster, {asked['clusterArn']}", team)
    if surroundings.registry.is_onboarded(team):
        return ignored(f"team {team} is onboarded already", team)
    tags = {tag["key"]: tag["value"] for tag in asked.get("tags") or []}
    account, name, seen = _account_of(team, tags, surroundings)
    if account is None:
        return announced(
            f"A compute quota was made for team {team}, and no account is tagged with that team. "
            "Tag the account and replay this event, or send Team Created",
            team,
        )
    profile = surroundings.profiles.read(name)
    detail = profile.filled(team=team, account=account, said={"quota": _quota(asked)})
    origin = f"The quota of team {team} with profile {profile.parameter}"
    return resolved.wanted(detail, origin, seen=seen, owner="")


def deleted(event: dict[str, Any], surroundings: Surroundings) -> Resolved:
    """DeleteComputeQuota: an onboarded team loses its share of the cluster."""
    detail = event["detail"]
    if why := _not_for_us(detail, surroundings):
        return ignored(why)
    quota_id = detail["requestParameters"]["computeQuotaId"]
    quota = _described(quota_id, surroundings)
    if quota is None:
        return ignored(f"quota {quota_id} is gone and says no more whose it was; the sweep will")
    team = quota["ComputeQuotaTarget"]["TeamName"]
    if quota["ClusterArn"] != surroundings.settings.hyperpod_cluster_arn:
        return ignored(f"the quota is of another cluster, {quota['ClusterArn']}", team)
    if not surroundings.registry.is_onboarded(team):
        return ignored(f"team {team} is not onboarded", team)
    who = detail.get("userIdentity", {}).get("arn", "somebody")
    return announced(
        f"The compute quota {quota['Name']} of team {team} was deleted by {who}. "
        "Send Team Deleted if the team is to leave, or Team Updated to make it a quota again",
        team,
    )


def _not_for_us(detail: dict[str, Any], surroundings: Surroundings) -> str | None:
    if why := failure(detail):
        return why
    issuer = detail.get("userIdentity", {}).get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    settings = surroundings.settings
    # The rule lets no call of ours through; a replayed event passes no rule.
    if issuer == settings.role_arn(f"{settings.stack}-quota-namespace"):
        return "the call is the stack's own"
    return None


def _account_of(
    team: str, tags: dict[str, str], surroundings: Surroundings
) -> tuple[str | None, str | None, str | None]:
    """The scientists' account, the profile's name, and the account again where it was seen in a watched unit."""
    if ACCOUNT_TAG in tags:
        tagged = account_number.checked(tags[ACCOUNT_TAG], f"The tag {ACCOUNT_TAG} of the quota of team {team}")
        return tagged, tags.get(PROFILE_TAG), None
    if surroundings.organization.is_watched:
        for account in surroundings.organization.accounts():
            if account.active and account.team == team:
                return account.id, tags.get(PROFILE_TAG) or account.profile, account.id
    return None, None, None


def _described(quota_id: str, surroundings: Surroundings) -> dict[str, Any] | None:
    with translated(f"compute quota {quota_id}"):
        try:
            quota: dict[str, Any] = surroundings.accounts.client("sagemaker").describe_compute_quota(
                ComputeQuotaId=quota_id
            )
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return quota


def _quota(asked: dict[str, Any]) -> dict[str, Any]:
    """The quota in the request's words."""
    config = asked.get("computeQuotaConfig") or {}
    given = {
        # Left out by who makes a quota that only borrows.
        "resources": config.get("computeQuotaResources") or [],
        "sharing": _sharing(config.get("resourceSharingConfig")),
        "preemption": config.get("preemptTeamTasks"),
        "fairShareWeight": asked["computeQuotaTarget"].get("fairShareWeight"),
    }
    return {name: value for name, value in given.items() if value is not None}


def _sharing(asked: dict[str, Any] | None) -> dict[str, Any] | None:
    # SageMaker has taken it, so it is no mistake of the event; what a request could not say is not asked for again.
    least, most = BORROW_LIMITS
    if asked is None or (
        asked.get("strategy", BORROWING) == BORROWING and least <= asked.get("borrowLimit", least) <= most
    ):
        return asked
    return {name: value for name, value in asked.items() if name != "borrowLimit"}
