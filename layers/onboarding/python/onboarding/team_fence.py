"""The fence of one team: the stack's, with what an administrator has said of this team."""

from onboarding.fence import Fence
from onboarding.request import TeamRequest
from onboarding.resource import Context


def fence_of(request: TeamRequest, context: Context) -> Fence:
    """What of the fence stands in the team's namespace."""
    said = {} if request.fence is None else request.fence.model_dump(exclude_none=True)
    return context.settings.fence.changed(**said)
