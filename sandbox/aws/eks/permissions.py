"""EKS: clusters, access entries, pod identity associations and add-ons."""

from typing import Any

from sandbox.aws.eks.clusters import parts_of
from sandbox.aws.iam.permissions import pass_role
from sandbox.aws.policies.needs import UNKNOWN, Row, Target, both, request_tags, row, when
from sandbox.runtime.call_log import Need

PODS = "pods.eks.amazonaws.com"


def _access_entry_arn(account: str, region: str, cluster: str, principal: str) -> str:
    """The ARN of a principal's access entry."""
    found = next((one.arn for one in parts_of(account, region, cluster) if principal in _names(one)), None)
    owner, _, name = principal.partition("::")[2].partition(":")
    kind, _, path = name.partition("/")
    guess = f"access-entry/{cluster}/{kind}/{owner}/{path.rsplit('/', 1)[-1]}/{UNKNOWN}"
    return found or f"arn:aws:eks:{region}:{account}:{guess}"


def _names(entry: Any) -> tuple[str, ...]:
    return (getattr(entry, "principal_arn", ""), getattr(entry, "principal_id", ""))


def _addon_arn(account: str, region: str, cluster: str, addon: str) -> str:
    """The ARN of a cluster's add-on."""
    prefix = f"arn:aws:eks:{region}:{account}:addon/{cluster}/{addon}/"
    return next((one.arn for one in parts_of(account, region, cluster) if one.arn.startswith(prefix)), prefix + UNKNOWN)


def _cluster(target: Target) -> str:
    return target.arn(f"cluster/{target['clusterName'] or target['name']}")


def _entry(target: Target) -> str:
    return _access_entry_arn(target.account, target.region, target["clusterName"], target["principalArn"])


def _everything(target: Target) -> str:
    return "*"


def _new_entry(target: Target) -> dict[str, object]:
    # Whether EKS supplies a type that the request leaves out is not documented.
    return {
        "eks:principalArn": target["principalArn"],
        "eks:kubernetesGroups": target["kubernetesGroups"],
        "eks:username": target["username"],
        "eks:accessEntryType": target["type"],
    }


def _access_policy(target: Target) -> dict[str, object]:
    scope = target["accessScope"] or {}
    return {
        "eks:policyArn": target["policyArn"],
        "eks:accessScope": scope.get("type"),
        "eks:namespaces": scope.get("namespaces"),
    }


def _association(target: Target) -> str:
    return target.arn(f"podidentityassociation/{target['clusterName']}/{target['associationId']}")


def _addon(target: Target) -> str:
    return _addon_arn(target.account, target.region, target["clusterName"], target["addonName"])


def _hand_over_role(target: Target) -> list[Need]:
    role = target["roleArn"]
    return [*pass_role(target, role, PODS), Need("iam:GetRole", role)] if role else []


def _tagged(target: Target) -> str:
    return str(target["resourceArn"])


def _new_association(target: Target) -> str:
    return target.arn(f"podidentityassociation/{target['clusterName']}/{UNKNOWN}")


def _tagging_new(resource: Row) -> Row:
    """Tags given at creation take the permission to tag as well."""
    return when(lambda target: target["tags"], resource)


ROWS: dict[tuple[str, str], Row] = {
    ("eks", "DescribeCluster"): row(_cluster),
    ("eks", "CreateAccessEntry"): both(
        row(_cluster, _new_entry, request_tags), _tagging_new(row(_entry, request_tags, action="eks:TagResource"))
    ),
    ("eks", "DescribeAccessEntry"): row(_entry),
    ("eks", "UpdateAccessEntry"): row(_entry),
    ("eks", "DeleteAccessEntry"): row(_entry),
    ("eks", "ListAccessEntries"): row(_cluster),
    ("eks", "AssociateAccessPolicy"): row(_entry, _access_policy),
    ("eks", "DisassociateAccessPolicy"): row(_entry, _access_policy),
    ("eks", "ListAssociatedAccessPolicies"): row(_entry),
    ("eks", "ListAccessPolicies"): row(_everything),
    ("eks", "CreatePodIdentityAssociation"): both(
        row(_cluster, request_tags),
        _hand_over_role,
        _tagging_new(row(_new_association, request_tags, action="eks:TagResource")),
    ),
    ("eks", "DescribePodIdentityAssociation"): row(_association),
    ("eks", "UpdatePodIdentityAssociation"): both(row(_association), _hand_over_role),
    ("eks", "DeletePodIdentityAssociation"): row(_association),
    ("eks", "ListPodIdentityAssociations"): row(_cluster),
    ("eks", "DescribeAddon"): row(_addon),
    ("eks", "ListAddons"): row(_cluster),
    ("eks", "TagResource"): row(_tagged, request_tags),
    ("eks", "UntagResource"): row(_tagged, request_tags),
    ("eks", "ListTagsForResource"): row(_tagged),
}
