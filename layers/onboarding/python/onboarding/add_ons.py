"""The EKS add-ons that onboarding relies on."""

from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_missing
from onboarding.plan import Finding
from onboarding.resource import Context

POD_IDENTITY_AGENT: Final = "eks-pod-identity-agent"
TASK_GOVERNANCE: Final = "amazon-sagemaker-hyperpod-taskgovernance"

_WORKING: Final = frozenset({"ACTIVE", "UPDATING"})
# Works on, though something about it wants attention.
_AILING: Final = "DEGRADED"


def add_on_findings(context: Context, name: str) -> Iterator[Finding]:
    """The add-on's status and version: a problem where it is missing or not at work, a warning where it ails."""
    cluster = context.settings.eks_cluster
    address = f"{context.settings.account} cluster {cluster} add-on {name}"
    named = f"--cluster-name {cluster} --addon-name {name}"
    try:
        found = context.accounts.client("eks").describe_addon(clusterName=cluster, addonName=name)["addon"]
    except ClientError as error:
        if not is_missing(error):
            raise
        yield Finding(
            resource=address,
            state="not installed",
            reason="the add-on is not installed",
            mend=f"aws eks create-addon {named}",
        )
        return
    status, state = found["status"], f"{found['status']}, {found['addonVersion']}"
    if status in _WORKING:
        yield Finding(resource=address, state=state)
        return
    issues = "; ".join(issue["message"] for issue in found.get("health", {}).get("issues", []))
    ailing = status == _AILING
    yield Finding(
        resource=address,
        state=state,
        reason=f"the add-on is {status}{f': {issues}' if issues else ''}. "
        f"{'It works on, and wants attention' if ailing else 'Mend it, then replay'}",
        warning=ailing,
    )
