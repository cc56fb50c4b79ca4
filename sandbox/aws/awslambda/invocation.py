"""moto's Lambda API, made to run functions in the sandbox's processes and not in Docker."""

from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import LambdaClientError, UnknownFunctionException
from moto.awslambda.models import LambdaFunction

from sandbox.aws.awslambda.functions import ConcurrencyError, Lambdas, UnknownFunctionError
from sandbox.aws.iam.service_roles import RoleError
from sandbox.aws.moto.patches import Patches
from sandbox.runtime.clock import Clock


class TooManyRequestsError(LambdaClientError):
    """Lambda's answer where the limit of concurrency is reached."""

    code = 429


_AGAIN_AFTER = (60.0, 120.0)
"""Seconds until an asynchronous invocation that failed is tried again (Lambda developer guide, "How Lambda handles
errors and retries with asynchronous invocation")."""
_THROTTLED_FOR = 21600.0
"""Seconds for which one that is throttled is tried, at intervals that double up to the longest (the same page)."""
_LONGEST_INTERVAL = 300.0


def _asynchronously(lambdas: Lambdas, clock: Clock, arn: str, payload: bytes) -> None:
    for seconds in (*_AGAIN_AFTER, 0.0):
        if not _failed(lambdas, clock, arn, payload):
            return
        clock.sleep(seconds)


def _failed(lambdas: Lambdas, clock: Clock, arn: str, payload: bytes) -> bool:
    until, interval = clock.now() + _THROTTLED_FOR, 1.0
    while clock.now() < until:
        try:
            return lambdas.invoke(arn, payload).function_error is not None
        except ConcurrencyError:
            clock.sleep(interval)
            interval = min(interval * 2, _LONGEST_INTERVAL)
    return False


def install(lambdas: Lambdas, clock: Clock) -> Callable[[], None]:
    """Makes Invoke go to `lambdas`, whoever calls it; returns what takes it back."""

    def invoke(self: LambdaFunction, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        """Upstream: runs functions in Docker only."""
        payload = body.encode() if isinstance(body, str) else bytes(body or b"")
        kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
        arn = str(self.function_arn)
        try:
            lambdas.function(arn)
        except UnknownFunctionError:
            raise UnknownFunctionException(arn) from None
        if kind == "DryRun":
            return b""
        if kind == "Event":
            clock.spawn(_asynchronously, lambdas, clock, arn, payload)
            return b""
        try:
            result = lambdas.invoke(arn, payload)
        except RoleError:
            message = "The role defined for the function cannot be assumed by Lambda."
            raise LambdaClientError("AccessDeniedException", message) from None
        except ConcurrencyError:
            raise TooManyRequestsError("TooManyRequestsException", "Rate Exceeded.") from None
        if result.function_error:
            response_headers["x-amz-function-error"] = result.function_error
        response_headers["x-amz-executed-version"] = "$LATEST"
        return result.payload

    patches = Patches()
    patches.replace(LambdaFunction, "invoke", invoke)
    return patches.undo
