"""DynamoDB as the sandbox plays it."""

from typing import Any

from moto.dynamodb.models import dynamodb_backends

from sandbox.aws.dynamodb import conditional_writes
from sandbox.aws.dynamodb.permissions import ROWS
from sandbox.aws.service import Service


def _snapshot(account: str, region: str) -> dict[str, Any]:
    tables = dynamodb_backends[account][region].tables
    return {"tables": {name: _items(table) for name, table in list(tables.items())}}


def _items(table: Any) -> dict[str, Any]:
    """A table's items by their key."""

    def name(item: Any) -> str:
        parts = [item.hash_key, item.range_key] if item.range_key is not None else [item.hash_key]
        return " ".join(str(part.value) for part in parts)

    return {name(item): item.to_json()["Attributes"] for item in table.all_items()}


SERVICE = Service(rows=ROWS, install=conditional_writes.install, snapshot=_snapshot)
