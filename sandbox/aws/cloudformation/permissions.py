"""Stacks, as those who look at them are let in."""

from moto.cloudformation.models import cloudformation_backends

from sandbox.aws.policies.needs import UNKNOWN, Row, Target, row


def _stack(target: Target) -> str:
    """A stack's ARN ends in an id of its own, also where it is asked for by its name."""
    stacks = cloudformation_backends[target.account][target.region].stacks
    arn = next((arn for arn, stack in stacks.items() if target["StackName"] in (stack.name, arn)), None)
    return str(arn or target.arn(f"stack/{target['StackName']}/{UNKNOWN}"))


ROWS: dict[tuple[str, str], Row] = {
    ("cloudformation", "DescribeStacks"): row(_stack),
}
