"""Buckets and access points by name, whichever account owns them."""

from moto.s3.models import s3_backends
from moto.s3control.models import AccessPoint, s3control_backends

from sandbox.aws.kms.permissions import key_arn

MANAGED = "alias/aws/s3"
"""The key that AWS manages for S3 in each account; its policy lets no other account in, and nobody can change that."""


def bucket_owner(bucket: str) -> str | None:
    """The account that owns a bucket; none where there is no such bucket."""
    for account in list(s3_backends):
        if bucket in s3_backends[account]["aws"].buckets:
            return str(account)
    return None


def bucket_region(bucket: str) -> str | None:
    """The Region of a bucket; none where there is no such bucket."""
    owner = bucket_owner(bucket)
    return s3_backends[owner]["aws"].buckets[bucket].region_name if owner else None


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


def object_owner(resource: str) -> str | None:
    """The account to which an object belongs that is not the bucket owner's, as Object Ownership has it; else none."""
    bucket, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    owner = bucket_owner(bucket) if resource.startswith("arn:aws:s3:::") and key else None
    stored = s3_backends[owner]["aws"].buckets[bucket].keys.get(key) if owner else None
    return vars(stored).get("writer") if stored else None


def remember_writer(bucket: str, key: str, account: str) -> None:
    """An object has been written: unless the bucket's owner owns all that is in it, it belongs to who wrote it (S3 user
    guide, "Controlling ownership of objects"). Nobody here hands objects over by an access control list."""
    owner = bucket_owner(bucket)
    if owner in (None, account):
        return
    stored = s3_backends[owner]["aws"].buckets[bucket]
    written = stored.keys.get(key)
    if written is not None and str(stored.ownership_rule) != "BucketOwnerEnforced":
        vars(written)["writer"] = account


def access_point(arn: str) -> AccessPoint | None:
    """The access point that the ARN of it, or of an object through it, names."""
    parts = arn.split(":", 5)
    account, name = parts[4], parts[5].split("/")[1]
    return s3control_backends[account]["aws"].access_points.get(account, {}).get(name)
