"""S3 access points: names, owners, Regions, tags and policies as S3 Control has them; the records stay moto's."""

import re
from typing import Any

from moto.core.exceptions import ServiceException
from moto.s3.models import s3_backends
from moto.s3.utils import bucket_policy_is_public
from moto.s3control.models import AccessPoint, S3ControlBackend, s3control_backends
from moto.s3control.responses import S3ControlResponse

from sandbox.aws.iam.principals import PinnedPolicy
from sandbox.aws.moto.installation import current
from sandbox.aws.moto.operations import Call, answer, error, page, precede
from sandbox.aws.s3.buckets import check_policy

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{1,48})[a-z0-9]")


def refuse(message: str) -> ServiceException:
    """S3 Control's answer to a request that it does not like."""
    return error("InvalidRequest", message)


def create(call: Call) -> dict[str, Any]:
    """CreateAccessPoint."""
    params, name, bucket_name = call.params, call.params["Name"], call.params["Bucket"]
    if not _NAME.fullmatch(name) or name.endswith("-s3alias"):
        raise refuse("Access point name is not valid.")
    backend = _backend(call)
    if name in backend.access_points[call.account]:
        raise error(
            "AccessPointAlreadyOwnedByYou",
            "Your previous request to create the named accesspoint succeeded and you already own it.",
        )
    _, owner = s3_backends.bucket_accounts.get(bucket_name, ("aws", None))
    if owner is None:
        raise error("NoSuchBucket", "The specified bucket does not exist")
    if owner != params.get("BucketAccountId", call.account):
        raise error("AccessDenied", "Access Denied")
    if s3_backends[owner]["aws"].get_bucket(bucket_name).region_name != call.region:
        raise refuse("The access point and its bucket must be in one Region.")
    access_point = backend.create_access_point(
        account_id=call.account,
        name=name,
        bucket=bucket_name,
        vpc_configuration=params.get("VpcConfiguration", {}),
        public_access_block_configuration=params.get("PublicAccessBlockConfiguration", {}),
    )
    access_point.arn = f"arn:aws:s3:{call.region}:{call.account}:accesspoint/{name}"
    access_point.alias = f"{name[:20].rstrip('-')}-{access_point.alias[-42:]}"
    vars(access_point)["bucket_account"] = owner
    backend.tag_resource(access_point.arn, params.get("Tags", []))
    return {"AccessPointArn": access_point.arn, "Alias": access_point.alias}


def describe(call: Call) -> dict[str, Any]:
    """GetAccessPoint."""
    access_point = _access_point(call)
    endpoints = {
        "ipv4": "s3-accesspoint",
        "fips": "s3-accesspoint-fips",
        "dualstack": "s3-accesspoint.dualstack",
        "fips_dualstack": "s3-accesspoint-fips.dualstack",
    }
    return _summary(access_point) | {
        "PublicAccessBlockConfiguration": access_point.pubc,
        "CreationDate": access_point.created,
        "Endpoints": {name: f"{host}.{call.region}.amazonaws.com" for name, host in endpoints.items()},
    }


def delete(call: Call) -> None:
    """DeleteAccessPoint: its policy and tags go with it."""
    access_point, backend = _access_point(call), _backend(call)
    backend.delete_access_point(call.account, access_point.name)
    tags = backend.list_tags_for_resource(access_point.arn)
    backend.untag_resource(access_point.arn, [tag["Key"] for tag in tags])


def list_access_points(call: Call) -> dict[str, Any]:
    """ListAccessPoints: of this Region, by name."""
    wanted = call.params.get("Bucket")
    found = [
        _summary(access_point)
        for _, access_point in sorted(_backend(call).access_points[call.account].items())
        if wanted in (None, access_point.bucket) and f":{call.region}:" in access_point.arn
    ]
    shown, token = page(found, call.params.get("MaxResults") or 1000, call.params.get("NextToken"), refuse)
    return {"AccessPointList": shown, "NextToken": token}


def policy_status(call: Call) -> dict[str, Any]:
    """GetAccessPointPolicyStatus."""
    policy = _backend(call).get_access_point_policy(call.account, call.params["Name"])
    return {"PolicyStatus": {"IsPublic": bucket_policy_is_public(policy)}}


def install() -> None:
    """Changes moto's S3 Control."""
    handlers = {
        "CreateAccessPoint": create,
        "GetAccessPoint": describe,
        "DeleteAccessPoint": delete,
        "ListAccessPoints": list_access_points,
        "GetAccessPointPolicyStatus": policy_status,
    }
    answer(S3ControlResponse, {name: _of_own_account(handler) for name, handler in handlers.items()}, refuse)
    precede(S3ControlResponse, "PutAccessPointPolicy", _check_policy, refuse)
    current().patches.replace(AccessPoint, "policy", PinnedPolicy("policy"))


def _of_own_account(handler: Any) -> Any:
    """S3 Control's calls are not cross-account: the account in the request must be the caller's."""

    def of_own_account(call: Call) -> Any:
        if call.params["AccountId"] != call.account:
            raise error("AccessDenied", "Access Denied")
        return handler(call)

    return of_own_account


def _backend(call: Call) -> S3ControlBackend:
    return s3control_backends[call.account]["aws"]


def _access_point(call: Call) -> AccessPoint:
    return _backend(call).get_access_point(call.account, call.params["Name"])


def _check_policy(call: Call) -> None:
    arn = _access_point(call).arn
    check_policy(call.params["Policy"], (arn, f"{arn}/object/*"))


def _summary(access_point: AccessPoint) -> dict[str, Any]:
    vpc = access_point.vpc_id
    return {
        "Name": access_point.name,
        "NetworkOrigin": access_point.network_origin,
        "Bucket": access_point.bucket,
        "AccessPointArn": access_point.arn,
        "Alias": access_point.alias,
        "BucketAccountId": vars(access_point).get("bucket_account"),
    } | ({"VpcConfiguration": {"VpcId": vpc}} if vpc else {})
