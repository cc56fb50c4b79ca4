"""IAM Identity Center as an account sees it: a role of AWS's own for each permission set that is assigned there.

IAM Identity Center user guide, "Referencing permission sets in resource policies".
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from sandbox.scenery import accounts

_FOLDER: Final = "/aws-reserved/sso.amazonaws.com/"
_POLICY: Final = "AwsSSOInlinePolicy"
_WITHOUT_REGION: Final = "us-east-1"


def role_arn(account: str, permission_set: str, *, region: str = accounts.REGION, time: int = 1) -> str:
    """ARN of the role of a permission set that is assigned in the account."""
    return f"arn:aws:iam::{account}:role{''.join(_place(permission_set, region, time))}"


def assign(
    iam: Any, permission_set: str, policy: Mapping[str, Any] | None, *, region: str = accounts.REGION, time: int = 1
) -> str:
    """Assigns a permission set of an Identity Center in `region`, with that statement as its inline policy, in the
    account of the client; ARN of the role that comes of it. Each `time` gives it another suffix.
    """
    path, name = _place(permission_set, region, time)
    trust = {"Effect": "Allow", "Principal": {"Service": "sso.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=_document(trust))
    if policy is not None:
        iam.put_role_policy(RoleName=name, PolicyName=_POLICY, PolicyDocument=_document(policy))
    return str(made["Role"]["Arn"])


def withdraw(iam: Any, arn: str) -> None:
    """The last assignment of the permission set in the account is taken away, and its role with it."""
    name = arn.rsplit("/", 1)[1]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _place(permission_set: str, region: str, time: int) -> tuple[str, str]:
    """Path and name of its role."""
    suffix = hashlib.sha256(f"{permission_set} {time}".encode()).hexdigest()[:16]
    path = _FOLDER if region == _WITHOUT_REGION else f"{_FOLDER}{region}/"
    return path, f"AWSReservedSSO_{permission_set}_{suffix}"


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
