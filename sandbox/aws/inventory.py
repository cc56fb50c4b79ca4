"""The whole world as one comparable value, read straight from the backends: no call, no log, no cost."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import Role, iam_backends
from moto.kms.models import Key, kms_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.s3control.models import AccessPoint, s3control_backends

from sandbox.aws.gateway.caller import document_of, tags_dict
from sandbox.aws.moto.snapshot import snapshot as backends_snapshot

World = dict[str, Any]

_UNIQUE_ID = re.compile(r"\bA(?:RO|ID)A[A-Z0-9]{12,}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_EXECUTION = re.compile(r"(?<=:execution:)([\w-]+):[\w-]+")


def snapshot(
    accounts: Iterable[str],
    region: str,
    kubernetes: Mapping[str, Any] | None = None,
    tables: Iterable[str] = (),
    **extra: Any,
) -> World:
    """What exists in those accounts, without generated ids and times.

    `tables` names the DynamoDB tables whose items count; `extra` is put in as it is.
    Equal worlds give equal text by `json.dumps(world, sort_keys=True)`.
    """
    named = frozenset(tables)
    world = {account: _account(account, region, named) for account in accounts}
    return _plain({**world, "kubernetes": dict(kubernetes or {}), **extra})


def difference(before: World, after: World) -> list[str]:
    """One line for each thing that is new (`+`), gone (`-`) or changed (`~`), by its path."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    lines = []
    for path in sorted(old.keys() | new.keys()):
        if path not in old:
            lines.append(f"+ {path}: {new[path]}")
        elif path not in new:
            lines.append(f"- {path}: {old[path]}")
        elif old[path] != new[path]:
            lines.append(f"~ {path}: {old[path]} -> {new[path]}")
    return lines


def _leaves(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(part, f"{path} / {key}" if path else str(key))
    elif not (isinstance(value, dict) and path.count(" / ") < 2):
        # An empty container of a whole service is no thing of its own.
        yield path, json.dumps(value, sort_keys=True)


def _account(account: str, region: str, tables: frozenset[str]) -> World:
    iam, s3 = iam_backends[account]["aws"], s3_backends[account]["aws"]
    others = backends_snapshot(account, region)
    # The keys show their grants themselves, with all that constrains them.
    others.pop("grants", None)
    points = s3control_backends[account]["aws"].access_points.get(account, {})
    return {
        "roles": {role.name: _role(role) for role in list(iam.roles.values())},
        "policies": {
            policy.arn: _document(document_of(policy))
            for policy in list(iam.managed_policies.values())
            if policy.arn.split(":")[4] == account
        },
        "buckets": {bucket.name: _bucket(bucket, account) for bucket in list(s3.buckets.values())},
        "access points": {name: _access_point(point, account) for name, point in list(points.items())},
        "keys": {key.id: _key(key) for key in list(kms_backends[account][region].keys.values())},
        "tables": {
            name: _items(table)
            for name, table in list(dynamodb_backends[account][region].tables.items())
            if name in tables
        },
        **others,
    }


def _role(role: Role) -> World:
    return {
        "path": role.path,
        "description": role.description,
        "max session": role.max_session_duration,
        "boundary": role.permissions_boundary_arn,
        "tags": tags_dict(role.tags),
        "trust": _document(role.assume_role_policy_document),
        "inline": {name: _document(text) for name, text in role.policies.items()},
        "attached": sorted(role.managed_policies),
    }


def _bucket(bucket: FakeBucket, account: str) -> World:
    blocked = bucket.public_access_block
    tagger = s3_backends[account]["aws"].tagger
    return {
        "policy": _document(bucket.policy),
        "public access block": blocked.to_config_dict() if blocked else None,
        "encryption": bucket.encryption,
        "tags": tags_dict(tagger.list_tags_for_resource(bucket.arn)["Tags"]),
        "objects": sorted(bucket.keys),
    }


def _access_point(point: AccessPoint, account: str) -> World:
    tags = s3_backends[account]["aws"].tagger.list_tags_for_resource(point.arn)["Tags"]
    return {
        "bucket": point.bucket,
        "policy": _document(point.policy),
        "public access block": dict(point.pubc),
        "network": point.vpc_id or point.network_origin,
        "tags": tags_dict(tags),
    }


def _key(key: Key) -> World:
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
    return {"policy": _document(key.policy), "grants": sorted(grants, key=lambda grant: json.dumps(grant, default=str))}


def _items(table: Any) -> World:
    """A table's items by their key."""

    def name(item: Any) -> str:
        parts = [item.hash_key, item.range_key] if item.range_key is not None else [item.hash_key]
        return " ".join(str(part.value) for part in parts)

    return {name(item): item.to_json()["Attributes"] for item in table.all_items()}


def _document(text: str | bytes | None) -> Any:
    return json.loads(text) if text else None


def _plain(value: World) -> World:
    """Plain JSON, with times and generated ids, of deleted roles and users and of executions, made anonymous."""
    text = json.dumps(value, sort_keys=True, default=str)
    text = _TIME.sub("(a time)", text)
    plain: World = json.loads(_EXECUTION.sub(r"\1:(an execution)", _UNIQUE_ID.sub("(a deleted principal)", text)))
    return plain
