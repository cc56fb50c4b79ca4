"""What an HTTP request asks for: service, operation and parameters, by botocore's models."""

import io
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.s3control.models import s3control_backends
from werkzeug.exceptions import HTTPException

from sandbox.aws.gateway.resource_policies import bucket_region
from sandbox.runtime.network import CARRIER

Environ = dict[str, Any]

SECRET_PARAMETERS = frozenset({"ExternalId", "SecretAccessKey", "SessionToken", "TokenCode"})

_MODELS = {"states": "stepfunctions", "monitoring": "cloudwatch"}
"""Signing name to botocore's name of the service, where they differ."""

_PREFIXES = {"monitoring": "cloudwatch"}
"""Signing name to the prefix of the service's actions, where they differ."""

_READING_MODELS = threading.Lock()
"""moto keeps what it has read; before that all who ask would read it, hundreds at once where teams come at once."""

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_APPLICATION = re.compile(r"\bapp/fn-(?P<function>\S+)-(?P<instance>[^-\s]+)(?:\s|$)")
_ACCESS_POINT_HOST = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]+)-(?P<account>\d{12})\.(?P<host>.+)")
_PAYLOADS = frozenset({"Body", "Payload", "ZipFile"})


class NotSignedError(Exception):
    """The request carries no SigV4 signature."""


@dataclass(frozen=True)
class Asked:
    """A parsed request."""

    access_key: str
    token: str | None
    region: str
    service: str
    """The prefix of the service's actions."""
    operation: str
    protocol: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    access_point: str | None = None
    function: str | None = None
    instance: str | None = None
    vpc_endpoint: str | None = None

    @property
    def public_parameters(self) -> dict[str, Any]:
        """The parameters without secrets and payloads."""
        hidden = SECRET_PARAMETERS | _PAYLOADS
        return {name: value for name, value in self.parameters.items() if name not in hidden and value is not None}


def read_body(environ: Environ) -> bytes:
    """The whole request body, put back for the next reader."""
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    if length:
        body: bytes = stream.read(int(length))
    else:
        body = stream.read() if environ.get("wsgi.input_terminated") else b""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


def instance_of(environ: Environ) -> str | None:
    """The instance of a function that asks, if it is one."""
    caller = _APPLICATION.search(environ.get("HTTP_USER_AGENT", ""))
    return caller["instance"] if caller else None


def parse(environ: Environ, body: bytes) -> Asked:
    """Names what a signed request asks for. A request by access point is turned into one for its bucket in `environ`.

    Raises:
        NotSignedError: there is no signature in headers or query, and it is not for a bucket.
    """
    query = parse_qs(environ.get("QUERY_STRING", ""))
    scope = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "") or _presigned(query))
    if scope is None:
        return _unsigned(environ, body)
    signing_name = scope["service"].lower()
    is_control = signing_name == "s3" and environ.get("PATH_INFO", "").startswith("/v20180820/")
    access_point = _through_access_point(environ) if signing_name == "s3" and not is_control else None
    model = "s3control" if is_control else _MODELS.get(signing_name, signing_name)
    operation, protocol, parameters = _operation(model, environ, body)
    caller = _APPLICATION.search(environ.get("HTTP_USER_AGENT", ""))
    return Asked(
        access_key=scope["key"],
        token=environ.get("HTTP_X_AMZ_SECURITY_TOKEN") or query.get("X-Amz-Security-Token", [None])[0],
        region=scope["region"],
        service=_PREFIXES.get(signing_name, signing_name),
        operation=operation,
        protocol=protocol,
        parameters=parameters,
        access_point=access_point,
        function=caller["function"] if caller else None,
        instance=caller["instance"] if caller else None,
        vpc_endpoint=environ.get(f"HTTP_{CARRIER.upper().replace('-', '_')}"),
    )


def _unsigned(environ: Environ, body: bytes) -> Asked:
    """S3 alone hears those who do not say who they are; a bucket or access point may be open to them."""
    access_point = _through_access_point(environ)
    region = bucket_region(environ.get("PATH_INFO", "").split("/")[1])
    if region is None:
        raise NotSignedError
    operation, protocol, parameters = _operation("s3", environ, body)
    return Asked("", None, region, "s3", operation, protocol, parameters, access_point)


def _presigned(query: Mapping[str, list[str]]) -> str:
    return "".join(f"Credential={value}" for value in query.get("X-Amz-Credential", []))


def _operation(model: str, environ: Environ, body: bytes) -> tuple[str, str, dict[str, Any]]:
    """Operation, protocol and parameters; an operation that no model knows goes by its target or path."""
    request = Request({**environ, "wsgi.input": io.BytesIO(body)})
    protocol = "json"
    try:
        with _READING_MODELS:
            service, router = get_service_model(model), get_service_router(model)
        protocol = determine_request_protocol(service, request.content_type)
        operation, url_parameters = router.match(request)
        parsed = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": url_parameters,
            }
        )
    except (UnknownServiceError, HTTPException, NotImplementedError, RequestParserError, KeyError):
        target = environ.get("HTTP_X_AMZ_TARGET", "").rsplit(".", 1)[-1]
        return target or f"{request.method} {request.path}", protocol, {}
    return str(operation.name), protocol, parsed


def _through_access_point(environ: Environ) -> str | None:
    """The access point in the host name, if it is one; the request then goes to the bucket behind it."""
    host = _ACCESS_POINT_HOST.fullmatch(environ.get("HTTP_HOST", ""))
    if host is None:
        return None
    points = s3control_backends[host["account"]]["aws"].access_points.get(host["account"], {})
    point = points.get(host["name"])
    region = bucket_region(point.bucket) if point else None
    if point is None or region is None:
        return None
    environ["HTTP_HOST"] = host["host"]
    environ["PATH_INFO"] = f"/{point.bucket}{environ.get('PATH_INFO', '/')}"
    for name in ("RAW_URI", "REQUEST_URI"):
        raw = environ.get(name, "")
        # A client that uses the sandbox as its HTTP proxy sends the whole URL.
        path = re.sub(r"^https?://[^/]+", "", raw) or "/"
        environ[name] = f"/{point.bucket}{path}"
    return f"arn:aws:s3:{region}:{host['account']}:accesspoint/{host['name']}"
