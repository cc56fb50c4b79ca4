"""Which rules an event may ask for: those of one ClusterRole, which the owner of the cluster writes.

What the stack itself may do is no yardstick: it has rights for its own work, on namespaces for instance.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Final

from onboarding import names
from onboarding.cluster import cluster_of
from onboarding.kubernetes_rights import RBAC_GROUP
from onboarding.plan import Finding
from onboarding.request import RbacRule
from onboarding.resource import Context

Rule = dict[str, Any]

_PATH: Final = f"/apis/{RBAC_GROUP}/v1/clusterroles/{names.GRANTABLE_ROLE}"
_MEND: Final = "kubectl apply -f accounts/cluster-rbac.yaml"


def grantable_findings(rules: Iterable[RbacRule], context: Context) -> Iterator[Finding]:
    """A problem for each resource on which the rules want more verbs than the ClusterRole has; none is read where an
    event has no rules.
    """
    asked = list(rules)
    if not asked:
        return
    address = f"cluster {context.settings.eks_cluster} ClusterRole {names.GRANTABLE_ROLE}"
    role = cluster_of(context).get(_PATH)
    if role is None:
        reason = "is missing, so that no team can be given rules of its own"
        yield Finding(id="RBAC-GRANTABLE", resource=address, state="missing", reason=reason, mend=_MEND)
        return
    yardstick: list[Rule] = role.get("rules") or []
    yield Finding(id="RBAC-GRANTABLE", resource=address, state=f"{len(yardstick)} rules")
    for rule in asked:
        for group in rule.api_groups:
            for resource in rule.resources:
                missing = [
                    verb for verb in rule.verbs if not _covered(yardstick, group, resource, verb, rule.resource_names)
                ]
                if missing:
                    yield Finding(
                        id="RBAC-RULE",
                        resource=f"access.rules: {resource} in {group or 'the core group'}",
                        reason=f"teams may not be given the verbs {', '.join(missing)}. Whoever answers for the "
                        f"cluster adds them to the ClusterRole {names.GRANTABLE_ROLE} (accounts/cluster-rbac.yaml)",
                    )


def unheld_findings(rules: Iterable[Rule], context: Context) -> Iterator[Finding]:
    """A problem where the ClusterRole lacks what a team's Role is to have: Kubernetes would refuse it halfway, as after
    an update of the stack for which the cluster's file was not applied anew.
    """
    role = cluster_of(context).get(_PATH) or {}
    yardstick: list[Rule] = role.get("rules") or []
    lacking = sorted(
        {
            f"{resource}.{group}" if group else resource
            for rule in rules
            for group, resource, verb in product(rule["apiGroups"], rule["resources"], rule["verbs"])
            if not _covered(yardstick, group, resource, verb, rule.get("resourceNames"))
        }
    )
    if lacking:
        yield Finding(
            id="RBAC-GRANTABLE",
            resource=f"cluster {context.settings.eks_cluster} ClusterRole {names.GRANTABLE_ROLE}",
            state="older than the stack" if role else "missing",
            reason=f"lacks what the team's Role is to have on {', '.join(lacking)}, and Kubernetes lets the stack hand "
            "out nothing that is not there. Apply the file of this version",
            mend=_MEND,
        )


def _covered(yardstick: list[Rule], group: str, resource: str, verb: str, asked: list[str] | None) -> bool:
    """Whether one verb on one resource, for each name that is `asked` for, is in the yardstick.

    As Kubernetes compares rules when somebody hands them out (k8s.io/component-helpers, auth/rbac/validation): a rule
    without names covers all, one with names no rule without.
    """
    fitting = [
        rule
        for rule in yardstick
        if _has(rule.get("verbs"), verb) and _has(rule.get("apiGroups"), group) and _has_resource(rule, resource)
    ]
    named = [rule.get("resourceNames") or [] for rule in fitting]
    if [] in named:
        return True
    return bool(asked) and all(any(each in some for some in named) for each in asked or ())


def _has(values: list[str] | None, value: str) -> bool:
    return bool(values) and ("*" in (values or ()) or value in (values or ()))


def _has_resource(rule: Rule, resource: str) -> bool:
    _, _, subresource = resource.partition("/")
    values = rule.get("resources")
    return _has(values, resource) or (bool(subresource) and f"*/{subresource}" in (values or ()))
