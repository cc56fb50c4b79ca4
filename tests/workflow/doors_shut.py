"""The owner of an account shuts the stack out, for a while."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.cloud import Cloud
from sandbox.scenery import accounts


@contextmanager
def nobody_let_in(cloud: Cloud, account: str, role: str, *functions: str) -> Iterator[None]:
    """The member role of an account lets nobody assume it; the functions have no session of it any more."""
    iam = cloud.client("iam", account)
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    nobody = {
        "Effect": "Deny",
        "Principal": {"AWS": f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    closed = json.dumps({"Version": "2012-10-17", "Statement": [nobody]})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=closed)
    try:
        for function in functions:
            cloud.lambdas.recycle(f"{accounts.STACK}-{function}")
        yield
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
