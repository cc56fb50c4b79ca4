"""The access policies of a team's entry: those that the stack sees to, and those of others that may stay beside."""

from collections.abc import Collection
from typing import Any, Final

from onboarding.settings import Settings

OURS: Final = {
    "view": "AmazonEKSViewPolicy",
    "edit": "AmazonEKSEditPolicy",
    "admin": "AmazonEKSAdminPolicy",
}
"""What an event's `access.policy` means, the least first."""

# HyperPod's own policies, and the scopes that AWS gives them (SageMaker developer guide, "Setting up an Amazon EKS
# cluster in Studio").
_IN_THE_NAMESPACE: Final = frozenset(
    {
        "AmazonSagemakerHyperpodInferencePolicy",
        "AmazonSagemakerHyperpodSpacePolicy",
        "AmazonSagemakerHyperpodTrainingPolicy",
    }
)
_OF_TEMPLATES: Final = "AmazonSagemakerHyperpodSpaceTemplatePolicy"
_OF_THE_CLUSTER: Final = "AmazonSagemakerHyperpodUserClusterPolicy"
_TEMPLATES: Final = frozenset({"jupyter-k8s-shared", "jupyter-k8s-system"})
"""Where the templates of spaces are; the second is seen in the field."""


def arn(name: str, settings: Settings) -> str:
    """The ARN of one of EKS's access policies."""
    return f"arn:{settings.partition}:eks::aws:cluster-access-policy/{name}"


def hyperpods(short: str) -> str:
    """The name of one of HyperPod's own policies, by the short one that an event and the stack's parameters give."""
    return f"AmazonSagemakerHyperpod{short}Policy"


def known(eks: Any) -> set[str]:
    """The ARNs of the access policies that EKS has in this Region. Raises botocore's ClientError."""
    pages = eks.get_paginator("list_access_policies").paginate()
    return {policy["arn"] for page in pages for policy in page["accessPolicies"]}


def is_asked_for(policy_arn: str, namespaces: Collection[str], own: str, settings: Settings) -> bool:
    """Whether events say who has this policy in this scope, since the stack's parameters let them ask for it: then one
    that a team has not asked for is taken away, and is no longer an administrator's to leave."""
    if not namespaces:
        return name(policy_arn) in map(hyperpods, settings.cluster_access_policies)
    return set(namespaces) == {own} and name(policy_arn) in map(hyperpods, settings.access_policies)


def exceeds(policy: str, most: str) -> bool:
    """Whether an event's `access.policy` gives more than `most`, another one."""
    order = list(OURS)
    return order.index(policy) > order.index(most)


def name(policy_arn: str) -> str:
    """The name in an access policy's ARN."""
    return policy_arn.rsplit("/", 1)[1]


def associated(eks: Any, cluster: str, principal: str) -> dict[str, list[str]]:
    """ARN and namespaces (none: the whole cluster) of each policy of an access entry.

    Raises botocore's ClientError, also where there is no entry.
    """
    pages = eks.get_paginator("list_associated_access_policies").paginate(clusterName=cluster, principalArn=principal)
    return {
        policy["policyArn"]: sorted(policy["accessScope"].get("namespaces", []))
        for page in pages
        for policy in page["associatedAccessPolicies"]
    }


def stays(policy_arn: str, namespaces: Collection[str], own: str, settings: Settings) -> bool:
    """Whether a policy that an administrator of the cluster has associated is left alone.

    One of HyperPod's own is, where it lets the team into no namespace but its `own`, or is meant to go further and only
    reads there.
    """
    if is_asked_for(policy_arn, namespaces, own, settings):
        return False
    match name(policy_arn):
        case of if of in _IN_THE_NAMESPACE:
            return set(namespaces) == {own}
        case of if of == _OF_TEMPLATES:
            return bool(namespaces) and set(namespaces) <= {own, *_TEMPLATES}
        case of:
            return of == _OF_THE_CLUSTER
