"""EKS as the sandbox plays it; moto has clusters, and little of them."""

from typing import Any

from moto.eks import urls
from moto.eks.models import eks_backends
from moto.eks.responses import EKSResponse

from sandbox.aws.eks import access_entries, addons, cloudformation, clusters, pod_identity, tags
from sandbox.aws.eks.access_entries import AccessEntry
from sandbox.aws.eks.clusters import extras, parts_of
from sandbox.aws.eks.permissions import ROWS
from sandbox.aws.eks.pod_identity import Association
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import answer
from sandbox.aws.service import Service


def _install() -> None:
    patches, dispatch = current().patches, urls.response.dispatch
    patches.replace_item(urls.url_paths, "{0}/clusters/(?P<name>[^/]+)/(?P<rest>.+)$", dispatch)
    patches.replace_item(urls.url_paths, "{0}/access-policies$", dispatch)
    for part in (access_entries, pod_identity, addons, tags):
        answer(EKSResponse, part.HANDLERS, clusters.refuse)
    clusters.show_access_configuration()
    cloudformation.install()


def _cluster_tags(arn: str, account: str, region: str) -> dict[str, str]:
    cluster = eks_backends[account][region].clusters.get(arn.rsplit("/", 1)[-1])
    return dict(cluster.tags or {}) if cluster else {}


def _part_tags(arn: str, account: str, region: str) -> dict[str, str]:
    parts = parts_of(account, region, arn.split("/")[1])
    return next((dict(one.tags or {}) for one in parts if one.arn == arn), {})


def _snapshot(account: str, region: str) -> dict[str, Any]:
    held = {name: extras(cluster) for name, cluster in eks_backends[account][region].clusters.items()}
    return {
        "eks": {
            name: {
                "access_entries": {entry.principal_arn: _entry(entry) for entry in parts.access_entries},
                "associations": {
                    f"{one.namespace}/{one.service_account}": _association(one) for one in parts.associations
                },
                "addons": {addon.name: {"status": addon.status, "tags": addon.tags} for addon in parts.addons.values()},
            }
            for name, parts in sorted(held.items())
        }
    }


def _entry(entry: AccessEntry) -> dict[str, Any]:
    return {
        "groups": entry.groups,
        "username": entry.username,
        "type": entry.type,
        "tags": entry.tags,
        "policies": {arn: policy["accessScope"] for arn, policy in sorted(entry.policies.items())},
    }


def _association(association: Association) -> dict[str, Any]:
    return {
        "role": association.role_arn,
        "target_role": association.target_role_arn,
        "session_tags": not association.disable_session_tags,
        "policy": association.policy,
        "tags": association.tags,
    }


SERVICE = Service(
    rows=ROWS,
    tags={
        ("eks", "cluster"): _cluster_tags,
        ("eks", "access-entry"): _part_tags,
        ("eks", "podidentityassociation"): _part_tags,
        ("eks", "addon"): _part_tags,
    },
    install=_install,
    snapshot=_snapshot,
)
