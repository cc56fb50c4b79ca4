"""EKS pod identity associations."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from sandbox.aws.eks.clusters import cluster_of, extras, once, refuse
from sandbox.aws.iam.principals import unique_id
from sandbox.aws.moto.operations import Call, Handler, error, page

_ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass
class Association:
    """The role that the pods of one service account get."""

    cluster: str
    arn: str
    id: str
    namespace: str
    service_account: str
    role_arn: str
    tags: dict[str, str]
    disable_session_tags: bool = False
    target_role_arn: str | None = None
    policy: str | None = None
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)


@once
def create(call: Call) -> dict[str, Any]:
    """CreatePodIdentityAssociation: the namespace and the service account need not exist."""
    cluster, params = cluster_of(call), call.params
    _check(call)
    for other in extras(cluster).associations:
        if (other.namespace, other.service_account) == (params["namespace"], params["serviceAccount"]):
            raise error("ResourceInUseException", f"Association already exists: {other.id}", cluster_name=cluster.name)
    identity = "a-" + "".join(mock_random.choice(_ID_CHARACTERS) for _ in range(17))
    association = Association(
        cluster=cluster.name,
        arn=f"arn:aws:eks:{call.region}:{call.account}:podidentityassociation/{cluster.name}/{identity}",
        id=identity,
        namespace=params["namespace"],
        service_account=params["serviceAccount"],
        role_arn=params["roleArn"],
        tags=params.get("tags", {}),
        disable_session_tags=params.get("disableSessionTags", False),
        target_role_arn=params.get("targetRoleArn"),
        policy=params.get("policy"),
    )
    extras(cluster).associations.put(identity, association)
    return {"association": _show(association)}


def describe(call: Call) -> dict[str, Any]:
    """DescribePodIdentityAssociation."""
    association = extras(cluster_of(call)).associations.described(call.params["associationId"])
    if association is None:
        raise _not_found(call)
    return {"association": _show(association)}


@once
def update(call: Call) -> dict[str, Any]:
    """UpdatePodIdentityAssociation: fields left out stay."""
    association = _association_of(call)
    _check(call, association)
    association.role_arn = call.params.get("roleArn", association.role_arn)
    association.disable_session_tags = call.params.get("disableSessionTags", association.disable_session_tags)
    association.target_role_arn = call.params.get("targetRoleArn", association.target_role_arn)
    association.policy = call.params.get("policy", association.policy)
    association.modified = utcnow()
    return {"association": _show(association)}


def delete(call: Call) -> dict[str, Any]:
    """DeletePodIdentityAssociation."""
    association = _association_of(call)
    extras(cluster_of(call)).associations.remove(association.id)
    return {"association": _show(association)}


def list_associations(call: Call) -> dict[str, Any]:
    """ListPodIdentityAssociations."""
    namespace, service_account = call.params.get("namespace"), call.params.get("serviceAccount")
    found = [
        _summary(association)
        for association in extras(cluster_of(call)).associations.listed()
        if namespace in (None, association.namespace) and service_account in (None, association.service_account)
    ]
    shown, token = page(found, call.params.get("maxResults", 100), call.params.get("nextToken"), refuse)
    return {"associations": shown, "nextToken": token}


HANDLERS: dict[str, Handler] = {
    "CreatePodIdentityAssociation": create,
    "DescribePodIdentityAssociation": describe,
    "UpdatePodIdentityAssociation": update,
    "DeletePodIdentityAssociation": delete,
    "ListPodIdentityAssociations": list_associations,
}


def _check(call: Call, found: Association | None = None) -> None:
    untagged = call.params.get("disableSessionTags", found is not None and found.disable_session_tags)
    # "When using this policy, disableSessionTags must be set to true" (API reference, UpdatePodIdentityAssociation).
    if not untagged and (call.params.get("policy") or (found is not None and found.policy)):
        raise refuse("A policy can be set only where disableSessionTags is true.")
    # What takes a target role or a policy away again is not documented; that an empty one does is not assumed.
    if "" in (call.params.get("targetRoleArn"), call.params.get("policy")):
        raise refuse("The target role and the policy must not be empty.")
    role = call.params.get("roleArn")
    # The role must be the cluster account's own; another account's is reached through targetRoleArn.
    if role is not None and (f":iam::{call.account}:role/" not in role or unique_id(role) is None):
        raise refuse("Role provided in the request does not exist.")


def _association_of(call: Call) -> Association:
    association: Association | None = extras(cluster_of(call)).associations.get(call.params["associationId"])
    if association is None:
        raise _not_found(call)
    return association


def _not_found(call: Call) -> Exception:
    return error(
        "ResourceNotFoundException",
        f"The specified association could not be found: {call.params['associationId']}",
        cluster_name=call.params["clusterName"],
    )


def _summary(association: Association) -> dict[str, Any]:
    return {
        "clusterName": association.cluster,
        "namespace": association.namespace,
        "serviceAccount": association.service_account,
        "associationArn": association.arn,
        "associationId": association.id,
    }


def _show(association: Association) -> dict[str, Any]:
    target = association.target_role_arn
    account, cluster_arn = association.arn.split(":")[4], association.arn.split(":podidentity")[0]
    region = cluster_arn.split(":")[3]
    chained = {
        "targetRoleArn": target,
        "externalId": f"{region}/{account}/{association.cluster}/{association.namespace}",
    }
    return (
        _summary(association)
        | {
            "roleArn": association.role_arn,
            "tags": association.tags,
            "createdAt": association.created,
            "modifiedAt": association.modified,
            "disableSessionTags": association.disable_session_tags,
            "policy": association.policy,
        }
        | (chained if target else {})
    )
