"""Logs, metrics and traces."""

from sandbox.aws.policies.needs import Row, Target, row


def _log_group(target: Target) -> str:
    return target.arn(f"log-group:{target['logGroupName']}")


def _log_stream(target: Target) -> str:
    return target.arn(f"log-group:{target['logGroupName']}:log-stream:{target['logStreamName']}")


def _namespace(target: Target) -> dict[str, object]:
    return {"cloudwatch:namespace": target["Namespace"]}


def _everything(target: Target) -> str:
    return "*"


ROWS: dict[tuple[str, str], Row] = {
    ("logs", "CreateLogGroup"): row(_log_group),
    ("logs", "CreateLogStream"): row(_log_stream),
    ("logs", "PutLogEvents"): row(_log_stream),
    ("cloudwatch", "PutMetricData"): row(_everything, _namespace),
    ("xray", "PutTraceSegments"): row(_everything),
    ("xray", "PutTelemetryRecords"): row(_everything),
}
