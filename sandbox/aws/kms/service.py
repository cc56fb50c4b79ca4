"""KMS as the sandbox plays it."""

import json
from typing import Any

from moto.kms.models import Key, kms_backends

from sandbox.aws.kms import grants
from sandbox.aws.kms.permissions import ROWS
from sandbox.aws.policies.needs import tags_dict
from sandbox.aws.policies.policy import statements
from sandbox.aws.service import ResourcePolicy, Service


def _key_of(arn: str) -> Key | None:
    """The key with that ARN."""
    _, _, _, region, account, name = arn.split(":", 5)
    return kms_backends[account][region].keys.get(name.removeprefix("key/"))


def _policy_on(action: str, resource: str) -> ResourcePolicy | None:
    key = _key_of(resource) if ":key/" in resource else None
    if key is None:
        return None
    known = tuple(grant for grant in key.grants.values() if getattr(grant, "in_force", True))
    return ResourcePolicy(statements(key.policy), decisive=True, grants=known)


def _tags(arn: str, account: str, region: str) -> dict[str, str]:
    key = _key_of(arn)
    return tags_dict(kms_backends[account][region].list_resource_tags(key.id)["Tags"]) if key else {}


def _snapshot(account: str, region: str) -> dict[str, Any]:
    return {"keys": {key.id: _shown(key) for key in list(kms_backends[account][region].keys.values())}}


def _shown(key: Key) -> dict[str, Any]:
    grants = [
        {
            "name": grant.name,
            "grantee": grant.grantee_principal,
            "retiring": grant.retiring_principal,
            "operations": sorted(grant.operations),
            "constraints": grant.constraints,
        }
        for grant in key.grants.values()
    ]
    return {
        "policy": json.loads(key.policy),
        "grants": sorted(grants, key=lambda grant: json.dumps(grant, default=str)),
    }


SERVICE = Service(
    rows=ROWS,
    policies={"kms": _policy_on},
    tags={("kms", "key"): _tags},
    install=grants.install,
    snapshot=_snapshot,
)
