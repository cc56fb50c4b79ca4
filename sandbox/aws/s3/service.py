"""S3 and S3 Control as the sandbox plays them."""

import json
from typing import Any

from moto.s3.models import FakeBucket, s3_backends
from moto.s3control.models import AccessPoint, s3control_backends

from sandbox.aws.policies.needs import tags_dict
from sandbox.aws.policies.policy import statements
from sandbox.aws.s3 import access_point_data, access_points, buckets
from sandbox.aws.s3.lookups import access_point, bucket_owner
from sandbox.aws.s3.permissions import ROWS
from sandbox.aws.service import ResourcePolicy, Service


def _policy_on(action: str, resource: str) -> ResourcePolicy | None:
    kind = resource.split(":", 5)[-1]
    if kind.startswith("accesspoint/"):
        point = access_point(resource)
        return ResourcePolicy(statements(point.policy) if point else ())
    if not resource.startswith("arn:aws:s3:::"):
        return None
    bucket = kind.split("/")[0]
    owner = bucket_owner(bucket)
    return ResourcePolicy(statements(s3_backends[owner]["aws"].buckets[bucket].policy)) if owner else None


def _tags(arn: str, account: str, region: str) -> dict[str, str]:
    point = access_point(arn)
    return _tags_of(point.arn, account) if point else {}


def _tags_of(arn: str, account: str) -> dict[str, str]:
    return tags_dict(s3_backends[account]["aws"].tagger.list_tags_for_resource(arn)["Tags"])


def _install() -> None:
    buckets.install()
    access_points.install()
    access_point_data.install()


def _snapshot(account: str, region: str) -> dict[str, Any]:
    points = s3control_backends[account]["aws"].access_points.get(account, {})
    return {
        "buckets": {
            bucket.name: _bucket(bucket, account) for bucket in list(s3_backends[account]["aws"].buckets.values())
        },
        "access points": {name: _access_point(point, account) for name, point in list(points.items())},
    }


def _bucket(bucket: FakeBucket, account: str) -> dict[str, Any]:
    blocked = bucket.public_access_block
    return {
        "policy": _document(bucket.policy),
        "public access block": blocked.to_config_dict() if blocked else None,
        "encryption": bucket.encryption,
        "tags": _tags_of(bucket.arn, account),
        "objects": sorted(bucket.keys),
    }


def _access_point(point: AccessPoint, account: str) -> dict[str, Any]:
    return {
        "bucket": point.bucket,
        "policy": _document(point.policy),
        "public access block": dict(point.pubc),
        "network": point.vpc_id or point.network_origin,
        "tags": _tags_of(point.arn, account),
    }


def _document(text: str | bytes | None) -> Any:
    return json.loads(text) if text else None


SERVICE = Service(
    rows=ROWS,
    policies={"s3": _policy_on},
    tags={("s3", "accesspoint"): _tags},
    install=_install,
    snapshot=_snapshot,
)
