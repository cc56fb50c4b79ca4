"""Probe: a pod of the team proves that its access works, and that it ends where it should."""

from collections.abc import Iterator

from onboarding import names
from onboarding.cluster import cluster_of
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of
from probe.probe_pod import ProbePod


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """One pod, for as long as it tries; none for a team that has no datasets, or wants no probe."""
    if request.probe and request.datasets:
        yield ProbePod(context.settings.eks_cluster, names.namespace(request.team), names.PROBE), None


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """The stack may make pods in the team's namespace."""
    attributes = {"resource": "pods", "verb": "create", "namespace": names.namespace(request.team)}
    if request.probe and request.datasets and not cluster_of(context).allows(attributes):
        yield Finding(
            resource=f"cluster {context.settings.eks_cluster}",
            reason=f"the group {names.PROBE} may not make pods. Run: kubectl apply -f accounts/cluster-probe.yaml",
        )


STEP = Step(name="probe", kinds=(ProbePod,), desired=desired, check=check)
handler = handler_of(STEP)
