"""EKS access entries and the access policies associated with them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.eks.models import Cluster
from moto.moto_api._internal import mock_random

from sandbox.aws.eks.clusters import cluster_of, extras, once, refuse
from sandbox.aws.iam.principals import unique_id
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import Call, Handler, error, page

POLICY_PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
    # What HyperPod brings along (SageMaker developer guide, "Setting up an Amazon EKS cluster in Studio").
    "AmazonSagemakerHyperpodInferencePolicy",
    "AmazonSagemakerHyperpodSpacePolicy",
    "AmazonSagemakerHyperpodSpaceTemplatePolicy",
    "AmazonSagemakerHyperpodTrainingPolicy",
    "AmazonSagemakerHyperpodUserClusterPolicy",
)
TYPES = ("STANDARD", "EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX")
_RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
_PRINCIPAL = re.compile(r"arn:aws:iam::(?P<account>\d{12}):(?P<kind>role|user)/(?:.*/)?(?P<name>[^/]+)")


@dataclass
class AccessEntry:
    """One principal's access to one cluster.

    EKS stores the principal's unique id with the entry, and does not show it: after the role was deleted and made
    again, the entry looks as before and lets nobody in.
    """

    cluster: str
    arn: str
    principal_arn: str
    principal_id: str
    groups: list[str]
    username: str
    type: str
    tags: dict[str, str]
    born: float = field(default_factory=lambda: current().clock.now(), compare=False)
    """On the sandbox's clock."""
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Policy ARN to the associated access policy, as the API shows it."""


@once
def create(call: Call) -> dict[str, Any]:
    """CreateAccessEntry."""
    cluster, params = _open_cluster(call), call.params
    principal = params["principalArn"]
    match = _PRINCIPAL.fullmatch(principal)
    principal_id = unique_id(principal) if match else None
    if match is None or principal_id is None:
        raise refuse("The specified principalArn is invalid: invalid principal.")
    kind = params.get("type", "STANDARD")
    if kind not in TYPES:
        raise refuse("The specified access entry type is invalid.")
    if kind != "STANDARD" and (params.get("kubernetesGroups") or params.get("username")):
        raise refuse(f"The username and kubernetesGroups cannot be set for access entry type {kind}.")
    if extras(cluster).access_entries.get(principal) is not None:
        raise error(
            "ResourceInUseException",
            "The specified access entry resource is already in use on this cluster.",
            cluster_name=cluster.name,
        )
    _check_names(params)
    account, name = match["account"], match["name"]
    role_user = f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
    entry = AccessEntry(
        cluster=cluster.name,
        arn=f"arn:aws:eks:{call.region}:{call.account}:access-entry/{cluster.name}/{match['kind']}/{account}/{name}/"
        f"{mock_random.uuid4()}",
        principal_arn=principal,
        principal_id=principal_id,
        groups=params.get("kubernetesGroups", []),
        username=params.get("username") or (role_user if match["kind"] == "role" else principal),
        type=kind,
        tags=params.get("tags", {}),
    )
    extras(cluster).access_entries.put(principal, entry)
    return {"accessEntry": _show(entry)}


def describe(call: Call) -> dict[str, Any]:
    """DescribeAccessEntry."""
    cluster = _open_cluster(call)
    entry = extras(cluster).access_entries.described(call.params["principalArn"])
    if entry is None:
        raise _not_found(cluster)
    return {"accessEntry": _show(entry)}


@once
def update(call: Call) -> dict[str, Any]:
    """UpdateAccessEntry: groups are declared whole."""
    entry = _entry_of(call)
    if entry.type != "STANDARD":
        raise error("InvalidRequestException", f"An access entry of type {entry.type} cannot be updated.")
    _check_names(call.params)
    if call.params.get("username", "").startswith("arn:") and not current().takes_own_username:
        raise refuse("The specified username is invalid.")
    entry.groups = call.params.get("kubernetesGroups", entry.groups)
    entry.username = call.params.get("username", entry.username)
    entry.modified = utcnow()
    return {"accessEntry": _show(entry)}


def delete(call: Call) -> None:
    """DeleteAccessEntry: its policy associations go with it."""
    entry = _entry_of(call)
    extras(cluster_of(call)).access_entries.remove(entry.principal_arn)


def list_entries(call: Call) -> dict[str, Any]:
    """ListAccessEntries."""
    wanted = call.params.get("associatedPolicyArn")
    entries = extras(_open_cluster(call)).access_entries.listed()
    arns = [entry.principal_arn for entry in entries if wanted is None or wanted in entry.policies]
    shown, token = page(arns, call.params.get("maxResults", 100), call.params.get("nextToken"), refuse)
    return {"accessEntries": shown, "nextToken": token}


def associate(call: Call) -> dict[str, Any]:
    """AssociateAccessPolicy: again with another scope replaces the scope."""
    cluster = _open_cluster(call)
    entry: AccessEntry | None = extras(cluster).access_entries.settled(call.params["principalArn"])
    if entry is None:
        raise _not_found(cluster)
    policy, scope = call.params["policyArn"], call.params["accessScope"]
    if policy not in _policy_arns():
        raise refuse("The specified policyArn is invalid.")
    if entry.type not in ("STANDARD", "EC2"):
        raise error("InvalidRequestException", f"Access policies cannot be associated with type {entry.type}.")
    if scope.get("type") not in ("cluster", "namespace"):
        raise refuse("The accessScope type must be cluster or namespace.")
    if (scope["type"] == "namespace") != bool(scope.get("namespaces")):
        raise refuse("The accessScope namespaces must be given for type namespace, and for it alone.")
    now = utcnow()
    before = entry.policies.get(policy)
    entry.policies[policy] = {
        "policyArn": policy,
        "accessScope": {"type": scope["type"], "namespaces": scope.get("namespaces", [])},
        "associatedAt": before["associatedAt"] if before else now,
        "modifiedAt": now,
    }
    return _of_principal(entry) | {"associatedAccessPolicy": entry.policies[policy]}


def disassociate(call: Call) -> None:
    """DisassociateAccessPolicy."""
    if _entry_of(call).policies.pop(call.params["policyArn"], None) is None:
        raise error("ResourceNotFoundException", "The specified policyArn is not associated with the access entry.")


def list_associated(call: Call) -> dict[str, Any]:
    """ListAssociatedAccessPolicies."""
    entry = _entry_of(call)
    policies = list(entry.policies.values())
    shown, token = page(policies, call.params.get("maxResults", 100), call.params.get("nextToken"), refuse)
    return _of_principal(entry) | {"associatedAccessPolicies": shown, "nextToken": token}


def list_policies(call: Call) -> dict[str, Any]:
    """ListAccessPolicies."""
    known = [{"name": name, "arn": POLICY_PREFIX + name} for name in POLICIES]
    shown, token = page(known, call.params.get("maxResults", 100), call.params.get("nextToken"), refuse)
    return {"accessPolicies": shown, "nextToken": token}


HANDLERS: dict[str, Handler] = {
    "CreateAccessEntry": create,
    "DescribeAccessEntry": describe,
    "UpdateAccessEntry": update,
    "DeleteAccessEntry": delete,
    "ListAccessEntries": list_entries,
    "AssociateAccessPolicy": associate,
    "DisassociateAccessPolicy": disassociate,
    "ListAssociatedAccessPolicies": list_associated,
    "ListAccessPolicies": list_policies,
}


def _open_cluster(call: Call) -> Cluster:
    cluster = cluster_of(call)
    if extras(cluster).authentication_mode == "CONFIG_MAP":
        raise error(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
            "operation.",
            cluster_name=cluster.name,
        )
    return cluster


def _entry_of(call: Call) -> AccessEntry:
    cluster = _open_cluster(call)
    entry: AccessEntry | None = extras(cluster).access_entries.get(call.params["principalArn"])
    if entry is None:
        raise _not_found(cluster)
    return entry


def _not_found(cluster: Cluster) -> Exception:
    return error(
        "ResourceNotFoundException",
        "The specified principalArn could not be found. You can view your available access entries with "
        "'list-access-entries'.",
        cluster_name=cluster.name,
    )


def _check_names(params: dict[str, Any]) -> None:
    for group in params.get("kubernetesGroups", []):
        for prefix in _RESERVED:
            if group.startswith(prefix):
                raise refuse(f"The kubernetes group name {group} is invalid, it cannot start with {prefix}")
    for prefix in _RESERVED:
        if params.get("username", "").startswith(prefix):
            raise refuse(f"The username must not begin with {prefix}")


def _policy_arns() -> set[str]:
    return {POLICY_PREFIX + name for name in POLICIES}


def _of_principal(entry: AccessEntry) -> dict[str, Any]:
    return {"clusterName": entry.cluster, "principalArn": entry.principal_arn}


def _show(entry: AccessEntry) -> dict[str, Any]:
    return _of_principal(entry) | {
        "kubernetesGroups": entry.groups,
        "accessEntryArn": entry.arn,
        "createdAt": entry.created,
        "modifiedAt": entry.modified,
        "tags": entry.tags,
        "username": entry.username,
        "type": entry.type,
    }
