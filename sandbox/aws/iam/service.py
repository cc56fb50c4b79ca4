"""IAM and STS as the sandbox plays them."""

import json
from typing import Any

from moto.iam.models import Role, iam_backends

from sandbox.aws.iam import roles
from sandbox.aws.iam.permissions import ROWS
from sandbox.aws.iam.principals import document_of, role_named
from sandbox.aws.organizations.accounts import is_closed
from sandbox.aws.policies.needs import tags_dict
from sandbox.aws.policies.policy import statements
from sandbox.aws.service import ResourcePolicy, Service


def _trust_policy_on(action: str, resource: str) -> ResourcePolicy | None:
    if action not in ("AssumeRole", "SetSourceIdentity", "TagSession"):
        return None
    role = None if is_closed(resource.split(":")[4]) else role_named(resource)
    return ResourcePolicy(statements(role.assume_role_policy_document) if role else (), decisive=True)


def _tags(arn: str, account: str, region: str) -> dict[str, str]:
    role = role_named(arn)
    return tags_dict(role.tags) if role else {}


def _snapshot(account: str, region: str) -> dict[str, Any]:
    iam = iam_backends[account]["aws"]
    return {
        "roles": {role.name: _role(role) for role in list(iam.roles.values())},
        "policies": {
            policy.arn: json.loads(document_of(policy))
            for policy in list(iam.managed_policies.values())
            if policy.arn.split(":")[4] == account
        },
    }


def _role(role: Role) -> dict[str, Any]:
    trust = role.assume_role_policy_document
    return {
        "path": role.path,
        "description": role.description,
        "max session": role.max_session_duration,
        "boundary": role.permissions_boundary_arn,
        "tags": tags_dict(role.tags),
        "trust": json.loads(trust) if trust else None,
        "inline": {name: json.loads(text) for name, text in role.policies.items()},
        "attached": sorted(role.managed_policies),
    }


SERVICE = Service(
    rows=ROWS,
    policies={"sts": _trust_policy_on},
    tags={("iam", "role"): _tags},
    install=roles.install,
    snapshot=_snapshot,
)
