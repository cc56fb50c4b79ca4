"""The policies that resources carry: trust policies, bucket, access point, key and event bus policies, key grants."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from moto.events.models import events_backends
from moto.kms.models import Grant, Key, kms_backends
from moto.s3.models import s3_backends
from moto.s3control.models import AccessPoint, s3control_backends

from sandbox.aws.gateway.caller import role_named
from sandbox.aws.gateway.policy import Statement, statements


@dataclass(frozen=True)
class ResourcePolicy:
    """What a resource says about who may use it."""

    statements: Sequence[Statement] = ()
    decisive: bool = False
    """Whether nobody gets in that it does not let in, of its own account neither (trust and key policies)."""
    grants: Sequence[Grant] = field(default=())


def policy_on(action: str, resource: str) -> ResourcePolicy | None:
    """The policy of the resource that an ARN names; none for a resource that can have none."""
    service, action_name = action.split(":", 1)
    kind = resource.split(":", 5)[-1]
    if service == "sts" and action_name in ("AssumeRole", "SetSourceIdentity", "TagSession"):
        role = role_named(resource)
        return ResourcePolicy(statements(role.assume_role_policy_document) if role else (), decisive=True)
    if service == "s3" and kind.startswith("accesspoint/"):
        point = access_point(resource)
        return ResourcePolicy(statements(point.policy) if point else ())
    if service == "s3" and resource.startswith("arn:aws:s3:::"):
        owner = bucket_owner(kind.split("/")[0])
        if owner is None:
            return None
        return ResourcePolicy(statements(s3_backends[owner]["aws"].buckets[kind.split("/")[0]].policy))
    if service == "kms" and ":key/" in resource:
        key = kms_key(resource)
        if key is None:
            return None
        known = tuple(grant for grant in key.grants.values() if getattr(grant, "in_force", True))
        return ResourcePolicy(statements(key.policy), decisive=True, grants=known)
    if service == "events" and ":event-bus/" in resource:
        _, _, _, region, account, name = resource.split(":", 5)
        bus = events_backends[account][region].event_buses.get(name.removeprefix("event-bus/"))
        return ResourcePolicy(statements(bus.policy) if bus else ())
    return None


def owner_of(resource: str) -> str | None:
    """The account that owns what an ARN names; none where it names no single thing."""
    if resource.startswith("arn:aws:s3:::"):
        return bucket_owner(resource.removeprefix("arn:aws:s3:::").split("/")[0])
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else None


def bucket_owner(bucket: str) -> str | None:
    """The account that owns a bucket; none where there is no such bucket."""
    for account in list(s3_backends):
        if bucket in s3_backends[account]["aws"].buckets:
            return str(account)
    return None


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


def bucket_region(bucket: str) -> str | None:
    """The Region of a bucket; none where there is no such bucket."""
    owner = bucket_owner(bucket)
    return s3_backends[owner]["aws"].buckets[bucket].region_name if owner else None


def access_point(arn: str) -> AccessPoint | None:
    """The access point that the ARN of it, or of an object through it, names."""
    parts = arn.split(":", 5)
    account, name = parts[4], parts[5].split("/")[1]
    return s3control_backends[account]["aws"].access_points.get(account, {}).get(name)


def kms_key(arn: str) -> Key | None:
    """The key with that ARN."""
    _, _, _, region, account, name = arn.split(":", 5)
    return kms_backends[account][region].keys.get(name.removeprefix("key/"))
