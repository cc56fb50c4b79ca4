"""Which call `sandbox onboard --fail STEP` refuses: the last change of a step, so that there is something to undo."""

from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts

LAST_CHANGE = {
    "iam_roles": ("iam", "PutRolePolicy", 3),
    "s3_access_point": ("kms", "CreateGrant", 1),
    "eks_access_entry": ("eks", "AssociateAccessPolicy", 1),
    "quota_namespace": ("kubernetes", "create clusterrolebindings", 1),
    "fsx_storage": ("kubernetes", "create persistentvolumeclaims", 1),
    "pod_identity": ("eks", "CreatePodIdentityAssociation", 1),
    "probe": ("kubernetes", "create pods", 1),
}
"""Step to service, operation, and which call of it counts."""


def failing(step: str) -> Fault:
    """A permission that the step's function suddenly lacks, for good."""
    service, operation, nth = LAST_CHANGE[step]
    function = f"{accounts.STACK}-{step.replace('_', '-')}"
    return Fault(Match(service, operation, function, nth=nth), Kind.DENIED, times=None)
