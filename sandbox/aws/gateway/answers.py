"""Answers of the gateway's own, in each service's form and words."""

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4
from xml.sax.saxutils import escape

ACCESS_DENIED, THROTTLED, FAILED = "access denied", "throttled", "failed"

_CODES: dict[tuple[str, str], tuple[str, int]] = {
    ("iam", THROTTLED): ("Throttling", 400),
    ("iam", FAILED): ("ServiceFailure", 500),
    ("sts", THROTTLED): ("Throttling", 400),
    ("s3", THROTTLED): ("SlowDown", 503),
    ("s3", FAILED): ("InternalError", 500),
    ("eks", ACCESS_DENIED): ("AccessDeniedException", 403),
    ("eks", THROTTLED): ("ThrottlingException", 429),
    ("eks", FAILED): ("ServerException", 500),
    ("lambda", ACCESS_DENIED): ("AccessDeniedException", 403),
    ("lambda", THROTTLED): ("TooManyRequestsException", 429),
    ("lambda", FAILED): ("ServiceException", 500),
    ("dynamodb", FAILED): ("InternalServerError", 500),
    ("kms", FAILED): ("KMSInternalException", 500),
    ("events", FAILED): ("InternalException", 500),
    ("ssm", FAILED): ("InternalServerError", 500),
}
"""What a service's answer to a kind of failure is, where it is not the default of its protocol."""

_JSON = {ACCESS_DENIED: ("AccessDeniedException", 400), THROTTLED: ("ThrottlingException", 400)}
_XML = {ACCESS_DENIED: ("AccessDenied", 403), THROTTLED: ("Throttling", 400)}
_MESSAGES = {
    THROTTLED: "Rate exceeded",
    FAILED: "An internal error occurred. Please retry your request.",
    ACCESS_DENIED: "Access Denied",
}


NAME_HEADER = "x-sandbox-error-name"
"""What a task that hears the answer calls the error, where AWS does not document how it is spelled."""


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status_line(self) -> str:
        known = self.status in HTTPStatus._value2member_map_
        return f"{self.status} {HTTPStatus(self.status).phrase if known else 'Unknown'}"

    @property
    def error(self) -> str | None:
        """The error code, if this answer is one."""
        if self.status < 400:
            return None
        header = next((value for name, value in self.headers if name.lower() == "x-amzn-errortype"), "")
        found = _CODE.search(self.body.decode("utf-8", "replace"))
        code = header.split(":")[0] or (found and (found["xml"] or found["json"])) or str(self.status)
        return code.rsplit("#", 1)[-1]


_CODE = re.compile(r'<Code>(?P<xml>[^<]+)</Code>|"__type"\s*:\s*"(?P<json>[^"]+)"')


def failure(service: str, protocol: str, kind: str, message: str | None = None) -> Answer:
    """The service's own answer to an access denied, a throttle or an inner failure."""
    default = (_XML if protocol in ("query", "rest-xml", "ec2") else _JSON).get(kind, ("InternalFailure", 500))
    code, status = _CODES.get((service, kind), default)
    return error(protocol, code, message or _MESSAGES[kind], status)


def error(protocol: str, code: str, message: str, status: int, name: str | None = None) -> Answer:
    """An error in the form of a protocol: query, rest-xml, rest-json or json; `name` is what a task shall call it."""
    named = ((NAME_HEADER, name),) if name else ()
    request_id = str(uuid4())
    if protocol in ("query", "rest-xml", "ec2"):
        fault = "Sender" if status < 500 else "Receiver"
        inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        if protocol == "rest-xml":
            text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
        else:
            inner = f"<Error><Type>{fault}</Type>{inner}</Error>"
            text = f"<ErrorResponse>{inner}<RequestId>{request_id}</RequestId></ErrorResponse>"
        return _answer(status, "text/xml", text, request_id, *named)
    content = {"__type": code, "message": message, "Message": message}
    if protocol == "rest-json":
        del content["__type"]
    kind = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
    return _answer(status, kind, json.dumps(content), request_id, ("x-amzn-ErrorType", code), *named)


def success(content: object) -> Answer:
    """What a service of a JSON protocol answers where all is well."""
    return _answer(200, "application/x-amz-json-1.1", json.dumps(content), str(uuid4()))


def _answer(status: int, content_type: str, text: str, request_id: str, *headers: tuple[str, str]) -> Answer:
    body = text.encode()
    standard = (
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", request_id),
        ("x-amz-request-id", request_id),
    )
    return Answer(status, (*standard, *headers), body)
