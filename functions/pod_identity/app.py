"""Pod identity: pods under a service account of the team get its data access role."""

from collections.abc import Iterator

from onboarding import names
from onboarding.add_ons import POD_IDENTITY_AGENT, add_on_findings
from onboarding.plan import Desired, Finding, Step
from onboarding.request import TeamRequest
from onboarding.resource import Context
from onboarding.step import handler_of
from pod_identity.association import Association, AssociationState
from pod_identity.nodes import node_findings


def desired(request: TeamRequest, context: Context) -> Iterator[Desired]:
    """One a service account. Only pods admitted after it get credentials (EKS user guide, "EKS Pod Identity")."""
    settings = context.settings
    namespace = names.namespace(request.team)
    for account in request.pod_accounts:
        association = Association(settings.account, settings.eks_cluster, namespace, account.name)
        role_arn = settings.role_arn(names.data_access_role(settings.prefix, request.team, account.own))
        yield association, AssociationState(role_arn=role_arn)


def check(_: TeamRequest, context: Context) -> Iterator[Finding]:
    """The agent that hands out the credentials is there."""
    yield from add_on_findings(context, POD_IDENTITY_AGENT)


def advise(request: TeamRequest, context: Context) -> Iterator[Finding]:
    """The agent may fetch the credentials, for a team that has a use for them."""
    if request.datasets:
        yield from node_findings(context)


STEP = Step(name="pod_identity", kinds=(Association,), desired=desired, check=check, advise=advise)
handler = handler_of(STEP)
