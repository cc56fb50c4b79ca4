"""What a request does not say but its authorization needs: generated parts of ARNs, tags, keys."""

from collections.abc import Callable, Iterable
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.eks.models import eks_backends
from moto.fsx.models import fsx_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sagemaker.models import sagemaker_backends

from sandbox.aws.eks.clusters import extras
from sandbox.aws.fsx.associations import held_by
from sandbox.aws.gateway.caller import role_named, tags_dict
from sandbox.aws.gateway.resource_policies import access_point, bucket_owner, kms_key
from sandbox.aws.sagemaker.compute_quotas import quotas_of

MANAGED = "alias/aws/s3"
"""The key that AWS manages for S3 in each account; its policy lets no other account in, and nobody can change that."""

UNKNOWN = "00000000-0000-0000-0000-000000000000"
"""Stands for the generated part of an ARN of something that does not exist."""


def access_entry_arn(account: str, region: str, cluster: str, principal: str) -> str:
    """The ARN of a principal's access entry."""
    found = next((one.arn for one in _eks(account, region, cluster) if principal in _names(one)), None)
    owner, _, name = principal.partition("::")[2].partition(":")
    kind, _, path = name.partition("/")
    guess = f"access-entry/{cluster}/{kind}/{owner}/{path.rsplit('/', 1)[-1]}/{UNKNOWN}"
    return found or f"arn:aws:eks:{region}:{account}:{guess}"


def addon_arn(account: str, region: str, cluster: str, addon: str) -> str:
    """The ARN of a cluster's add-on."""
    prefix = f"arn:aws:eks:{region}:{account}:addon/{cluster}/{addon}/"
    return next((one.arn for one in _eks(account, region, cluster) if one.arn.startswith(prefix)), prefix + UNKNOWN)


def sagemaker_cluster_arn(account: str, region: str, name: str) -> str:
    """The ARN of a HyperPod cluster that is given by name or ARN."""
    if name.startswith("arn:"):
        return name
    cluster = sagemaker_backends[account][region].clusters.get(name)
    return str(cluster.arn) if cluster else f"arn:aws:sagemaker:{region}:{account}:cluster/{name}"


def link_arn(account: str, region: str, identity: str) -> str:
    """The ARN of a data repository association."""
    links = held_by(fsx_backends[account][region]).links
    unknown = f"arn:aws:fsx:{region}:{account}:association/fs-00000000000000000/{identity}"
    return next((link.arn for link in links if link.id == identity), unknown)


def key_arn(account: str, region: str, name: str) -> str:
    """The ARN of a key that is given by id, ARN or alias."""
    kind = name.split(":", 5)[-1]
    if name.startswith("arn:"):
        region, account = name.split(":")[3:5]
    if kind.startswith("alias/"):
        kind = kms_backends[account][region].get_key_id_from_alias(kind) or kind
    return f"arn:aws:kms:{region}:{account}:key/{kind.removeprefix('key/')}"


def bucket_key(bucket: str, caller: str, *, writes: bool) -> str | None:
    """The ARN of the key by which a bucket encrypts by default, which a caller of that account needs.

    None where there is none to ask: S3's own, and to its own account the one that AWS manages. An id or the name of an
    alias means a key of the account that writes (S3 API reference, ServerSideEncryptionByDefault).
    """
    owner = bucket_owner(bucket)
    if owner is None:
        return None
    stored = s3_backends[owner]["aws"].buckets[bucket]
    rule = (stored.encryption or {}).get("Rule", {})
    rule = rule[0] if isinstance(rule, list) else rule
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    if not str(default.get("SSEAlgorithm")).startswith("aws:kms"):
        return None
    key = str(default.get("KMSMasterKeyID") or MANAGED)
    if key.split(":")[-1] == MANAGED:
        return None if caller == owner else f"arn:aws:kms:{stored.region_name}:{owner}:key/{MANAGED}"
    return key_arn(caller if writes else owner, stored.region_name, key)


def partition_key(account: str, region: str, table: str) -> str | None:
    """The name of a DynamoDB table's partition key."""
    found = dynamodb_backends[account][region].tables.get(table.rsplit("/", 1)[-1])
    return str(found.hash_key_attr) if found else None


def tags_of(arn: str) -> dict[str, str]:
    """The tags of an existing resource of a service that our policies look at the tags of; else none."""
    if arn.count(":") < 5:
        return {}
    service, region, account, name = arn.split(":", 5)[2:]
    source = _TAGS.get((service, name.split("/")[0]))
    return source(arn, account, region) if source else {}


def _role_tags(arn: str, account: str, region: str) -> dict[str, str]:
    role = role_named(arn)
    return tags_dict(role.tags) if role else {}


def _access_point_tags(arn: str, account: str, region: str) -> dict[str, str]:
    point = access_point(arn)
    return tags_dict(s3_backends[account]["aws"].tagger.list_tags_for_resource(point.arn)["Tags"]) if point else {}


def _key_tags(arn: str, account: str, region: str) -> dict[str, str]:
    key = kms_key(arn)
    return tags_dict(kms_backends[account][region].list_resource_tags(key.id)["Tags"]) if key else {}


def _eks_cluster_tags(arn: str, account: str, region: str) -> dict[str, str]:
    cluster = eks_backends[account][region].clusters.get(arn.rsplit("/", 1)[-1])
    return dict(cluster.tags or {}) if cluster else {}


def _eks_part_tags(arn: str, account: str, region: str) -> dict[str, str]:
    parts = _eks(account, region, arn.split("/")[1])
    return next((dict(one.tags or {}) for one in parts if one.arn == arn), {})


def _sagemaker_tags(arn: str, account: str, region: str) -> dict[str, str]:
    clusters = sagemaker_backends[account][region].clusters.values()
    return next((tags_dict(cluster.tags) for cluster in clusters if cluster.arn == arn), {})


def _link_tags(arn: str, account: str, region: str) -> dict[str, str]:
    links = held_by(fsx_backends[account][region]).links
    return next((tags_dict(link.tags) for link in links if link.arn == arn), {})


def _quota_tags(arn: str, account: str, region: str) -> dict[str, str]:
    quotas = quotas_of(sagemaker_backends[account][region])
    return next((tags_dict(quota.tags) for quota in quotas if quota.arn == arn), {})


_TAGS: dict[tuple[str, str], Callable[[str, str, str], dict[str, str]]] = {
    ("iam", "role"): _role_tags,
    ("s3", "accesspoint"): _access_point_tags,
    ("kms", "key"): _key_tags,
    ("eks", "cluster"): _eks_cluster_tags,
    ("eks", "access-entry"): _eks_part_tags,
    ("eks", "podidentityassociation"): _eks_part_tags,
    ("eks", "addon"): _eks_part_tags,
    ("sagemaker", "cluster"): _sagemaker_tags,
    ("sagemaker", "compute-quota"): _quota_tags,
    ("fsx", "association"): _link_tags,
}


def _eks(account: str, region: str, cluster: str) -> Iterable[Any]:
    """A cluster's access entries, associations and add-ons; each has an ARN and tags."""
    found = eks_backends[account][region].clusters.get(cluster)
    if found is None:
        return []
    parts = extras(found)
    return [*parts.access_entries, *parts.associations, *parts.addons.values()]


def _names(entry: Any) -> tuple[str, ...]:
    return (getattr(entry, "principal_arn", ""), getattr(entry, "principal_id", ""))
