"""EC2."""

from sandbox.aws.policies.needs import Row, Target, row


def _everything(target: Target) -> str:
    return "*"


ROWS: dict[tuple[str, str], Row] = {
    ("ec2", "DescribeSubnets"): row(_everything),
}
