"""DynamoDB."""

from moto.dynamodb.models import dynamodb_backends

from sandbox.aws.policies.needs import Row, Target, row
from sandbox.runtime.call_log import Need


def _partition_key(account: str, region: str, table: str) -> str | None:
    """The name of a DynamoDB table's partition key."""
    found = dynamodb_backends[account][region].tables.get(table.rsplit("/", 1)[-1])
    return str(found.hash_key_attr) if found else None


def _table(target: Target) -> str:
    return target.arn(f"table/{target['TableName']}") + (f"/index/{target['IndexName']}" if target["IndexName"] else "")


def _leading_keys(target: Target) -> dict[str, object]:
    name = _partition_key(target.account, target.region, target["TableName"])
    value = (target["Key"] or target["Item"] or {}).get(name)
    return {"dynamodb:LeadingKeys": list(value.values()) if value else ""}


def _transaction(target: Target) -> list[Need]:
    """A transaction has no permission of its own: each of its items has."""
    actions = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
    found = []
    for item in target["TransactItems"] or []:
        for kind, parameters in item.items():
            part = Target("dynamodb", actions.get(kind, "GetItem"), target.account, target.region, parameters)
            found += row(_table, _leading_keys)(part)
    return found


ROWS: dict[tuple[str, str], Row] = {
    ("dynamodb", "GetItem"): row(_table, _leading_keys),
    ("dynamodb", "PutItem"): row(_table, _leading_keys),
    ("dynamodb", "UpdateItem"): row(_table, _leading_keys),
    ("dynamodb", "DeleteItem"): row(_table, _leading_keys),
    ("dynamodb", "Query"): row(_table),
    ("dynamodb", "Scan"): row(_table),
    ("dynamodb", "DescribeTable"): row(_table),
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("dynamodb", "TransactGetItems"): _transaction,
}
