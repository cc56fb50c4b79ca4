"""Distributed Maps whose items cannot be started."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.cloud import Cloud
from sandbox.scenery import accounts


@contextmanager
def closed_to_items(cloud: Cloud, name: str) -> Iterator[None]:
    """The role of a machine, by the end of its name, trusts the machine, but not what its Map starts."""
    iam, role = cloud.client("iam"), f"{accounts.STACK}-{name}"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    narrow = json.loads(json.dumps(trust))
    like = narrow["Statement"][0]["Condition"]["ArnLike"]
    like["aws:SourceArn"] = [arn for arn in like["aws:SourceArn"] if not arn.endswith("/*")]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(narrow))
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
