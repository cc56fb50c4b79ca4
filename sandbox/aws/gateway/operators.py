"""Credentials made inside the sandbox: its own administrators, and sessions of roles for what it runs."""

import re
from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends

from sandbox.aws.gateway.authorization import refusal
from sandbox.aws.gateway.caller import OPERATOR, OPERATOR_PATH, Caller, identify, role_named, service_caller, tags_dict
from sandbox.aws.gateway.needs import Need
from sandbox.scenery.accounts import REGION

SESSION_SECONDS = 43_200
"""How long a minted session lasts, in real seconds."""


class NotAssumableError(Exception):
    """The role does not exist, or does not trust the service that would run as it."""


def operator(account: str) -> dict[str, str]:
    """boto3 arguments of the sandbox's own administrator in an account, made on first use; never refused."""
    backend = iam_backends[account]["aws"]
    user = next((user for user in backend.users.values() if user.name == OPERATOR), None)
    if user is None:
        user = backend.create_user(REGION, OPERATOR, path=OPERATOR_PATH, tags=[])
    key = user.access_keys[0] if user.access_keys else backend.create_access_key(OPERATOR)
    return {
        "aws_access_key_id": key.access_key_id,
        "aws_secret_access_key": key.secret_access_key,
        "region_name": REGION,
    }


def credentials_for(
    role_arn: str,
    session_name: str,
    tags: dict[str, str] | None = None,
    service: str | None = None,
    source_account: str | None = None,
    source_arn: str | None = None,
    transitive: bool = False,
    source_identity: str = "",
) -> dict[str, str]:
    """boto3 arguments of a new session of a role, as the services hand them to what they run.

    With `service`, the role's trust policy must let that service assume it, under the given source and session tags.
    The tags go along to sessions that this one makes where they are `transitive`.

    Raises:
        NotAssumableError: no such role, or its trust policy does not allow the service.
    """
    role = role_named(role_arn)
    if role is None:
        raise NotAssumableError(f"role {role_arn} does not exist")
    if service is not None:
        context: dict[str, tuple[str, ...]] = {f"aws:RequestTag/{key}": (value,) for key, value in (tags or {}).items()}
        if tags:
            context["aws:TagKeys"] = tuple(tags)
        if source_account:
            context["aws:SourceAccount"] = (source_account,)
        if source_arn:
            context["aws:SourceArn"] = (source_arn,)
        for action in ("sts:AssumeRole", "sts:TagSession") if tags else ("sts:AssumeRole",):
            if refusal(service_caller(service), Need(action, role_arn, context), REGION):
                raise NotAssumableError(f"{service} may not use {action} on {role_arn}: see the role's trust policy")
    session = mint(role_arn, session_name)
    remember(session, tags or {}, (tags or {}) if transitive else {}, source_identity)
    return keys_of(session)


def why_not(
    role_arn: str,
    action: str,
    resource: str,
    region: str = REGION,
    context: Mapping[str, tuple[str, ...]] | None = None,
) -> str | None:
    """Why a role may not do something that the sandbox does for it in this process; none when it may.

    `context` holds the condition keys that the service would supply.

    Raises:
        NotAssumableError: no such role.
    """
    keys = credentials_for(role_arn, "sandbox")
    caller = identify(keys["aws_access_key_id"], keys["aws_session_token"])
    return refusal(caller, Need(action, resource, context or {}), region)


def mint(role_arn: str, session_name: str) -> AssumedRole:
    """A new session of a role, unasked."""
    account = role_arn.split(":")[4]
    return sts_backends[account]["aws"].assume_role(
        region_name=REGION,
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=SESSION_SECONDS,
        external_id="",
    )


def remember(session: Any, tags: dict[str, str], transitive_tags: dict[str, str], source_identity: str) -> None:
    """Keeps with a session what moto forgets."""
    session.session_tags, session.transitive_tags = tags, transitive_tags
    session.source_identity = source_identity


def keys_of(session: AssumedRole) -> dict[str, str]:
    """A session's credentials as boto3 arguments."""
    return {
        "aws_access_key_id": session.access_key_id,
        "aws_secret_access_key": session.secret_access_key,
        "aws_session_token": session.session_token,
    }


def remember_new_session(answer: bytes, parameters: Mapping[str, Any], caller: Caller) -> None:
    """Keeps with a session that AssumeRole has just made what it was asked for, and what the caller's hands on."""
    found = re.search(rb"<AccessKeyId>(\w+)</AccessKeyId>", answer)
    if not found:
        return
    account = str(parameters["RoleArn"]).split(":")[4]
    session = sts_backends[account]["aws"].get_assumed_role_from_access_key(found[1].decode())
    tags = tags_dict(parameters.get("Tags")) | caller.transitive_tags
    keys = {*(parameters.get("TransitiveTagKeys") or []), *caller.transitive_tags}
    transitive = {key: value for key, value in tags.items() if key in keys}
    remember(session, tags, transitive, parameters.get("SourceIdentity") or caller.source_identity)
