"""CloudTrail."""

from sandbox.aws.policies.needs import Row, Target, row


def _everything(target: Target) -> str:
    return "*"


def _trail(target: Target) -> str:
    name = str(target["Name"])
    return name if name.startswith("arn:") else target.arn(f"trail/{name}")


ROWS: dict[tuple[str, str], Row] = {
    ("cloudtrail", "DescribeTrails"): row(_everything),
    ("cloudtrail", "GetTrailStatus"): row(_trail),
}
