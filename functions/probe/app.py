"""Probe: a pod of the team proves that its access works, and that it ends where it should."""

from collections.abc import Iterator

from onboarding import names
from onboarding.cluster import cluster_of
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of
from probe.attempts import proving
from probe.probe_pod import ProbePod


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """One pod, for as long as it tries; none for a team that has no datasets, or wants no probe."""
    if request.probe and proving(request):
        yield ProbePod(context.settings.eks_cluster, names.namespace(request.team), names.PROBE), None


def check(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """The stack may make pods in the team's namespace."""
    if not (request.probe and proving(request)):
        return
    attributes = {"resource": "pods", "verb": "create", "namespace": names.namespace(request.team)}
    address = f"cluster {context.settings.eks_cluster} group {names.PROBE}"
    if cluster_of(context).allows(attributes):
        yield Finding(id="PROBE-RIGHTS", resource=address, state="may make pods")
    else:
        yield Finding(
            id="PROBE-RIGHTS",
            resource=address,
            state="may make no pods",
            reason="the group may not make pods in the team's namespace",
            mend="kubectl apply -f accounts/cluster-probe.yaml",
        )


STEP = Step(name="probe", kinds=(ProbePod,), desired=desired, check=check)
handler = handler_of(STEP)
