"""The EKS add-ons that onboarding relies on."""

from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import is_missing
from onboarding.plan import Finding
from onboarding.resource import Context

POD_IDENTITY_AGENT: Final = "eks-pod-identity-agent"
TASK_GOVERNANCE: Final = "amazon-sagemaker-hyperpod-taskgovernance"

# Works on, though something about it wants attention.
_WORKING: Final = frozenset({"ACTIVE", "UPDATING", "DEGRADED"})


def add_on_findings(context: Context, name: str) -> Iterator[Finding]:
    """A finding where the add-on is missing or not at work."""
    cluster = context.settings.eks_cluster
    address = f"{context.settings.account} cluster {cluster} add-on {name}"
    try:
        status = context.accounts.client("eks").describe_addon(clusterName=cluster, addonName=name)["addon"]["status"]
    except ClientError as error:
        if not is_missing(error):
            raise
        command = f"aws eks create-addon --cluster-name {cluster} --addon-name {name}"
        yield Finding(resource=address, reason=f"the add-on is not installed. Run: {command}")
        return
    if status not in _WORKING:
        yield Finding(resource=address, reason=f"the add-on is {status}. Mend it, then replay")
