"""Trails: without one that logs, CloudTrail tells EventBridge of nothing that somebody does."""

from moto.cloudtrail.models import Trail, cloudtrail_backends
from moto.s3.models import s3_backends


def register_trail(account: str, region: str, name: str) -> None:
    """Makes a trail of all Regions that logs, and its bucket."""
    bucket = f"{name}-{account}"
    s3_backends[account]["aws"].create_bucket(bucket, region)
    backend = cloudtrail_backends[account][region]
    backend.create_trail(
        name=name,
        bucket_name=bucket,
        s3_key_prefix="",
        sns_topic_name="",
        is_global=True,
        is_multi_region=True,
        log_validation=True,
        is_org_trail=False,
        cw_log_group_arn="",
        cw_role_arn="",
        kms_key_id="",
        tags_list=[],
    )
    backend.start_logging(name)


def trails(account: str, region: str) -> list[Trail]:
    """Those that see what happens in a Region of the account."""
    return [
        trail
        for home, backend in cloudtrail_backends[account].items()
        for trail in backend.trails.values()
        if trail.is_multi_region or home == region
    ]


def is_told(account: str, region: str, detail_type: str) -> bool:
    """Whether an event of that detail-type comes to EventBridge (EventBridge user guide, "AWS service events delivered
    via AWS CloudTrail")."""
    if not detail_type.endswith(" via CloudTrail"):
        return True
    return any(trail.status.is_logging for trail in trails(account, region))
