"""Queues."""

from sandbox.aws.policies.needs import Row, Target, row


def _named(target: Target) -> str:
    return target.arn(str(target["QueueName"]))


def _queue(target: Target) -> str:
    return target.arn(str(target["QueueUrl"]).rsplit("/", 1)[-1])


ROWS: dict[tuple[str, str], Row] = {
    ("sqs", "GetQueueUrl"): row(_named),
    ("sqs", "ReceiveMessage"): row(_queue),
    ("sqs", "DeleteMessage"): row(_queue),
    ("sqs", "ChangeMessageVisibility"): row(_queue),
}
