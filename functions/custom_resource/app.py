"""Custom resource: teams declared in a CloudFormation stack, as `Custom::HyperPodTeam`.

CloudFormation invokes this function and goes on once an answer is at the request's address (CloudFormation user guide,
"Custom resource request objects" and "Custom resource response objects"). The work may take longer than a function
lasts, so this one only starts the state machine `declare_team`, which calls it again to read the request and, in the
end, to answer.
"""

import hashlib
import json
import os
import re
from typing import Any, Final

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from custom_resource.answer import body, put
from custom_resource.declared import declared
from custom_resource.response_url import NotCloudFormationError, ResponseUrl
from onboarding.accounts import Accounts
from onboarding.aws_errors import translated
from onboarding.settings import settings

FOLDER: Final = "answers/"
"""Where the addresses are kept until they are answered, and not in the execution's history: whoever has one can say
how the request ended."""

_KINDS: Final = ("Create", "Update", "Delete")
_GIVEN: Final = ("StackId", "LogicalResourceId", "RequestId")

logger = Logger(service="custom_resource")


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Takes CloudFormation's request and starts the state machine, or of the state machine `{action: read, request}` or
    `{action: answer, key, request, physicalId, data, reason}`.

    Raises InvalidRequest with a sentence for every mistake of the properties, ServiceRefused where CloudFormation takes
    no answer any more, other errors of `onboarding.errors` where a service cannot be reached.
    """
    match event.get("action"):
        case "read":
            return declared(event["request"], settings()).record()
        case "answer":
            return _answered(event)
        case _:
            return _taken(event)


def _taken(event: dict[str, Any]) -> dict[str, Any]:
    if why := _not_for_us(event):
        # There is nobody to answer, and the same again would be no better.
        logger.error("refused", extra={"reason": why})
        return {"refused": why}
    key = hashlib.sha256("\n".join(event[name] for name in _GIVEN).encode()).hexdigest()
    accounts = Accounts(settings())
    with translated(f"bucket {os.environ['FILES_BUCKET']}"):
        accounts.client("s3").put_object(
            Bucket=os.environ["FILES_BUCKET"], Key=FOLDER + key, Body=event["ResponseURL"].encode()
        )
    request = {name: value for name, value in event.items() if name not in ("ResponseURL", "ServiceToken")}
    started = json.dumps({"key": key, "request": request}, sort_keys=True)
    with translated(f"state machine {os.environ['STATE_MACHINE_ARN']}"):
        try:
            # By its name no request is carried out twice: Lambda may deliver one again.
            accounts.client("stepfunctions").start_execution(
                stateMachineArn=os.environ["STATE_MACHINE_ARN"], name=key, input=started
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
    logger.info("taken", extra={name: event[name] for name in ("RequestType", *_GIVEN)})
    return {"execution": key}


def _not_for_us(event: dict[str, Any]) -> str | None:
    lacking = [name for name in _GIVEN if not isinstance(event.get(name), str)]
    if lacking or event.get("RequestType") not in _KINDS or not isinstance(event.get("ResourceProperties"), dict):
        return "This is no request of CloudFormation for a custom resource: name this function as ServiceToken of one."
    try:
        ResponseUrl.of(event.get("ResponseURL"), settings().region)
    except NotCloudFormationError as error:
        return str(error)
    return None


def _answered(event: dict[str, Any]) -> dict[str, Any]:
    key = str(event["key"])
    if not re.fullmatch("[0-9a-f]{64}", key):
        raise ValueError("key is that of no request")
    bucket = os.environ["FILES_BUCKET"]
    with translated(f"bucket {bucket}"):
        stored = Accounts(settings()).client("s3").get_object(Bucket=bucket, Key=FOLDER + key)["Body"].read().decode()
    answer = body(event["request"], event["physicalId"], event["data"], event["reason"])
    put(ResponseUrl.of(stored, settings().region), answer)
    logger.info("answered", extra={"reason": event["reason"], "PhysicalResourceId": event["physicalId"]})
    return {}
