"""Other teams' access points on the same buckets: real ones, since a refusal at one that is not there shows nothing."""

import json
from collections.abc import Iterator
from typing import Final

from onboarding import dataset_access
from onboarding.request import TeamRequest
from onboarding.resource import Context
from s3_access_point.bucket_lock import BucketLock

_LOOKS: Final = 3
"""How many teams of a bucket are looked at for one that is onboarded."""


def foreign_points(request: TeamRequest, context: Context) -> Iterator[tuple[str, str]]:
    """One access point for each bucket that another team has too, and the prefix that it opens.

    A bucket without another team yields none: nobody else's access point leads to what the team has. Raises botocore's
    errors.
    """
    for bucket in dict.fromkeys(dataset.bucket for dataset in request.datasets):
        for other in _onboarded(bucket, context):
            theirs = [dataset for dataset in other.datasets if dataset.bucket == bucket]
            if theirs:
                yield dataset_access.access_point_arn(other, theirs[0], context.settings), theirs[0].prefix or ""
                break


def _onboarded(bucket: str, context: Context) -> Iterator[TeamRequest]:
    dynamodb, table = context.accounts.client("dynamodb"), context.settings.registry_table
    counted = BucketLock(dynamodb, table, bucket, holder=context.team).teams()
    for team in sorted(counted - {context.team})[:_LOOKS]:
        item = dynamodb.get_item(TableName=table, Key={"id": {"S": f"team/{team}"}}).get("Item", {})
        if "active" in item:
            yield TeamRequest.model_validate(json.loads(item["active"]["S"]), strict=False)
