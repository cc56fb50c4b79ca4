"""Buckets and access points by name, whichever account owns them."""

from moto.s3.models import s3_backends
from moto.s3control.models import AccessPoint, s3control_backends

from sandbox.aws.kms.permissions import key_arn


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


def bucket_key(bucket: str) -> str | None:
    """The ARN of the customer key that a bucket encrypts with by default."""
    owner = bucket_owner(bucket)
    if owner is None:
        return None
    stored = s3_backends[owner]["aws"].buckets[bucket]
    rule = (stored.encryption or {}).get("Rule", {})
    rule = rule[0] if isinstance(rule, list) else rule
    key = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
    return key_arn(owner, stored.region_name, str(key)) if key else None


def access_point(arn: str) -> AccessPoint | None:
    """The access point that the ARN of it, or of an object through it, names."""
    parts = arn.split(":", 5)
    account, name = parts[4], parts[5].split("/")[1]
    return s3control_backends[account]["aws"].access_points.get(account, {}).get(name)
