"""Objects by access point: the requests that name one instead of a bucket."""

import re
from typing import Any

from moto.s3.responses import S3Response
from moto.s3control.models import AccessPoint, s3control_backends

from sandbox.aws.moto.installation import current

_HOST_LABEL = re.compile(r"(?P<name>[a-z0-9-]+)-(?P<account>\d{12})")


def access_point_of(host: str, path: str) -> AccessPoint | None:
    """The access point that an S3 request goes to, None if it goes to a bucket.

    By ARN, clients put NAME-ACCOUNT before the endpoint's host; by alias, the alias stands where a bucket would.
    """
    label = host.split(":")[0].split(".")[0]
    match = _HOST_LABEL.fullmatch(label)
    if match:
        return s3control_backends[match["account"]]["aws"].access_points[match["account"]].get(match["name"])
    named = {label, path.lstrip("/").split("/")[0]}
    if not any(name.endswith("-s3alias") for name in named):
        return None
    for account in list(s3control_backends):
        for access_point in s3control_backends[account]["aws"].access_points[account].values():
            if access_point.alias in named:
                return access_point
    return None


def install() -> None:
    """Lets moto's S3 find the bucket behind an access point, whichever account owns it."""
    parse = S3Response.parse_bucket_name_from_url

    def parse_bucket_name_from_url(self: S3Response, request: Any, url: str) -> str:
        access_point = access_point_of(request.host, request.path)
        return access_point.bucket if access_point else parse(self, request, url)

    current().patches.replace(S3Response, "parse_bucket_name_from_url", parse_bucket_name_from_url)
