"""KMS."""

from typing import Any

from moto.kms.models import kms_backends

from sandbox.aws.policies.needs import Row, Target, row


def key_arn(account: str, region: str, name: str) -> str:
    """The ARN of a key that is given by id, ARN or alias."""
    backend = kms_backends[account][region]
    alias = name.split(":", 5)[-1]
    if alias.startswith("alias/"):
        found = backend.get_key_id_from_alias(alias)
        name = found if found else alias
    return name if name.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{name}"


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
