"""What the stack itself runs on: KMS, DynamoDB, EventBridge, Step Functions, Lambda, Parameter Store, logs, trails."""

from typing import Any

from sandbox.aws.gateway.lookups import key_arn, partition_key
from sandbox.aws.gateway.needs import Need, Row, Target, keys_of, row


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


def _table(target: Target) -> str:
    return target.arn(f"table/{target['TableName']}") + (f"/index/{target['IndexName']}" if target["IndexName"] else "")


def _leading_keys(target: Target) -> dict[str, object]:
    name = partition_key(target.account, target.region, target["TableName"])
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


def _events(target: Target) -> list[Need]:
    """One bus or several, as the entries say; what they hold comes as lists (service authorization reference)."""
    entries: dict[str, list[Any]] = {}
    for entry in target["Entries"] or []:
        bus = str(entry.get("EventBusName") or "default")
        arn = bus if bus.startswith("arn:") else target.arn(f"event-bus/{bus}")
        entries.setdefault(arn, []).append(entry)
    return [
        Need(
            "events:PutEvents",
            arn,
            keys_of(
                {
                    "events:source": [entry["Source"] for entry in those if entry.get("Source")],
                    "events:detail-type": [entry["DetailType"] for entry in those if entry.get("DetailType")],
                    "events:eventBusInvocation": "false",
                }
            ),
        )
        for arn, those in entries.items()
    ]


def _rule(target: Target) -> str:
    bus = str(target["EventBusName"] or "default").rsplit("/", 1)[-1]
    name = target["Name"] or target["Rule"]
    return target.arn(f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")


def _state_machine(target: Target) -> str:
    return str(target["stateMachineArn"])


def _execution(target: Target) -> str:
    return str(target["executionArn"])


def _function(target: Target) -> str:
    name = str(target["FunctionName"])
    return name if name.startswith("arn:") else target.arn(f"function:{name.rsplit(':function:', 1)[-1]}")


def _parameter(target: Target) -> str:
    return target.arn(f"parameter/{str(target['Name'] or target['Path']).removeprefix('/')}")


def _parameters(target: Target) -> list[Need]:
    names = [str(name).removeprefix("/") for name in target["Names"] or []]
    return [Need("ssm:GetParameters", target.arn(f"parameter/{name}")) for name in names]


def _log_group(target: Target) -> str:
    return target.arn(f"log-group:{target['logGroupName']}")


def _log_stream(target: Target) -> str:
    return target.arn(f"log-group:{target['logGroupName']}:log-stream:{target['logStreamName']}")


def _trail(target: Target) -> str:
    name = str(target["Name"])
    return name if name.startswith("arn:") else target.arn(f"trail/{name}")


def _namespace(target: Target) -> dict[str, object]:
    return {"cloudwatch:namespace": target["Namespace"]}


def _everything(target: Target) -> str:
    return "*"


ROWS: dict[tuple[str, str], Row] = {
    ("kms", "DescribeKey"): row(_key),
    ("kms", "CreateGrant"): row(_key, _grant),
    ("kms", "ListGrants"): row(_key, _own_grants),
    ("kms", "RevokeGrant"): row(_key, _own_grants),
    ("kms", "GetKeyPolicy"): row(_key),
    ("kms", "Encrypt"): row(_key, _encryption),
    ("kms", "Decrypt"): row(_key, _encryption),
    ("kms", "GenerateDataKey"): row(_key, _encryption),
    ("dynamodb", "GetItem"): row(_table, _leading_keys),
    ("dynamodb", "PutItem"): row(_table, _leading_keys),
    ("dynamodb", "UpdateItem"): row(_table, _leading_keys),
    ("dynamodb", "DeleteItem"): row(_table, _leading_keys),
    ("dynamodb", "Query"): row(_table),
    ("dynamodb", "Scan"): row(_table),
    ("dynamodb", "DescribeTable"): row(_table),
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("dynamodb", "TransactGetItems"): _transaction,
    ("events", "PutEvents"): _events,
    ("events", "PutRule"): row(_rule),
    ("events", "PutTargets"): row(_rule),
    ("events", "DescribeRule"): row(_rule),
    ("events", "DeleteRule"): row(_rule),
    ("events", "RemoveTargets"): row(_rule),
    ("states", "StartExecution"): row(_state_machine),
    ("states", "ListExecutions"): row(_state_machine),
    ("states", "DescribeStateMachine"): row(_state_machine),
    ("states", "DescribeExecution"): row(_execution),
    ("states", "StopExecution"): row(_execution),
    ("states", "GetExecutionHistory"): row(_execution),
    ("states", "RedriveExecution"): row(_execution),
    ("lambda", "Invoke"): row(_function, action="lambda:InvokeFunction"),
    ("ssm", "GetParameter"): row(_parameter),
    ("ssm", "GetParametersByPath"): row(_parameter),
    ("ssm", "GetParameters"): _parameters,
    ("logs", "CreateLogGroup"): row(_log_group),
    ("logs", "CreateLogStream"): row(_log_stream),
    ("logs", "PutLogEvents"): row(_log_stream),
    ("cloudtrail", "DescribeTrails"): row(_everything),
    ("cloudtrail", "GetTrailStatus"): row(_trail),
    ("cloudwatch", "PutMetricData"): row(_everything, _namespace),
    ("xray", "PutTraceSegments"): row(_everything),
    ("xray", "PutTelemetryRecords"): row(_everything),
}
