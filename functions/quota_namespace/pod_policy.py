"""Whether the cluster holds teams' pods to what a pod may be (accounts/cluster-pods.yaml)."""

from collections.abc import Iterator
from typing import Final

from onboarding import names
from onboarding.cluster import Object, cluster_of
from onboarding.errors import AccessDenied
from onboarding.plan import Finding
from onboarding.resource import Context

_API: Final = "/apis/admissionregistration.k8s.io/v1"
_POLICY: Final = f"{_API}/validatingadmissionpolicies/{names.POD_POLICY}"
_BINDING: Final = f"{_API}/validatingadmissionpolicybindings/{names.POD_POLICY}"
_MEND: Final = "kubectl apply -f accounts/cluster-pods.yaml"


def pod_policy_findings(context: Context) -> Iterator[Finding]:
    """A warning where the policy is missing, or denies nothing, or the function may not look.

    Its parameters are the cluster owner's: they are shown and not judged.
    """
    resource, cluster = f"cluster {context.settings.eks_cluster} policy {names.POD_POLICY}", cluster_of(context)
    try:
        policy, binding = cluster.get(_POLICY), cluster.get(_BINDING)
    except AccessDenied:
        yield Finding(
            id="POD-POLICY",
            resource=resource,
            state="not known",
            reason="the function may not see whether the cluster has it",
            mend="kubectl apply -f accounts/cluster-rbac.yaml",
            warning=True,
        )
        return
    if policy is not None and binding is not None and _denies(policy, binding):
        yield Finding(id="POD-POLICY", resource=resource, state=f"in force: {_parameters(policy)}")
        return
    yield Finding(
        id="POD-POLICY",
        resource=resource,
        state="not in force" if policy is not None else "missing",
        reason="the team's scientists can make privileged pods, mount a node's disk, and so reach other teams' pods",
        mend=_MEND,
        warning=True,
    )


def _denies(policy: Object, binding: Object) -> bool:
    bound = binding["spec"]
    return (
        policy["spec"].get("failurePolicy", "Fail") == "Fail"
        and bound["policyName"] == names.POD_POLICY
        and "Deny" in bound["validationActions"]
        # By these it would be narrowed to some namespaces or objects, which their owners may leave.
        and not bound.get("matchResources")
    )


def _parameters(policy: Object) -> str:
    """The lists of the policy that somebody has written down: those of its own have words in them."""
    listed = [each for each in policy["spec"].get("variables", []) if each["expression"].startswith("[")]
    return ", ".join(f"{each['name']} {each['expression']}" for each in listed) or "without parameters"
