"""Where an answer may go: into CloudFormation's own bucket of this Region, and nowhere else."""

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

_BUCKET: Final = "cloudformation-custom-resource-response-"
"""Then the Region, without hyphens (CloudFormation user guide, "Access CloudFormation using an interface endpoint")."""


class NotCloudFormationError(ValueError):
    """An address that is none of CloudFormation's: one sentence, without the address, which may be a secret."""


@dataclass(frozen=True)
class ResponseUrl:
    """A presigned address that CloudFormation has given: whoever has it can answer for the resource."""

    secure: bool
    host: str
    target: str

    @classmethod
    def of(cls, url: object, region: str) -> "ResponseUrl":
        """The address, checked. Raises NotCloudFormationError."""
        parts = _split(url)
        bucket = _BUCKET + region.replace("-", "")
        # Requests of different years and Regions have each of these.
        hosts = {f"{bucket}.{s3}.amazonaws.com" for s3 in ("s3", f"s3-{region}", f"s3.{region}")}
        if parts is None or parts.scheme != "https" or parts.netloc not in hosts or not parts.path.startswith("/"):
            raise NotCloudFormationError(
                f"ResponseURL does not lead to CloudFormation's bucket {bucket}, so nothing was done: declare the team "
                "in a stack of this Region."
            )
        target = f"{parts.path}?{parts.query}"
        # Where an administrator leads this function's calls to S3 elsewhere, this one goes there too (AWS SDKs and
        # tools reference guide, "Service-specific endpoints"); a bucket is then no part of the host's name.
        elsewhere = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        if elsewhere:
            led = urlsplit(elsewhere)
            return cls(led.scheme == "https", led.netloc, f"/{bucket}{target}")
        return cls(secure=True, host=parts.netloc, target=target)

    def __repr__(self) -> str:
        """The host alone."""
        return f"ResponseUrl({self.host})"


def _split(url: object) -> SplitResult | None:
    # What urlsplit strips would make two readings of one address.
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None
