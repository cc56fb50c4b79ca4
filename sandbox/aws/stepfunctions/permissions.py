"""Step Functions."""

from sandbox.aws.policies.needs import Row, Target, row


def _state_machine(target: Target) -> str:
    return str(target["stateMachineArn"])


def _execution(target: Target) -> str:
    return str(target["executionArn"])


def _anything(target: Target) -> str:
    """A token names no resource (service authorization reference, Step Functions: SendTask* have none)."""
    return "*"


ROWS: dict[tuple[str, str], Row] = {
    ("states", "StartExecution"): row(_state_machine),
    ("states", "ListExecutions"): row(_state_machine),
    ("states", "DescribeStateMachine"): row(_state_machine),
    ("states", "DescribeExecution"): row(_execution),
    ("states", "StopExecution"): row(_execution),
    ("states", "GetExecutionHistory"): row(_execution),
    ("states", "SendTaskFailure"): row(_anything),
    ("states", "SendTaskSuccess"): row(_anything),
    ("states", "RedriveExecution"): row(_execution),
}
