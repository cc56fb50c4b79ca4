"""The gateway in front of moto: who calls, may they, what is logged, and what goes wrong.

A WSGI middleware. Every AWS call of the sandbox passes here, over the network or not at all.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication

from sandbox.aws.cloudformation.custom_resources import Answers
from sandbox.aws.gateway.answers import ACCESS_DENIED, FAILED, THROTTLED, Answer, error, failure
from sandbox.aws.gateway.authorization import refusal
from sandbox.aws.gateway.caller import ANONYMOUS, Caller, UnknownCallerError, identify
from sandbox.aws.gateway.operators import credentials_for, operator, remember_new_session, why_not
from sandbox.aws.gateway.permissions import UnlistedOperationError, needs_of
from sandbox.aws.gateway.requests import Asked, Environ, NotSignedError, instance_of, parse, read_body
from sandbox.aws.iam.service_roles import NotAssumableError
from sandbox.aws.policies.needs import Target
from sandbox.aws.s3.lookups import remember_writer
from sandbox.runtime.activity import HEADER, PAUSE_PATH, here, part_of
from sandbox.runtime.call_log import Call, CallLog, Entry, Need
from sandbox.runtime.faults import Fault, Faults, Kind, Match
from sandbox.runtime.http import run

__all__ = [
    "Call",
    "CallLog",
    "Entry",
    "Fault",
    "Faults",
    "Gateway",
    "Kind",
    "Match",
    "NotAssumableError",
    "credentials_for",
    "operator",
    "why_not",
]

_ACTIVITY = "HTTP_" + HEADER.upper().replace("-", "_")
_ANSWERS = {Kind.ERROR: FAILED, Kind.THROTTLE: THROTTLED, Kind.DENIED: ACCESS_DENIED}

_WRITES = ("CompleteMultipartUpload", "CopyObject", "PutObject")


class _LostError(ConnectionError):
    """There is to be no answer; the server then drops the connection."""


@dataclass
class Gateway:
    """Passes on to `app` what its caller may do. Without `enforce` calls are named and logged only."""

    app: WSGIApplication
    log: CallLog
    faults: Faults
    enforce: bool = True
    custom_resources: Answers | None = None
    """CloudFormation's bucket for answers, which anybody with a presigned address may put into."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        path = environ.get("PATH_INFO", "")
        if path.startswith("/moto-api"):
            return self.app(environ, start_response)
        with part_of(environ.get(_ACTIVITY) or instance_of(environ)):
            if self.custom_resources is not None and path.startswith(f"/{self.custom_resources.bucket}/"):
                answer = _put(self.custom_resources, environ)
            else:
                answer = _paused(environ) if path == PAUSE_PATH else self._answer(environ)
        start_response(answer.status_line, list(answer.headers))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    def _answer(self, environ: Environ) -> Answer:
        body = read_body(environ)
        try:
            asked = parse(environ, body)
        except NotSignedError:
            return error("rest-json", "MissingAuthenticationTokenException", "Missing Authentication Token", 403)
        try:
            caller = identify(asked.access_key, asked.token) if asked.access_key else ANONYMOUS
        except UnknownCallerError as unknown:
            return _unknown(asked, unknown)
        needs, unlisted = _needs(asked, caller)
        call = _call(asked, caller, needs)
        denied = self._refusal(asked, caller, needs, unlisted)
        if denied is not None:
            answer = failure(asked.service, asked.protocol, ACCESS_DENIED, denied)
            self.log.append(call, answer.status, answer.error)
            return answer
        return self._carried_out(environ, asked, call, caller)

    def _refusal(self, asked: Asked, caller: Caller, needs: list[Need], unlisted: str | None) -> str | None:
        if not self.enforce or caller.is_operator:
            return None
        if unlisted is not None:
            return f"User: {caller.arn} is not authorized: {unlisted}"
        return next((found for need in needs if (found := refusal(caller, need, asked.region))), None)

    def _carried_out(self, environ: Environ, asked: Asked, call: Call, caller: Caller) -> Answer:
        fault = self.faults.strike(call)
        outcome, status = str(fault) if fault and fault.kind is not Kind.CALLBACK else None, None
        try:
            answer = self._struck(fault, "before", environ, asked, call)
            if answer is None:
                answer = _passed_on(self.app, environ)
                if call.operation == "AssumeRole" and answer.status == 200:
                    remember_new_session(answer.body, asked.parameters, caller)
                if call.service == "s3" and call.operation in _WRITES and answer.status == 200:
                    remember_writer(asked.parameters["Bucket"], asked.parameters["Key"], call.account)
                answer = self._struck(fault, "after", environ, asked, call) or answer
            status = answer.status
            outcome = outcome or answer.error
            return answer
        finally:
            self.log.append(call, status, outcome)

    def _struck(self, fault: Fault | None, when: str, environ: Environ, asked: Asked, call: Call) -> Answer | None:
        if fault is None or fault.when != when:
            return None
        connection = environ.get("werkzeug.socket")
        self.faults.act(fault, call, connection)
        if fault.kind is Kind.CALLBACK:
            return None
        if fault.answer is not None:
            said: Answer = fault.answer(asked.protocol)
            return said
        if fault.kind in _ANSWERS:
            message = f"User: {call.principal} is not authorized to perform: {asked.service}:{asked.operation}"
            return failure(
                asked.service, asked.protocol, _ANSWERS[fault.kind], message if fault.kind is Kind.DENIED else None
            )
        if connection is not None:
            # Without this a client would wait for its answer until its own time-out.
            connection.shutdown(socket.SHUT_RDWR)
        raise _LostError(f"no answer to {call}")


def _put(answers: Answers, environ: Environ) -> Answer:
    key = environ["PATH_INFO"].removeprefix(f"/{answers.bucket}/")
    body = read_body(environ)
    if environ["REQUEST_METHOD"] != "PUT":
        return Answer(405, (), b"")
    return Answer(answers.put(key, environ.get("QUERY_STRING", ""), environ.get("CONTENT_TYPE", ""), body), (), b"")


def _paused(environ: Environ) -> Answer:
    """Answers who is not part of any activity at once."""
    activity = here()
    if activity is not None:
        activity.pause(float(parse_qs(environ.get("QUERY_STRING", ""))["seconds"][0]))
    return Answer(204, (), b"")


def _needs(asked: Asked, caller: Caller) -> tuple[list[Need], str | None]:
    target = Target(
        asked.service,
        asked.operation,
        caller.account,
        asked.region,
        asked.parameters,
        asked.access_point,
        caller.transitive_tags,
        caller.source_identity,
    )
    network = {"aws:SourceVpce": (asked.vpc_endpoint,)} if asked.vpc_endpoint else {}
    try:
        return [replace(need, context={**need.context, **network}) for need in needs_of(target)], None
    except UnlistedOperationError as unlisted:
        return [], str(unlisted)


def _call(asked: Asked, caller: Caller, needs: list[Need]) -> Call:
    return Call(
        service=asked.service,
        operation=asked.operation,
        actions=tuple(need.action for need in needs),
        account=caller.account,
        region=asked.region,
        principal=caller.principal,
        function=asked.function,
        instance=asked.instance,
        resource=needs[0].resource if needs else None,
        parameters=asked.public_parameters,
        needs=tuple(needs),
    )


def _unknown(asked: Asked, unknown: UnknownCallerError) -> Answer:
    if asked.service == "s3" and unknown.code == "InvalidClientTokenId":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return error(asked.protocol, "InvalidAccessKeyId", message, 403)
    if asked.protocol in ("query", "rest-xml"):
        return error(asked.protocol, unknown.code, unknown.message, 403)
    code = "UnrecognizedClientException" if unknown.code == "InvalidClientTokenId" else "ExpiredTokenException"
    return error(asked.protocol, code, unknown.message, 403 if asked.protocol == "rest-json" else 400)


def _passed_on(app: WSGIApplication, environ: Environ) -> Answer:
    """moto's answer, whole."""
    status, headers, body = run(app, environ)
    return Answer(int(status.split(" ", 1)[0]), tuple(headers), body)
