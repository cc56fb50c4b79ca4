"""The writes of an onboarding, to be made again: by boto3 in one process, or by the AWS CLI in a process each."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name

from proofs.bench.calls import ours, writes
from sandbox.runtime.call_log import Call, Entry
from sandbox.scenery.accounts import REGION

_COMMANDS = {"s3": "s3api"}
"""Services that the AWS CLI calls otherwise than botocore does."""


@dataclass(frozen=True)
class Write:
    """A call as a client makes it."""

    service: str
    """As botocore names it."""
    operation: str
    account: str
    parameters: Mapping[str, Any]

    @property
    def command(self) -> tuple[str, str]:
        """Service and operation as the AWS CLI names them."""
        return _COMMANDS.get(self.service, self.service), xform_name(self.operation, "-")

    @property
    def method(self) -> str:
        """The operation as boto3 names it."""
        return xform_name(self.operation)


def writes_of(entries: Iterable[Entry]) -> tuple[list[Write], int]:
    """The writes to AWS, in order, and how many are left out: those to Kubernetes, which no AWS client makes."""
    made = [entry.call for entry in ours(entries) if writes(entry.call) and entry.error is None]
    aws = [call for call in made if call.service != "kubernetes"]
    return [_write(call) for call in aws], len(made) - len(aws)


def _write(call: Call) -> Write:
    service = call.service
    if service == "s3" and call.operation not in _model("s3").operation_names:
        service = "s3control"
    # A token that makes a call the same as an earlier one would keep it from doing anything.
    tokens = _model(service).operation_model(call.operation).idempotent_members
    parameters = {name: value for name, value in call.parameters.items() if name not in tokens}
    return Write(service, call.operation, call.account, parameters)


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def environment(endpoints: Mapping[str, str], keys: Mapping[str, str]) -> dict[str, str]:
    """What leads the AWS CLI into the sandbox, as the operator of an account and nobody else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        **endpoints,
        "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }
