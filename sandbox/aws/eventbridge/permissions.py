"""EventBridge."""

from typing import Any

from sandbox.aws.policies.needs import Row, Target, keys_of, row
from sandbox.runtime.call_log import Need


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


ROWS: dict[tuple[str, str], Row] = {
    ("events", "PutEvents"): _events,
    ("events", "PutRule"): row(_rule),
    ("events", "PutTargets"): row(_rule),
    ("events", "DescribeRule"): row(_rule),
    ("events", "DeleteRule"): row(_rule),
    ("events", "RemoveTargets"): row(_rule),
}
