"""Which calls of the log are an onboarding's, and which of them write."""

from collections.abc import Iterable

from sandbox.runtime.call_log import Call, Entry

_READS = ("Get", "List", "Describe", "Simulate", "get ", "list ")
_NO_CHANGES = {
    ("sts", "AssumeRole"),
    ("lambda", "Invoke"),
    ("states", "StartExecution"),
    ("kubernetes", "create selfsubjectaccessreviews"),
}
_NOT_OURS = {"operator", "kubernetes-admin"}
"""Whoever drives the sandbox, and task governance, which makes namespaces and queues."""

_RECORDS = ("dynamodb", "events")
"""Services that hold what the stack records and says; all others hold what a team has."""


def ours(entries: Iterable[Entry]) -> list[Entry]:
    """Those that the stack's functions and state machines have made."""
    return [entry for entry in entries if entry.call.principal not in _NOT_OURS]


def reads(call: Call) -> bool:
    """Whether a call looks at something."""
    return call.operation.startswith(_READS)


def writes(call: Call) -> bool:
    """Whether a call changes something. To start a function or an execution, or to take a role, is neither."""
    return not reads(call) and (call.service, call.operation) not in _NO_CHANGES


def records(call: Call) -> bool:
    """Whether a call is about what the stack itself records, locks and announces."""
    return call.service in _RECORDS
