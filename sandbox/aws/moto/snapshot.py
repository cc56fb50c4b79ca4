"""What these backends hold for an account, comparable: no generated ids, no timestamps."""

from typing import Any

from moto.eks.models import eks_backends
from moto.fsx.models import fsx_backends
from moto.kms.models import kms_backends
from moto.sagemaker.models import sagemaker_backends

from sandbox.aws.eks.access_entries import AccessEntry
from sandbox.aws.eks.clusters import extras
from sandbox.aws.eks.pod_identity import Association
from sandbox.aws.fsx.associations import held_by
from sandbox.aws.moto.installation import current
from sandbox.aws.sagemaker.compute_quotas import quotas_of


def snapshot(account: str, region: str) -> dict[str, Any]:
    """Access entries with policies, associations, add-ons, compute quotas, links of file systems and grants, each under
    a name of its own.
    """
    with current().lock:
        clusters = eks_backends[account][region].clusters
        hyperpod = sagemaker_backends[account][region].clusters
        names = {cluster.arn: cluster.cluster_name for cluster in hyperpod.values()}
        return {
            "eks": {
                name: {
                    "access_entries": {entry.principal_arn: _entry(entry) for entry in held.access_entries},
                    "associations": {
                        f"{one.namespace}/{one.service_account}": _association(one) for one in held.associations
                    },
                    "addons": {
                        addon.name: {"status": addon.status, "tags": addon.tags} for addon in held.addons.values()
                    },
                }
                for name, held in sorted((name, extras(cluster)) for name, cluster in clusters.items())
            },
            "compute_quotas": {
                quota.name: {
                    "cluster": names.get(quota.cluster_arn),
                    "status": "Created" if quota.status == "Updated" else quota.status,
                    "config": quota.config,
                    "target": quota.target,
                    "activation": quota.activation,
                    **({"description": quota.description} if quota.description else {}),
                    "tags": {tag["Key"]: tag["Value"] for tag in quota.tags},
                }
                for quota in quotas_of(sagemaker_backends[account][region])
                if quota.status != "Deleted"
            },
            "links": {
                f"{link.file_system} {link.path or '/'}": {
                    "repository": link.repository,
                    "lifecycle": link.lifecycle,
                    "s3": link.s3,
                    "tags": {tag["Key"]: tag["Value"] for tag in link.tags},
                }
                for link in held_by(fsx_backends[account][region]).links
            },
            "grants": {
                f"{number} {key.description}".strip(): sorted(
                    (grant.name or "", grant.grantee_principal, sorted(grant.operations))
                    for grant in key.grants.values()
                )
                for number, key in enumerate(kms_backends[account][region].keys.values())
            },
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
