"""Lambda."""

from sandbox.aws.policies.needs import Row, Target, row


def _function(target: Target) -> str:
    name = str(target["FunctionName"])
    return name if name.startswith("arn:") else target.arn(f"function:{name.rsplit(':function:', 1)[-1]}")


ROWS: dict[tuple[str, str], Row] = {
    ("lambda", "Invoke"): row(_function, action="lambda:InvokeFunction"),
}
