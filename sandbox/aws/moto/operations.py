"""Operations that moto lacks or answers wrongly, put into its response classes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from moto.core import serialize
from moto.core.common_types import TYPE_RESPONSE
from moto.core.errors import ErrorShape, get_error_model
from moto.core.exceptions import ServiceException
from moto.core.model import ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.responses import ActionContext, ActionResult, BaseResponse
from moto.core.serialize import DefaultAttributePicker
from moto.core.utils import camelcase_to_underscores, get_service_model

from sandbox.aws.moto.installation import current
from sandbox.aws.moto.validation import unknown_fields, violations

T = TypeVar("T")

_STATUS = {
    "AccessDenied": 403,
    "AccessPointAlreadyOwnedByYou": 409,
    "InvalidRequest": 400,
    "MalformedPolicy": 400,
    "NoSuchAccessPoint": 404,
    "NoSuchAccessPointPolicy": 404,
    "NoSuchBucket": 404,
    "NotFoundException": 404,
    "PolicyTooLarge": 400,
    "ValidationException": 400,
}
"""HTTP statuses of error codes that some botocore models leave out."""


@dataclass(frozen=True)
class Call:
    """One request that fits its model."""

    account: str
    region: str
    access_key: str
    params: dict[str, Any]


Handler = Callable[[Call], Mapping[str, Any] | None]
Refusal = Callable[[str], Exception]
"""Makes the service's error for a request that does not fit its model."""


def answer(responses: type[BaseResponse], handlers: Mapping[str, Handler], refusal: Refusal) -> None:
    """Lets the handlers answer these operations of the service, instead of moto."""
    for name, handler in handlers.items():
        method = _method(name, handler, refusal)
        current().patches.replace(responses, camelcase_to_underscores(name), method)


def precede(responses: type[BaseResponse], name: str, check: Callable[[Call], None], refusal: Refusal) -> None:
    """Lets moto answer only what fits the model and what `check` does not refuse."""
    attribute = camelcase_to_underscores(name)
    inherited = getattr(responses, attribute)

    def method(self: BaseResponse) -> Any:
        with current().lock:
            check(parsed_call(self, name, refusal))
            return inherited(self)

    current().patches.replace(responses, attribute, method)


def parsed_call(response: BaseResponse, name: str, refusal: Refusal) -> Call:
    """The request, parsed and checked against the model; raises the refusal when it does not fit."""
    model = get_service_model(response.boto3_service_name)
    shape = model.operation_model(name).input_shape
    protocol = determine_request_protocol(model, response.normalized_request.content_type)
    request = response.normalized_request
    mistakes: list[str] = []
    if "json" in protocol and request.data:
        try:
            mistakes += unknown_fields(json.loads(request.data), shape)
        except ValueError:
            raise refusal("The request body is not JSON") from None
    try:
        params: dict[str, Any] = PROTOCOL_PARSERS[protocol](model.operation_model(name), map_type=dict).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": response.uri_match,
            }
        )
    except (TypeError, AttributeError, ValueError):
        raise refusal("The request body has a field of a wrong type") from None
    params = {member: value for member, value in params.items() if value is not None}
    mistakes += violations(params, shape)
    if mistakes:
        count = f"{len(mistakes)} validation error{'s' if len(mistakes) > 1 else ''} detected"
        raise refusal(f"{count}: {'; '.join(mistakes)}")
    return Call(response.current_account, response.region, response.get_access_key(), params)


def give_unmodelled_errors_a_status() -> None:
    """Lets errors that the service's botocore model leaves out have the HTTP status that the service gives them."""

    def error_model(raised: Exception, service: ServiceModel) -> ErrorShape:
        code = getattr(raised, "code", "")
        modelled = {shape.name for shape in service.error_shapes}
        if not isinstance(raised, ServiceException) or code in modelled or code not in _STATUS:
            return get_error_model(raised, service)
        traits = {"code": code, "httpStatusCode": _STATUS[code]}
        return ErrorShape(code, {"exception": True, "type": "structure", "members": {}, "error": traits})

    current().patches.replace(serialize, "get_error_model", error_model)


def page(items: Sequence[T], limit: int, token: str | None, refusal: Refusal) -> tuple[list[T], str | None]:
    """A page of a List answer and the token of the next one. Raises the refusal for a token we did not give."""
    if token is not None and not token.isdecimal():
        raise refusal("Invalid NextToken")
    start = int(token or 0)
    end = start + limit
    return list(items[start:end]), str(end) if end < len(items) else None


class Refused(ServiceException):
    """A service error of these backends. A class of its own, since moto infers the service from the class's module."""


def error(code: str, message: str, **details: str) -> ServiceException:
    """A service error; details fill the members of the error's model."""
    raised = Refused(code, message)
    for name, value in details.items():
        setattr(raised, name, value)
    return raised


def _method(name: str, handler: Handler, refusal: Refusal) -> Callable[[BaseResponse], ActionResult]:
    def method(self: BaseResponse) -> ActionResult:
        call = parsed_call(self, name, refusal)
        with current().lock:
            return _Exact(handler(call) or {})

    return method


class _Exact(ActionResult):
    """An answer whose values have the names of the model, so that nobody needs to look for others."""

    def execute_result(self, context: ActionContext) -> TYPE_RESPONSE:
        """Where the wire is JSON it has the same names as well; walking the model along a long list takes ten times as
        long as writing it.
        """
        serializer = context.serializer_class(context.operation_model, value_picker=DefaultAttributePicker())
        plain = context.service_model.protocol == "json"
        serialized = serializer.serialize({} if plain else self.result)
        body = json.dumps(_without_nothing(self.result), default=_seconds) if plain else serialized["body"]
        return serialized["status_code"], dict(serialized["headers"]), body


def _without_nothing(value: Any) -> Any:
    match value:
        case dict():
            return {name: _without_nothing(one) for name, one in value.items() if one is not None}
        case list():
            return [_without_nothing(one) for one in value]
    return value


def _seconds(when: datetime) -> float:
    return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
