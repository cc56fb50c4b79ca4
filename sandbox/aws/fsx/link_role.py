"""The service-linked role by which an FSx for Lustre file system reaches buckets.

FSx makes one with a file system's first link and keeps it as long as the file system (FSx for Lustre user guide, "Using
service-linked roles for Amazon FSx").
"""

import json

from moto.iam.models import iam_backends

SERVICE = "s3.data-source.lustre.fsx.amazonaws.com"
_ACTIONS = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:Get*",
    "s3:List*",
    "s3:PutBucketNotification",
    "s3:PutObject",
]


def link_role_arn(account: str, file_system: str) -> str:
    """The role's ARN."""
    return f"arn:aws:iam::{account}:role/aws-service-role/{SERVICE}/AWSServiceRoleForFSxS3Access_{file_system}"


def link_role_exists(account: str, file_system: str) -> bool:
    """Whether FSx has made it."""
    arn = link_role_arn(account, file_system)
    return any(role.arn == arn for role in list(iam_backends[account]["aws"].roles.values()))


def make_link_role(account: str, file_system: str) -> None:
    """Makes it, unless it is there."""
    if link_role_exists(account, file_system):
        return
    arn = link_role_arn(account, file_system)
    trust = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    role = iam_backends[account]["aws"].create_role(
        role_name=arn.rsplit("/", 1)[1],
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        path=f"/aws-service-role/{SERVICE}/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    allowed = {"Effect": "Allow", "Action": _ACTIONS, "Resource": "*"}
    role.put_policy("AmazonFSxS3Access", json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
