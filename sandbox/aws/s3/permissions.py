"""S3 and S3 Control. Both use the prefix `s3` in policies."""

from sandbox.aws.gateway.lookups import bucket_key
from sandbox.aws.gateway.needs import Context, Need, Row, Target, both, keys_of, request_tags, row, when
from sandbox.aws.gateway.resource_policies import bucket_owner


def _bucket_row(action: str, *context: Context) -> Row:
    return lambda target: _through(target, action, "", *context)


def _object_row(action: str, kms_action: str | None = None) -> Row:
    """An operation on one object; on a bucket with a customer key it needs that key as well."""

    def needs(target: Target) -> list[Need]:
        key = bucket_key(target["Bucket"], target.account, writes=action != "GetObject") if kms_action else None
        return [
            *_through(target, action, target["Key"]),
            *([_decrypt(target, key, f"kms:{kms_action}")] if key else []),
        ]

    return needs


def _through(target: Target, action: str, key: str, *context: Context) -> list[Need]:
    """The bucket, or first the access point and then the bucket behind it."""
    bucket = f"arn:aws:s3:::{target['Bucket']}"
    keys = {name: value for part in context for name, value in keys_of(part(target)).items()}
    if target.access_point is None:
        return [Need(f"s3:{action}", f"{bucket}/{key}" if key else bucket, keys)]
    point = target.access_point
    keys |= {
        "s3:DataAccessPointArn": (point,),
        "s3:DataAccessPointAccount": (point.split(":")[4],),
        "s3:AccessPointNetworkOrigin": ("Internet",),
    }
    return [
        Need(f"s3:{action}", f"{point}/object/{key}" if key else point, keys),
        Need(f"s3:{action}", f"{bucket}/{key}" if key else bucket, keys, delegated=True),
    ]


def _decrypt(target: Target, key: str, action: str) -> Need:
    """S3 uses the key in the caller's name, with the object's ARN as encryption context."""
    return Need(
        action,
        key,
        {
            "kms:ViaService": (f"s3.{target.region}.amazonaws.com",),
            "kms:EncryptionContext:aws:s3:arn": (f"arn:aws:s3:::{target['Bucket']}/{target['Key']}",),
            "kms:EncryptionContextKeys": ("aws:s3:arn",),
        },
    )


def _listing(target: Target) -> dict[str, object]:
    # An empty prefix is a prefix: `s3:prefix` is there whenever the request names it.
    prefix = target.parameters.get("Prefix")
    return {
        "s3:prefix": ("",) if prefix == "" else prefix,
        "s3:delimiter": target["Delimiter"],
        "s3:max-keys": target["MaxKeys"],
    }


def _copied(target: Target) -> list[Need]:
    source = str(target["CopySource"]).removeprefix("/").split("?")[0]
    return [Need("s3:GetObject", f"arn:aws:s3:::{source}")]


def _deleted(target: Target) -> list[Need]:
    keys = [each["Key"] for each in (target["Delete"] or {}).get("Objects", [])]
    return [need for key in keys for need in _through(target, "DeleteObject", key)]


def _access_point(target: Target) -> str:
    name = str(target["Name"])
    return name if name.startswith("arn:") else f"arn:aws:s3:{target.region}:{target.account}:accesspoint/{name}"


def _tagged(target: Target) -> str:
    return str(target["ResourceArn"])


def _everything(target: Target) -> str:
    return "*"


def _new_point(target: Target) -> dict[str, object]:
    owner = target["BucketAccountId"] or bucket_owner(target["Bucket"]) or ""
    return {
        "s3:AccessPointNetworkOrigin": "VPC" if target["VpcConfiguration"] else "Internet",
        "s3:DataAccessPointAccount": target.account,
        "s3:DataAccessPointArn": _access_point(target),
        "s3:ResourceAccount": owner,
    }


def _point(target: Target) -> dict[str, object]:
    return {"s3:DataAccessPointAccount": target.account, "s3:DataAccessPointArn": _access_point(target)}


ROWS: dict[tuple[str, str], Row] = {
    ("s3", "HeadBucket"): _bucket_row("ListBucket"),
    ("s3", "ListObjects"): _bucket_row("ListBucket", _listing),
    ("s3", "ListObjectsV2"): _bucket_row("ListBucket", _listing),
    ("s3", "ListMultipartUploads"): _bucket_row("ListBucketMultipartUploads"),
    ("s3", "GetBucketLocation"): _bucket_row("GetBucketLocation"),
    ("s3", "GetBucketPolicy"): _bucket_row("GetBucketPolicy"),
    ("s3", "PutBucketPolicy"): _bucket_row("PutBucketPolicy"),
    ("s3", "DeleteBucketPolicy"): _bucket_row("DeleteBucketPolicy"),
    ("s3", "GetBucketPolicyStatus"): _bucket_row("GetBucketPolicyStatus"),
    ("s3", "GetBucketEncryption"): _bucket_row("GetEncryptionConfiguration"),
    ("s3", "GetPublicAccessBlock"): _bucket_row("GetBucketPublicAccessBlock"),
    ("s3", "GetBucketTagging"): _bucket_row("GetBucketTagging"),
    ("s3", "GetBucketOwnershipControls"): _bucket_row("GetBucketOwnershipControls"),
    ("s3", "GetObject"): _object_row("GetObject", "Decrypt"),
    ("s3", "HeadObject"): _object_row("GetObject", "Decrypt"),
    ("s3", "PutObject"): _object_row("PutObject", "GenerateDataKey"),
    ("s3", "CopyObject"): both(_copied, _object_row("PutObject", "GenerateDataKey")),
    ("s3", "DeleteObject"): _object_row("DeleteObject"),
    ("s3", "DeleteObjects"): _deleted,
    ("s3", "CreateMultipartUpload"): _object_row("PutObject", "GenerateDataKey"),
    ("s3", "UploadPart"): _object_row("PutObject", "Decrypt"),
    ("s3", "CompleteMultipartUpload"): _object_row("PutObject", "Decrypt"),
    ("s3", "AbortMultipartUpload"): _object_row("AbortMultipartUpload"),
    ("s3", "ListParts"): _object_row("ListMultipartUploadParts"),
    ("s3", "CreateAccessPoint"): both(
        row(_access_point, _new_point, request_tags),
        when(lambda target: target["Tags"], row(_access_point, request_tags, action="s3:TagResource")),
    ),
    # The service authorization reference knows no resource for these two.
    ("s3", "GetAccessPoint"): row(_everything, _point),
    ("s3", "ListAccessPoints"): row(_everything),
    ("s3", "DeleteAccessPoint"): row(_access_point, _point),
    ("s3", "GetAccessPointPolicy"): row(_access_point, _point),
    ("s3", "PutAccessPointPolicy"): row(_access_point, _point),
    ("s3", "DeleteAccessPointPolicy"): row(_access_point, _point),
    ("s3", "GetAccessPointPolicyStatus"): row(_access_point, _point),
    ("s3", "TagResource"): row(_tagged, request_tags),
    ("s3", "UntagResource"): row(_tagged, request_tags),
    ("s3", "ListTagsForResource"): row(_tagged),
}
