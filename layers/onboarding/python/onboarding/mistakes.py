"""The mistakes of an event, a sentence each: what is wrong, where, and what to do."""

from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from onboarding import account_number, principals, quota, request, service_accounts, storage
from onboarding.strict import shown

_MOST: Final = 25

# What a pattern asks for, in words.
_WORDS: Final = {
    request.TEAM_PATTERN: "lower-case letters, digits and hyphens, with a letter or digit at either end",
    principals.ROLE_ARN: "the ARN of an IAM role, arn:aws:iam::ACCOUNT:role/NAME",
    principals.PERMISSION_SET: "the name of a permission set: up to 32 letters, digits and _+=,.@-",
    request.KEY_ARN: "the ARN of a KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID",
    request.BUCKET: "the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
    request.DATASET_PREFIX: "a key prefix of at most 256 plain characters, with no leading slash and no wildcard",
    service_accounts.DNS_LABEL: "a Kubernetes name: at most 63 lower-case letters, digits and hyphens",
    service_accounts.PULL_NAME: "the name of a Secret: lower-case letters, digits, hyphens and dots",
    quota.INSTANCE_TYPE: "a SageMaker instance type, such as ml.p5.48xlarge",
    request.GROUP: "a Kubernetes group name",
    storage.FILE_SYSTEM: "the id of an FSx file system, such as fs-0123456789abcdef0",
    storage.FOLDER: "a folder such as /teams/vision/images: plain names behind a slash each, at most 8",
}


def sentences(error: ValidationError) -> str:
    """All mistakes of one event, at most 25 of them in full."""
    found = [_sentence(detail) for detail in error.errors(include_url=False)]
    more = [f"And {len(found) - _MOST} more."] if len(found) > _MOST else []
    return " ".join([*found[:_MOST], *more])


def _sentence(detail: ErrorDetails) -> str:
    where = _path(detail["loc"])
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return f"{where} is missing: add it."
        case "extra_forbidden":
            return f"{where} is not a field that is known here: remove it or correct its name."
        case "string_pattern_mismatch" if context["pattern"] == account_number.ACCOUNT:
            return f"{where} is {account_number.mistake(detail['input'])}."
        case "string_type" if isinstance(detail["input"], int | float):
            return f"{where} is {shown(detail['input'])}, which is no text: put it in quotes."
        case "string_pattern_mismatch":
            wanted = _WORDS.get(context["pattern"], f"text of the form {context['pattern']}")
            return f"{where} is {shown(detail['input'])}: give {wanted}."
        case "string_too_long" | "too_long":
            return f"{where} is too long: give at most {context['max_length']}."
        case "too_short":
            return f"{where} is too short: give at least {context['min_length']}."
        case "value_error":
            return f"{where}: {context['error']}."
        case "json_invalid":
            return f"The event cannot be read as JSON: {context['error']}."
        case _:
            return f"{where} is {shown(detail['input'])}: {_lower(detail['msg'])}."


def _path(location: tuple[int | str, ...]) -> str:
    path = "detail"
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{_plain(part)}"
    return path


def _plain(name: str) -> str:
    return shown(name)[1:].removesuffix('"')


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")
