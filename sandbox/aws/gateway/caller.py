"""Who calls: the IAM identity behind an access key, and the policies it carries."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import ManagedPolicy, Role, User, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from sandbox.aws.gateway.policy import Statement, statements

OPERATOR = "operator"
"""User name and principal of the sandbox's own identities, which may do anything."""

OPERATOR_PATH = "/sandbox/"

ADMINISTRATOR: list[Statement] = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


class UnknownCallerError(Exception):
    """No such credentials; `code` is `InvalidClientTokenId` or `ExpiredToken`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Caller:
    """An IAM principal that signed a request."""

    account: str
    arn: str
    """As error messages show it: the session for a role."""
    principal: str
    """The role or user itself, or `operator`."""
    unique_id: str
    kind: str
    """aws:PrincipalType: `AssumedRole`, `User` or `Anonymous`; `Service` for an AWS service itself."""
    policies: list[Statement] = field(default_factory=list)
    boundary: list[Statement] | None = None
    session_policy: list[Statement] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    transitive_tags: dict[str, str] = field(default_factory=dict)
    """Those of the session's tags that go along to the sessions that it makes."""
    source_identity: str = ""

    @property
    def is_operator(self) -> bool:
        return self.principal == OPERATOR

    @property
    def own_names(self) -> frozenset[str]:
        """What a Principal element may call this very identity."""
        return frozenset({self.arn, self.principal, self.unique_id.split(":")[0]})

    @property
    def account_names(self) -> frozenset[str]:
        """What a Principal element may call its account; that delegates to the account's identity policies."""
        return frozenset({self.account, f"arn:aws:iam::{self.account}:root"})


ANONYMOUS = Caller(account="anonymous", arn="anonymous", principal="anonymous", unique_id="anonymous", kind="Anonymous")
"""Whoever does not sign."""


def identify(access_key: str, token: str | None) -> Caller:
    """The caller to whom an access key belongs.

    Raises:
        UnknownCallerError: the key or its session token is unknown, or the session has ended.
    """
    for account in list(iam_backends):
        session = sts_backends[account]["aws"].get_assumed_role_from_access_key(access_key)
        if session is not None:
            return _session(session, token)
        user = iam_backends[account]["aws"].get_user_from_access_key_id(access_key)
        if user is not None:
            return _user(account, user)
    raise UnknownCallerError("InvalidClientTokenId", "The security token included in the request is invalid.")


def service_caller(service: str) -> Caller:
    """An AWS service acting for itself, as a trust policy sees it."""
    return Caller(account="", arn=service, principal=service, unique_id=service, kind="Service")


def role_named(arn: str) -> Role | None:
    """The role with that ARN, in whichever account."""
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    if account not in iam_backends:
        return None
    return next((role for role in list(iam_backends[account]["aws"].roles.values()) if role.arn == arn), None)


def tags_dict(tags: Any) -> dict[str, str]:
    """Tags in the form AWS lists them, as a dictionary; any spelling of `Key` and `Value` will do."""
    if isinstance(tags, dict):
        return {str(key): value.get("Value", "") if isinstance(value, dict) else value for key, value in tags.items()}
    pairs = ({str(name).lower().removeprefix("tag"): text for name, text in tag.items()} for tag in tags or [])
    return {pair["key"]: pair.get("value", "") for pair in pairs}


def document_of(policy: ManagedPolicy) -> str:
    """The default version of a managed policy."""
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)


def _session(session: AssumedRole, token: str | None) -> Caller:
    if token != session.session_token:
        raise UnknownCallerError("InvalidClientTokenId", "The security token included in the request is invalid.")
    if session.expiration < datetime.now(UTC).replace(tzinfo=None):
        raise UnknownCallerError("ExpiredToken", "The security token included in the request is expired")
    role = role_named(session.role_arn)
    if role is None:
        # A deleted role's sessions live on in name only.
        raise UnknownCallerError("InvalidClientTokenId", "The security token included in the request is invalid.")
    return Caller(
        account=session.account_id,
        arn=session.arn,
        principal=role.arn,
        unique_id=f"{role.id}:{session.session_name}",
        kind="AssumedRole",
        policies=_identity_policies(role),
        boundary=_boundary(session.account_id, role.permissions_boundary_arn),
        session_policy=statements(session.policy) if session.policy else None,
        tags=tags_dict(role.tags) | getattr(session, "session_tags", {}),
        transitive_tags=getattr(session, "transitive_tags", {}),
        source_identity=getattr(session, "source_identity", ""),
    )


def _user(account: str, user: User) -> Caller:
    is_operator = user.name == OPERATOR and user.path == OPERATOR_PATH
    return Caller(
        account=account,
        arn=user.arn,
        principal=OPERATOR if is_operator else user.arn,
        unique_id=user.id,
        kind="User",
        policies=ADMINISTRATOR if is_operator else _identity_policies(user),
    )


def _identity_policies(identity: Role | User) -> list[Statement]:
    inline = identity.policies.values() if isinstance(identity.policies, dict) else identity.policies
    documents = [*inline, *map(document_of, identity.managed_policies.values())]
    return [statement for document in documents for statement in statements(document)]


def _boundary(account: str, arn: str | None) -> list[Statement] | None:
    if not arn:
        return None
    policy = iam_backends[account]["aws"].managed_policies.get(arn)
    # A boundary that is gone allows nothing.
    return statements(document_of(policy)) if policy else []
