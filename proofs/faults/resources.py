"""A world as a list of resources, each by the address that people call it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from onboarding import names
from sandbox.aws.inventory import World
from sandbox.scenery import accounts

_OF_QUOTA = ("Namespace", "ClusterQueue", "LocalQueue")
_OF_VOLUME = ("PersistentVolume", "PersistentVolumeClaim")


def resources(world: World) -> dict[str, dict[str, Any]]:
    """Address to all that is there of the resource. The registry's records of teams are left out."""
    found: dict[str, dict[str, Any]] = {}
    for address, part, value in _parts(world):
        if value not in (None, {}, []):
            found.setdefault(address, {})[part] = value
    return found


def record(world: World, team: str) -> dict[str, Any] | None:
    """The registry's record of a team."""
    for table in world[accounts.CLUSTER_ACCOUNT]["tables"].values():
        if f"team/{team}" in table:
            item: dict[str, Any] = table[f"team/{team}"]
            return item
    return None


def locks(world: World) -> dict[str, Any]:
    """How the address of each statement of a bucket begins, to who has locked the bucket."""
    return {
        f"{accounts.DATA_ACCOUNT} bucket {key.removeprefix('bucket/')} statement ": item["holder"]
        for table in world[accounts.CLUSTER_ACCOUNT]["tables"].values()
        for key, item in table.items()
        if key.startswith("bucket/") and "holder" in item
    }


def differing(one: World, other: World) -> set[str]:
    """Addresses of what is not the same in both."""
    left, right = resources(one), resources(other)
    return {address for address in left.keys() | right.keys() if left.get(address) != right.get(address)}


def _parts(world: World) -> Iterator[tuple[str, str, Any]]:
    for account in accounts.ACCOUNTS.values():
        held = world[account]
        yield from _roles(account, held["roles"])
        yield from _buckets(account, held["buckets"])
        for name, value in held["access points"].items():
            yield f"{account} access point {name}", "access point", value
        for name, value in held["keys"].items():
            yield f"{account} key {name}", "key", value["policy"]
            for number, grant in enumerate(value["grants"]):
                yield f"{account} key {name} grant {grant['name']}", f"grant {number}" if number else "grant", grant
        for name, cluster in held["eks"].items():
            where = f"{account} cluster {name}"
            for principal, entry in cluster["access_entries"].items():
                yield f"{where} access entry {principal.rsplit('/', 1)[1]}", "entry", entry
            for account_of_pods, association in cluster["associations"].items():
                yield f"{where} pod identity {account_of_pods}", "association", association
            yield where, "add-ons", cluster["addons"]
        for name, quota in held["compute_quotas"].items():
            yield f"{account} compute quota {name}", "quota", quota
        for name, value in held["policies"].items():
            yield f"{account} policy {name}", "policy", value
        for name, value in held["links"].items():
            yield f"{account} file system {name.replace(' ', ' link ', 1)}", "link", value
        for table in held["tables"].values():
            for key, item in table.items():
                if key.startswith("bucket/"):
                    yield _delegation(accounts.DATA_ACCOUNT, key.removeprefix("bucket/")), "teams", item.get("teams")
    yield from _kubernetes(world["kubernetes"])


def _roles(account: str, roles: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for name, role in roles.items():
        if account == accounts.CLUSTER_ACCOUNT:
            yield f"{account} role {name}", "role", role
            continue
        yield f"{account} role {name}", "role", {key: value for key, value in role.items() if key != "inline"}
        for policy, document in role["inline"].items():
            yield f"{account} role {name} policy {policy}", "policy", document


def _buckets(account: str, buckets: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for name, bucket in buckets.items():
        document = bucket["policy"] or {}
        for statement in document.get("Statement", []):
            yield f"{account} bucket {name} statement {statement.get('Sid')}", "statement", statement
        yield f"{account} bucket {name}", "bucket", {key: value for key, value in bucket.items() if key != "policy"}


def _kubernetes(objects: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for key, item in objects.items():
        kind, _, name = key.partition("/")
        team = name.split("/")[0].removeprefix(names.NAMESPACE_PREFIX).removesuffix("-clusterqueue")
        if kind in _OF_QUOTA:
            yield f"{accounts.CLUSTER_ACCOUNT} compute quota {names.compute_quota(team)}", kind, item
        elif kind in _OF_VOLUME:
            namespace, claim = re.split("[./]", name, maxsplit=1)
            volume = names.volume(namespace.removeprefix(names.NAMESPACE_PREFIX), claim)
            yield f"cluster {accounts.EKS_CLUSTER} volume {volume} for claim {namespace}/{claim}", kind, item
        else:
            yield f"cluster {accounts.EKS_CLUSTER} {kind} {name}", "object", item


def _delegation(account: str, bucket: str) -> str:
    return f"{account} bucket {bucket} statement {names.delegation_sid(accounts.STACK, accounts.CLUSTER_ACCOUNT)}"
