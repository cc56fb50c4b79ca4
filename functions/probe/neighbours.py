"""Other teams with the same buckets: real ones, since a refusal at what is not there shows nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from onboarding import dataset_access
from onboarding.bucket_lock import BucketLock
from onboarding.request import TeamRequest, recorded
from onboarding.resource import Context
from onboarding.team_fence import fence_of

_LOOKS: Final = 3
"""How many teams of a bucket are looked at for one that is onboarded."""


@dataclass(frozen=True)
class Neighbours:
    """Whom the pod tries to reach."""

    points: dict[str, tuple[str, str]]
    """Bucket to another team's access point on it, and the prefix that it opens. A bucket without another team is left
    out: nobody else's access point leads to what is in it."""
    fenced: tuple[str, ...]
    """Those teams whose namespaces have the network's fence."""


def neighbours(request: TeamRequest, context: Context) -> Neighbours:
    """One team of each bucket. Raises botocore's errors."""
    found: dict[str, tuple[str, str]] = {}
    fenced: dict[str, bool] = {}
    for bucket in dict.fromkeys(dataset.bucket for dataset in request.datasets):
        for other in _onboarded(bucket, context):
            theirs = [dataset for dataset in dataset_access.used(other) if dataset.bucket == bucket]
            if theirs:
                arn = dataset_access.access_point_arn(other, theirs[0], context.settings)
                found[bucket] = arn, theirs[0].prefix or ""
                fenced[other.team] = fence_of(other, context).network
                break
    return Neighbours(found, tuple(team for team, kept in fenced.items() if kept))


def _onboarded(bucket: str, context: Context) -> Iterator[TeamRequest]:
    dynamodb, table = context.accounts.client("dynamodb"), context.settings.registry_table
    counted = BucketLock(dynamodb, table, bucket, holder=context.team).teams()
    for team in sorted(counted - {context.team})[:_LOOKS]:
        item = dynamodb.get_item(TableName=table, Key={"id": {"S": f"team/{team}"}}).get("Item", {})
        if "active" in item:
            yield recorded(json.loads(item["active"]["S"]))
