"""Parameter Store."""

from sandbox.aws.policies.needs import Row, Target, row
from sandbox.runtime.call_log import Need


def _parameter(target: Target) -> str:
    return target.arn(f"parameter/{str(target['Name'] or target['Path']).removeprefix('/')}")


def _parameters(target: Target) -> list[Need]:
    names = [str(name).removeprefix("/") for name in target["Names"] or []]
    return [Need("ssm:GetParameters", target.arn(f"parameter/{name}")) for name in names]


ROWS: dict[tuple[str, str], Row] = {
    ("ssm", "GetParameter"): row(_parameter),
    ("ssm", "GetParametersByPath"): row(_parameter),
    ("ssm", "GetParameters"): _parameters,
}
