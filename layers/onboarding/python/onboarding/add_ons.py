"""The EKS add-ons that onboarding relies on."""

import re
from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_missing
from onboarding.plan import Finding
from onboarding.resource import Context

POD_IDENTITY_AGENT: Final = "eks-pod-identity-agent"
TASK_GOVERNANCE: Final = "amazon-sagemaker-hyperpod-taskgovernance"

NOT_INSTALLED: Final = "not installed"

_WORKING: Final = frozenset({"ACTIVE", "UPDATING"})
# Kueue's API of before goes, and what an update does to queues is a field report of v1.3 to v1.5.
_SINCE: Final = {
    TASK_GOVERNANCE: (
        (1, 5),
        "is older than v1.5, which comes with Kueue 0.18 and its API v1beta2; the update deletes all queues and makes "
        "them again, so let it be when nothing runs and no team is onboarded",
    )
}

# Works on, though something about it wants attention.
_AILING: Final = "DEGRADED"


def add_on_findings(context: Context, name: str) -> Iterator[Finding]:
    """The add-on's status and version: a problem where it is missing or not at work, a warning where it ails."""
    address, named = address_of(context, name), options_for(context, name)
    found = described(context, name)
    if found is None:
        yield Finding(
            id="ADD-ON-MISSING",
            resource=address,
            state=NOT_INSTALLED,
            reason="the add-on is not installed",
            mend=f"aws eks create-addon {named}",
        )
        return
    status, state = found["status"], f"{found['status']}, {found['addonVersion']}"
    if status in _WORKING:
        since, reason = _SINCE.get(name, ((0, 0), ""))
        old = is_before(found["addonVersion"], since)
        yield Finding(
            id="ADD-ON-VERSION",
            resource=address,
            state=state,
            reason=reason if old else "",
            mend=f"aws eks update-addon {named}" if old else "",
            warning=old,
        )
        return
    issues = "; ".join(issue["message"] for issue in found.get("health", {}).get("issues", []))
    ailing = status == _AILING
    yield Finding(
        id="ADD-ON-HEALTH",
        resource=address,
        state=state,
        reason=f"the add-on is {status}{f': {issues}' if issues else ''}. "
        f"{'It works on, and wants attention' if ailing else 'Mend it, then replay'}",
        warning=ailing,
    )


def described(context: Context, name: str) -> dict[str, Any] | None:
    """The add-on as EKS has it, or None where the cluster has none of that name. Raises botocore's ClientError."""
    try:
        found: dict[str, Any] = context.accounts.client("eks").describe_addon(
            clusterName=context.settings.eks_cluster, addonName=name
        )["addon"]
    except ClientError as error:
        if not is_missing(error):
            raise
        return None
    return found


def address_of(context: Context, name: str) -> str:
    """Account, cluster and name."""
    return f"{context.settings.account} cluster {context.settings.eks_cluster} add-on {name}"


def options_for(context: Context, name: str) -> str:
    """What names it in commands of the AWS CLI."""
    return f"--cluster-name {context.settings.eks_cluster} --addon-name {name}"


def is_before(version: str, since: tuple[int, ...]) -> bool:
    """Whether a version such as v1.5.0-eksbuild.1 is older, by as many numbers as `since` has; one that is written
    otherwise counts as new.
    """
    found = re.match("v?" + r"\.".join([r"(\d+)"] * len(since)), version)
    return found is not None and tuple(map(int, found.groups())) < since
