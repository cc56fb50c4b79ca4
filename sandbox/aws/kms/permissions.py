"""KMS."""

from typing import Any

from moto.kms.models import kms_backends

from sandbox.aws.policies.needs import Row, Target, row


def key_arn(account: str, region: str, name: str) -> str:
    """The ARN of a key that is given by id, ARN or alias."""
    kind = name.split(":", 5)[-1]
    if name.startswith("arn:"):
        region, account = name.split(":")[3:5]
    if kind.startswith("alias/"):
        kind = kms_backends[account][region].get_key_id_from_alias(kind) or kind
    return f"arn:aws:kms:{region}:{account}:key/{kind.removeprefix('key/')}"


def _key(target: Target) -> str:
    return key_arn(target.account, target.region, target["KeyId"])


def _grant(target: Target) -> dict[str, object]:
    kinds = list(target["Constraints"] or {})
    return {
        "kms:GranteePrincipal": target["GranteePrincipal"],
        "kms:RetiringPrincipal": target["RetiringPrincipal"],
        "kms:GrantOperations": target["Operations"],
        "kms:GrantConstraintType": kinds[0] if kinds else "",
        # Only a service that acts for the caller makes grants for AWS resources.
        "kms:GrantIsForAWSResource": "false",
    }


def _own_grants(target: Target) -> dict[str, object]:
    return {"kms:GrantIsForAWSResource": "false"}


def _encryption(target: Target) -> dict[str, object]:
    given: dict[str, Any] = target["EncryptionContext"] or {}
    return {
        **{f"kms:EncryptionContext:{key}": value for key, value in given.items()},
        "kms:EncryptionContextKeys": list(given),
    }


ROWS: dict[tuple[str, str], Row] = {
    ("kms", "DescribeKey"): row(_key),
    ("kms", "CreateGrant"): row(_key, _grant),
    ("kms", "ListGrants"): row(_key, _own_grants),
    ("kms", "RevokeGrant"): row(_key, _own_grants),
    ("kms", "GetKeyPolicy"): row(_key),
    ("kms", "Encrypt"): row(_key, _encryption),
    ("kms", "Decrypt"): row(_key, _encryption),
    ("kms", "GenerateDataKey"): row(_key, _encryption),
}
