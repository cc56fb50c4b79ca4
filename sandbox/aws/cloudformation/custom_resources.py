"""Custom resources as CloudFormation plays them: a request to the ServiceToken, and a wait for the answer in a bucket.

CloudFormation user guide, "Create custom provisioning logic with custom resources" and the pages below it. It invokes a
function without waiting for it; every number and truth value of the properties becomes text; an answer of another
`PhysicalResourceId` to an update makes it delete what had the one before; what failed is taken back by the same kinds
of request. Not documented, and so played as field reports tell: what is deleted that never answered has a name made up
by CloudFormation, and may be deleted while it is being made (cloudformation-coverage-roadmap #1814); and an update is
taken back by one whose old properties are those that failed.
"""

import json
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

from sandbox.aws.cloudformation.templates import parse
from sandbox.runtime.clock import Clock

BUCKET = "cloudformation-custom-resource-response-"
"""Then the Region without hyphens (CloudFormation user guide, "Access CloudFormation using an interface endpoint")."""

TYPE = "Custom::"
MOST_BYTES = 4096
_GOOD_FOR = 7200
"""Seconds for which the address of an answer is good: seen in field reports."""
_LOOK_SECONDS = 5.0
_LONGEST = 3600


class Answers:
    """The bucket: what is put under an address that was given out, once it is."""

    def __init__(self, clock: Clock, region: str) -> None:
        self._clock = clock
        self.bucket = BUCKET + region.replace("-", "")
        self._host = f"{self.bucket}.s3.{region}.amazonaws.com"
        self._until: dict[str, tuple[str, float]] = {}
        self._found: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self.statuses: list[int] = []
        """What the next ones who put something are told instead, in order."""
        self.told: list[int] = []
        """What everybody who put something was told."""

    def address(self, key: str) -> str:
        """A presigned address for one answer."""
        signature = secrets.token_hex(32)
        with self._lock:
            self._until[key] = (signature, self._clock.now() + _GOOD_FOR)
        return f"https://{self._host}/{quote(key, safe='')}?X-Amz-Expires={_GOOD_FOR}&X-Amz-Signature={signature}"

    def put(self, key: str, query: str, kind: str, body: bytes) -> int:
        """Takes an answer; returns the status of HTTP."""
        with self._lock:
            status = self.statuses.pop(0) if self.statuses else self._taken(key, query, kind, body)
            self.told.append(status)
            return status

    def get(self, key: str) -> dict[str, Any] | None:
        """The answer, or None while there is none."""
        with self._lock:
            return self._found.get(key)

    def _taken(self, key: str, query: str, kind: str, body: bytes) -> int:
        signature, until = self._until.get(key, ("", 0.0))
        # The signature is over an empty type.
        if kind or parse_qs(query).get("X-Amz-Signature") != [signature] or self._clock.now() > until:
            return 403
        try:
            self._found[key] = json.loads(body) if len(body) <= MOST_BYTES else {"Status": "TOO LARGE"}
        except ValueError:
            self._found[key] = {"Status": "NO JSON"}
        return 200


@dataclass
class Resource:
    """A custom resource as its stack knows it."""

    properties: dict[str, Any]
    physical_id: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


class DeclaredStack:
    """A stack of custom resources. Its status and `reason` are CloudFormation's after each operation."""

    def __init__(
        self, name: str, account: str, region: str, answers: Answers, clock: Clock, invoke: Callable[[str, bytes], None]
    ) -> None:
        self.name, self._region = name, region
        self.id = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
        self._answers, self._clock, self._invoke = answers, clock, invoke
        self.resources: dict[str, Resource] = {}
        self.outputs: dict[str, Any] = {}
        self.status = "REVIEW_IN_PROGRESS"
        self.reason = ""
        self.deliveries = 1
        """How often each request is delivered: Lambda may do so again."""
        self.requests: list[dict[str, Any]] = []

    def create(
        self, text: str, parameters: Mapping[str, str], *, then_fail: bool = False, cancelled: float | None = None
    ) -> str:
        """Creates all resources, or takes all of them back.

        Another one of the stack may be said to fail: afterwards (`then_fail`), or that many seconds after a resource
        was begun (`cancelled`), which is then deleted while it is being made.
        """
        template = parse(text)
        made: list[str] = []
        for name, properties in self._properties(template, parameters).items():
            self.resources[name] = Resource(properties)
            made.append(name)
            if not self._asked("Create", name, properties, cancelled):
                return self._back(made)
        if then_fail:
            self.reason = "another resource failed"
            return self._back(made)
        return self._done(template, parameters, "CREATE_COMPLETE")

    def update(self, text: str, parameters: Mapping[str, str], *, then_fail: bool = False) -> str:
        """Updates what differs, or takes that back; deletes in the end what was replaced."""
        template = parse(text)
        before = {name: each.properties for name, each in self.resources.items()}
        names = {name: each.physical_id for name, each in self.resources.items()}
        tried: list[str] = []
        failed = False
        for name, properties in self._properties(template, parameters).items():
            if properties != before[name]:
                tried.append(name)
                failed = not self._asked("Update", name, properties)
            if failed:
                break
        if failed or then_fail:
            self.reason = self.reason if failed else "another resource failed"
            return self._back_to(before, names, tried)
        for name in tried:
            if names[name] != self.resources[name].physical_id:
                self._send("Delete", name, before[name], names[name])
        return self._done(template, parameters, "UPDATE_COMPLETE")

    def delete(self) -> str:
        """Deletes all resources."""
        for name in list(self.resources):
            if not self._deleted(name):
                self.status = "DELETE_FAILED"
                return self.status
        self.status = "DELETE_COMPLETE"
        return self.status

    def _back(self, made: list[str]) -> str:
        why = self.reason
        gone = [self._deleted(name) for name in reversed(made)]
        self.reason = why
        self.status = "ROLLBACK_COMPLETE" if all(gone) else "ROLLBACK_FAILED"
        return self.status

    def _back_to(self, before: dict[str, dict[str, Any]], names: dict[str, str | None], tried: list[str]) -> str:
        why, self.status = self.reason, "UPDATE_ROLLBACK_COMPLETE"
        for name in reversed(tried):
            came = self.resources[name]
            replaced, properties = came.physical_id, came.properties
            if not self._asked("Update", name, before[name]):
                self.status = "UPDATE_ROLLBACK_FAILED"
                return self.status
            if replaced not in (names[name], self.resources[name].physical_id):
                self._send("Delete", name, properties, replaced)
        self.reason = why
        return self.status

    def _asked(self, kind: str, name: str, properties: dict[str, Any], cancelled: float | None = None) -> bool:
        resource = self.resources[name]
        old, resource.properties = resource.properties, properties
        more = {"OldResourceProperties": old} if kind == "Update" else {}
        answer = self._send(kind, name, properties, resource.physical_id if kind == "Update" else None, more, cancelled)
        if answer is None or answer["Status"] != "SUCCESS":
            if answer is not None and kind == "Create":
                resource.physical_id = answer["PhysicalResourceId"]
            return False
        resource.physical_id = answer["PhysicalResourceId"]
        resource.attributes = answer.get("Data", {})
        return True

    def _deleted(self, name: str) -> bool:
        resource = self.resources[name]
        known = resource.physical_id or f"{self.name}-{name}-{secrets.token_hex(6).upper()}"
        answer = self._send("Delete", name, resource.properties, known)
        if answer is None or answer["Status"] != "SUCCESS":
            return False
        del self.resources[name]
        return True

    def _send(
        self,
        kind: str,
        name: str,
        properties: dict[str, Any],
        known: str | None,
        more: dict[str, Any] | None = None,
        cancelled: float | None = None,
    ) -> dict[str, Any] | None:
        request_id = str(uuid.uuid4())
        key = f"{self.id}|{name}|{request_id}"
        request = {
            "RequestType": kind,
            "ServiceToken": properties["ServiceToken"],
            "ResponseURL": self._answers.address(key),
            "StackId": self.id,
            "RequestId": request_id,
            "LogicalResourceId": name,
            "ResourceType": f"{TYPE}HyperPodTeam",
            "ResourceProperties": properties,
            **({} if known is None else {"PhysicalResourceId": known}),
            **(more or {}),
        }
        self.requests.append(request)
        for _ in range(self.deliveries):
            self._invoke(properties["ServiceToken"], json.dumps(request).encode())
        patience = float(properties.get("ServiceTimeout", _LONGEST)) if cancelled is None else cancelled
        ends = self._clock.now() + patience
        while (answer := self._answers.get(key)) is None:
            if self._clock.now() >= ends:
                timed_out = "CloudFormation did not receive a response from your Custom Resource."
                self.reason = timed_out if cancelled is None else "Resource creation cancelled"
                return None
            self._clock.sleep(min(_LOOK_SECONDS, patience))
        self._check(answer, request)
        if answer["Status"] != "SUCCESS":
            self.reason = answer["Reason"]
        return answer

    def _check(self, answer: dict[str, Any], request: dict[str, Any]) -> None:
        same = all(answer.get(each) == request[each] for each in ("StackId", "RequestId", "LogicalResourceId"))
        known = answer.get("PhysicalResourceId")
        reason = answer.get("Status") == "SUCCESS" or answer.get("Reason")
        if not (same and known and reason and answer.get("Status") in ("SUCCESS", "FAILED")):
            raise ValueError(f"CloudFormation would not take this answer: {answer}")

    def _done(self, template: dict[str, Any], parameters: Mapping[str, str], status: str) -> str:
        self.outputs = {
            name: self._resolved(each["Value"], parameters) for name, each in template.get("Outputs", {}).items()
        }
        self.status = status
        return status

    def _properties(self, template: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        given = {name: each["Default"] for name, each in template.get("Parameters", {}).items() if "Default" in each}
        found = {}
        for name, resource in template["Resources"].items():
            if not resource["Type"].startswith(TYPE):
                raise ValueError(f"{name} is no custom resource: {resource['Type']}")
            found[name] = _verbatim(self._resolved(resource["Properties"], {**given, **parameters}))
        return found

    def _resolved(self, value: Any, parameters: Mapping[str, Any]) -> Any:
        if isinstance(value, list):
            return [self._resolved(each, parameters) for each in value]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Ref": name}:
                return parameters[name] if name in parameters else self.resources[name].physical_id
            case {"Fn::GetAtt": [name, attribute]}:
                return self.resources[name].attributes[attribute]
            case {"Fn::Select": [index, inner]}:
                return self._resolved(inner, parameters)[int(index)]
            case {"Fn::Split": [by, inner]}:
                return self._resolved(inner, parameters).split(by)
        return {name: self._resolved(each, parameters) for name, each in value.items()}


def _verbatim(value: Any) -> Any:
    """As it is sent: text, but for lists and objects."""
    if isinstance(value, dict):
        return {name: _verbatim(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_verbatim(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
