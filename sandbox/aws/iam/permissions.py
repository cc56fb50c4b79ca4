"""IAM and STS."""

from moto.iam.models import iam_backends

from sandbox.aws.gateway.caller import role_named
from sandbox.aws.gateway.needs import Need, Row, Target, both, request_tags, row, when


def _role(target: Target) -> str:
    name = f"{target['RoleName']}"
    path = target["Path"] or "/"
    if target.operation != "CreateRole":
        existing = role_with_name(target.account, name)
        if existing:
            return existing
        path = "/"
    return f"arn:aws:iam::{target.account}:role{path}{name}"


def role_with_name(account: str, name: str) -> str | None:
    """The ARN, path included, of the role with that name."""
    roles = list(iam_backends[account]["aws"].roles.values())
    return next((str(role.arn) for role in roles if role.name == name), None)


def _boundary(target: Target) -> dict[str, object]:
    """iam:PermissionsBoundary: the one asked for, else the one the role has."""
    role = role_named(_role(target))
    return {"iam:PermissionsBoundary": target["PermissionsBoundary"] or (role.permissions_boundary_arn if role else "")}


def _policy(target: Target) -> dict[str, object]:
    return {"iam:PolicyARN": target["PolicyArn"]}


def _assumed(target: Target) -> str:
    return str(target["RoleArn"])


def _session(target: Target) -> dict[str, object]:
    return {
        "sts:ExternalId": target["ExternalId"],
        "sts:RoleSessionName": target["RoleSessionName"],
        "sts:SourceIdentity": target["SourceIdentity"] or target.source_identity,
        "sts:TransitiveTagKeys": sorted({*(target["TransitiveTagKeys"] or []), *target.transitive_tags}),
    }


def _is_tagged(target: Target) -> bool:
    """Tags that only go along take the permission as well (aws-cdk #31557, configure-aws-credentials #54)."""
    return bool(target["Tags"] or target.transitive_tags)


def _has_source_identity(target: Target) -> bool:
    return bool(target["SourceIdentity"] or target.source_identity)


def _everything(target: Target) -> str:
    return "*"


def pass_role(target: Target, role: str, service: str) -> list[Need]:
    """What handing a role to a service takes."""
    return [Need("iam:PassRole", role, {"iam:PassedToService": (service,)})] if role else []


ROWS: dict[tuple[str, str], Row] = {
    ("iam", "CreateRole"): both(
        row(_role, request_tags, _boundary),
        when(lambda target: target["Tags"], row(_role, request_tags, action="iam:TagRole")),
    ),
    ("iam", "GetRole"): row(_role, _boundary),
    ("iam", "UpdateRole"): row(_role, _boundary),
    ("iam", "UpdateRoleDescription"): row(_role, _boundary),
    ("iam", "UpdateAssumeRolePolicy"): row(_role, _boundary),
    ("iam", "DeleteRole"): row(_role, _boundary),
    ("iam", "TagRole"): row(_role, request_tags),
    ("iam", "UntagRole"): row(_role, request_tags),
    ("iam", "ListRoleTags"): row(_role),
    ("iam", "PutRolePolicy"): row(_role, _boundary),
    ("iam", "GetRolePolicy"): row(_role),
    ("iam", "DeleteRolePolicy"): row(_role, _boundary),
    ("iam", "ListRolePolicies"): row(_role),
    ("iam", "AttachRolePolicy"): row(_role, _boundary, _policy),
    ("iam", "DetachRolePolicy"): row(_role, _boundary, _policy),
    ("iam", "ListAttachedRolePolicies"): row(_role),
    ("iam", "PutRolePermissionsBoundary"): row(_role, _boundary),
    ("iam", "DeleteRolePermissionsBoundary"): row(_role, _boundary),
    ("iam", "ListRoles"): row(_everything),
    ("iam", "GetAccountSummary"): row(_everything),
    ("iam", "SimulatePrincipalPolicy"): row(lambda target: str(target["PolicySourceArn"])),
    ("sts", "GetCallerIdentity"): row(_everything),
    ("sts", "AssumeRole"): both(
        row(_assumed, request_tags, _session),
        when(_is_tagged, row(_assumed, request_tags, _session, action="sts:TagSession")),
        when(_has_source_identity, row(_assumed, _session, action="sts:SetSourceIdentity")),
    ),
}
