"""Reads the protobuf form of the kinds used here: kubectl sends it for what it builds itself.

Answers are always JSON, which every client accepts as well. Field numbers are those of Kubernetes' `generated.proto`.
"""

import base64
from collections.abc import Iterator
from typing import Any

from sandbox.cluster.api.errors import bad_request, unsupported_media_type

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"

# By field number: name and type. A type is "string", "bytes", "bool" or a message; "[]" repeats it, "{}" is a map of
# strings to it.
_Fields = dict[int, tuple[str, str]]
_BOUND: _Fields = {1: ("metadata", "ObjectMeta"), 2: ("subjects", "[]Subject"), 3: ("roleRef", "RoleRef")}
_ROLE: _Fields = {1: ("metadata", "ObjectMeta"), 2: ("rules", "[]PolicyRule")}
_ASKED: _Fields = {1: ("resourceAttributes", "ResourceAttributes"), 2: ("nonResourceAttributes", "NonResource")}
_MESSAGES: dict[str, _Fields] = {
    "Unknown": {1: ("type", "TypeMeta"), 2: ("raw", "bytes")},
    "TypeMeta": {1: ("apiVersion", "string"), 2: ("kind", "string")},
    "ObjectMeta": {
        1: ("name", "string"),
        3: ("namespace", "string"),
        5: ("uid", "string"),
        6: ("resourceVersion", "string"),
        11: ("labels", "{}string"),
        12: ("annotations", "{}string"),
        14: ("finalizers", "[]string"),
    },
    "LocalObjectReference": {1: ("name", "string")},
    "PolicyRule": {
        1: ("verbs", "[]string"),
        2: ("apiGroups", "[]string"),
        3: ("resources", "[]string"),
        4: ("resourceNames", "[]string"),
        5: ("nonResourceURLs", "[]string"),
    },
    "Subject": {1: ("kind", "string"), 2: ("apiGroup", "string"), 3: ("name", "string"), 4: ("namespace", "string")},
    "RoleRef": {1: ("apiGroup", "string"), 2: ("kind", "string"), 3: ("name", "string")},
    "ResourceAttributes": {
        1: ("namespace", "string"),
        2: ("verb", "string"),
        3: ("group", "string"),
        4: ("version", "string"),
        5: ("resource", "string"),
        6: ("subresource", "string"),
        7: ("name", "string"),
    },
    "NonResource": {1: ("path", "string"), 2: ("verb", "string")},
    "SelfReviewSpec": _ASKED,
    "ReviewSpec": {**_ASKED, 3: ("user", "string"), 4: ("groups", "[]string")},
    # The kinds.
    "Namespace": {1: ("metadata", "ObjectMeta")},
    "ServiceAccount": {
        1: ("metadata", "ObjectMeta"),
        3: ("imagePullSecrets", "[]LocalObjectReference"),
        4: ("automountServiceAccountToken", "bool"),
    },
    "Secret": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "{}bytes"),
        3: ("type", "string"),
        4: ("stringData", "{}string"),
        5: ("immutable", "bool"),
    },
    "Role": _ROLE,
    "ClusterRole": _ROLE,
    "RoleBinding": _BOUND,
    "ClusterRoleBinding": _BOUND,
    "SelfSubjectAccessReview": {1: ("metadata", "ObjectMeta"), 2: ("spec", "SelfReviewSpec")},
    "SubjectAccessReview": {1: ("metadata", "ObjectMeta"), 2: ("spec", "ReviewSpec")},
}


def read_protobuf(body: bytes) -> dict[str, Any]:
    """An object as JSON has it; raises ApiError: 400 when it cannot be read, 415 for a kind whose form is not known."""
    try:
        if not body.startswith(_MAGIC):
            raise ValueError("no Kubernetes protobuf")
        envelope = _message(body[len(_MAGIC) :], "Unknown")
        head = envelope["type"]
        if head["kind"] not in _MESSAGES:
            raise unsupported_media_type(["application/json"])
        content = _message(base64.b64decode(envelope.get("raw", "")), head["kind"])
    except (ValueError, KeyError, IndexError) as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from None
    return {**head, **content}


def _message(data: bytes, name: str) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for number, value in _fields(data):
        if number not in _MESSAGES[name]:
            continue
        field, form = _MESSAGES[name][number]
        if form.startswith("[]"):
            read.setdefault(field, []).append(_value(value, form[2:]))
        elif form.startswith("{}"):
            entry = dict(_fields(bytes(value) if isinstance(value, bytes) else b""))
            read.setdefault(field, {})[_value(entry.get(1, b""), "string")] = _value(entry.get(2, b""), form[2:])
        elif value not in (b"", 0):
            # What is empty is not set.
            read[field] = _value(value, form)
    return read


def _value(value: bytes | int, form: str) -> Any:
    if isinstance(value, int):
        return bool(value)
    if form == "string":
        return value.decode()
    return base64.b64encode(value).decode() if form == "bytes" else _message(value, form)


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    position = 0
    while position < len(data):
        key, position = _number(data, position)
        if key & 7 == 0:
            value, position = _number(data, position)
            yield key >> 3, value
        elif key & 7 == 2:
            length, position = _number(data, position)
            yield key >> 3, data[position : position + length]
            position += length
        else:
            raise ValueError(f"wire type {key & 7}")


def _number(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
