"""Failures in the form that Kubernetes gives them, with its own wording."""

from collections.abc import Sequence
from typing import Any

from sandbox.cluster.api.kinds import NAMESPACE, Kind, KubernetesObject, qualified


class ApiError(Exception):
    """A request that fails with HTTP status `code`."""

    def __init__(self, code: int, reason: str, message: str, details: KubernetesObject | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}

    def status(self) -> KubernetesObject:
        """The body of the answer, a `Status`."""
        body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        body |= {"message": self.message, "reason": self.reason, "details": self.details, "code": self.code}
        return body


def _details(kind: Kind, name: str | None) -> KubernetesObject:
    named = {"name": name} if name else {}
    return named | ({"group": kind.group} if kind.group else {}) | {"kind": kind.plural}


def unauthorized() -> ApiError:
    """No token, or one that stands for nobody."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def no_such_resource() -> ApiError:
    """The URL names no resource that is served."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def method_not_allowed() -> ApiError:
    """The resource has no such verb."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    """The body is in a form that this resource does not take."""
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", message)


def bad_request(message: str) -> ApiError:
    """The request makes no sense."""
    return ApiError(400, "BadRequest", message)


def not_found(kind: Kind, name: str) -> ApiError:
    """No object of that name."""
    return ApiError(404, "NotFound", f'{kind.qualified_plural} "{name}" not found', _details(kind, name))


def already_exists(kind: Kind, name: str) -> ApiError:
    """Create found an object of that name."""
    return ApiError(409, "AlreadyExists", f'{kind.qualified_plural} "{name}" already exists', _details(kind, name))


def conflict(kind: Kind, name: str, why: str) -> ApiError:
    """The object is not the one the caller saw."""
    message = f'Operation cannot be fulfilled on {kind.qualified_plural} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(kind, name))


def deletion_conflict(kind: Kind, name: str, field: str, wanted: str, found: str, happened: str) -> ApiError:
    """The object to delete is another than its precondition says. Kubernetes names the kind here, not the resource."""
    why = f"the {field} in the precondition ({wanted}) does not match the {field} in record ({found})."
    message = (
        f'Operation cannot be fulfilled on {qualified(kind.name, kind.group)} "{name}": {why} '
        f"The object might have been {happened}"
    )
    return ApiError(409, "Conflict", message, _details(kind, name))


def service_unavailable(why: str) -> ApiError:
    """The server behind the front does not answer."""
    return ApiError(503, "ServiceUnavailable", why)


def forbidden(kind: Kind, name: str | None, why: str) -> ApiError:
    """Not allowed; `why` is the part after "is forbidden"."""
    named = f' "{name}"' if name else ""
    message = f"{kind.qualified_plural}{named} is forbidden: {why}"
    return ApiError(403, "Forbidden", message, _details(kind, name))


def denied(kind: Kind, name: str, policy: str, binding: str, why: str) -> ApiError:
    """A ValidatingAdmissionPolicy does not let it in (Kubernetes documentation, "Validating Admission Policy")."""
    message = (
        f"{kind.qualified_plural} \"{name}\" is forbidden: ValidatingAdmissionPolicy '{policy}' with binding "
        f"'{binding}' denied request: {why}"
    )
    return ApiError(422, "Invalid", message, _details(kind, name))


def namespace_terminating(kind: Kind, name: str, namespace: str) -> ApiError:
    """Nothing can be created in a namespace that is going away."""
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = forbidden(kind, name, why)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    error.details["causes"] = [cause]
    return error


def namespace_protected(namespace: str) -> ApiError:
    """The namespaces that Kubernetes itself needs stay."""
    return forbidden(NAMESPACE, namespace, "this namespace may not be deleted")


def invalid(kind: Kind, name: str, mistakes: Sequence[tuple[str, str]]) -> ApiError:
    """The object breaks rules: `mistakes` are pairs of a field and what is wrong with it."""
    wordings = [f"{field}: {what}" for field, what in mistakes]
    text = wordings[0] if len(wordings) == 1 else f"[{', '.join(wordings)}]"
    causes = [{"reason": _cause(what), "message": what, "field": field} for field, what in mistakes]
    details: KubernetesObject = ({"name": name} if name else {}) | ({"group": kind.group} if kind.group else {})
    details |= {"kind": kind.name, "causes": causes}
    return ApiError(422, "Invalid", f'{qualified(kind.name, kind.group)} "{name}" is invalid: {text}', details)


def _cause(what: str) -> str:
    if what.startswith("Required value"):
        return "FieldValueRequired"
    return "FieldValueNotSupported" if what.startswith("Unsupported value") else "FieldValueInvalid"
