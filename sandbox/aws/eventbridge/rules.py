"""EventBridge rules that start state machines, which moto cannot, with retries and dead-letter queues."""

import copy
import datetime
import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from moto.events.models import EventBus, EventsBackend, Rule, events_backends
from moto.events.responses import EventsHandler
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from sandbox.aws import clients
from sandbox.aws.eventbridge.target_input import event_input
from sandbox.aws.iam.service_roles import CredentialsFor, RoleError, WhyNot, assume
from sandbox.aws.moto.patches import Patches
from sandbox.runtime.clock import Clock

_LOG = logging.getLogger(__name__)

_RETRIES = 185
_CREDENTIALS_LAST = 1800
"""Real seconds for which a client's credentials are used."""

_LONGEST_INTERVAL = 600.0
"""Sandbox seconds between two deliveries."""

_FINAL = {
    "AccessDeniedException": "NO_PERMISSIONS",
    "AccessDenied": "NO_PERMISSIONS",
    "InvalidArn": "NO_RESOURCE",
    "StateMachineDoesNotExist": "NO_RESOURCE",
    "StateMachineDeleting": "NO_RESOURCE",
    "InvalidExecutionInput": "SDK_CLIENT_ERROR",
    "ValidationException": "SDK_CLIENT_ERROR",
}
"""Errors that are not retried, by Step Functions' code, and what EventBridge calls them."""


_NOT_YOURS = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}


def install(clock: Clock, credentials_for: CredentialsFor, why_not: WhyNot, endpoint_url: str) -> Callable[[], None]:
    """Delivers events to state machines as the target's role, each in a thread; returns what takes it back.

    Once the clock has stopped nothing is delivered: an execution that is stopped with the sandbox tells nobody.
    """
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)

    @lru_cache
    def client(region: str, role_arn: str, rule_arn: str, period: int) -> Any:
        credentials = assume(credentials_for, role_arn, "EventBridge", "events.amazonaws.com", rule_arn)
        return clients.client(
            "stepfunctions", region_name=region, endpoint_url=endpoint_url, config=config, **credentials
        )

    def start(target: Mapping[str, Any], event: Mapping[str, Any], rule: Rule, ingested: str) -> None:
        """Starts one execution; raises ClientError, RoleError or ValueError."""
        period = int(time.time() // _CREDENTIALS_LAST)
        region = parse_arn(target["Arn"]).region
        client(region, target["RoleArn"], rule.arn, period).start_execution(
            stateMachineArn=target["Arn"],
            name=f"{event['id']}_{uuid.uuid4()}",
            input=event_input(target, event, rule.arn, ingested),
        )

    def deliver(rule: Rule, target: Mapping[str, Any], event: Mapping[str, Any], ingested: str) -> None:
        policy = target.get("RetryPolicy") or {}
        retries = int(policy.get("MaximumRetryAttempts", _RETRIES))
        expires = clock.now() + float(policy.get("MaximumEventAgeInSeconds", 86400))
        for attempt in range(retries + 1):
            try:
                start(target, event, rule, ingested)
                return
            except ClientError as error:
                code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
                failure = {"ERROR_CODE": _FINAL.get(code, "UNKNOWN"), "ERROR_MESSAGE": message}
                if code in _FINAL:
                    break
            except RoleError as error:
                failure = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": str(error)}
                break
            except ValueError as error:
                failure = {"ERROR_CODE": "SDK_CLIENT_ERROR", "ERROR_MESSAGE": f"Invalid input for target: {error}"}
                break
            late = clock.now() >= expires
            if attempt == retries or late:
                condition = "MaximumEventAgeInSeconds" if late else "MaximumRetryAttempts"
                failure |= {"EXHAUSTED_RETRY_CONDITION": condition, "RETRY_ATTEMPTS": str(attempt)}
                break
            clock.sleep(min(2.0**attempt, _LONGEST_INTERVAL))
            if clock.stopped:
                return
        _bury(rule, target, event, failure)

    def forward(rule: Rule, target: Mapping[str, Any], event: Any) -> None:
        """Hands an event on to another bus as the target's role, which its own policy and the bus's must both allow."""
        arn = parse_arn(target["Arn"])
        if target.get("RoleArn"):
            try:
                assume(credentials_for, target["RoleArn"], "EventBridge", "events.amazonaws.com", rule.arn)
                denied = why_not(target["RoleArn"], "events:PutEvents", target["Arn"], arn.region, forwarded(event))
            except RoleError as error:
                denied = str(error)
            if denied:
                _bury(rule, target, _as_delivered(event)[0], {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": denied})
                return
        bus = events_backends[arn.account][arn.region].describe_event_bus(arn.resource_id)
        for behind in list(bus.rules.values()):
            behind.send_to_targets(copy.deepcopy(event))

    original = vars(Rule)["send_to_targets"]

    def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:
        """Upstream: no state machine targets, disabled rules fire, schedules fire on all events, and an event forwarded
        to another account's bus loses its account, time and resources.
        """
        if (
            clock.stopped
            or self.state == "DISABLED"
            or not self.event_pattern.get_pattern()
            or not self.event_pattern.matches_event(original_event)
        ):
            return
        others = copy.copy(self)
        others.targets = []
        for target in self.targets:
            arn = parse_arn(target["Arn"])
            if arn.service == "states":
                event, ingested = _as_delivered(original_event)
                clock.spawn(deliver, self, target, event, ingested, name=f"delivery by {self.name}")
            elif arn.service == "events" and arn.resource_type == "event-bus":
                forward(self, target, original_event)
            else:
                others.targets.append(target)
        if others.targets:
            original(others, original_event, transform_input)

    own_name, own_bus = vars(EventsBackend)["_normalize_event_bus_arn"], vars(EventsBackend)["_get_event_bus"]

    def name_of(self: EventsBackend, bus: str | None) -> str:
        """Upstream: a bus that is named by ARN is taken for the caller's own."""
        others = bus is not None and bus.startswith("arn:") and parse_arn(bus).account != self.account_id
        return str(bus if others else own_name(self, bus))

    def bus_of(self: EventsBackend, name: str) -> EventBus:
        """The other half of `name_of`."""
        arn = parse_arn(name) if name.startswith("arn:") else None
        owner = events_backends[arn.account][arn.region] if arn else self
        bus: EventBus = own_bus(owner, name)
        return bus

    own_put_events = vars(EventsHandler)["put_events"]

    def put_events(self: EventsHandler) -> str:
        """Upstream: anybody may speak as an AWS service."""
        entries = self._get_param("Entries")
        if not any(str(entry.get("Source")).startswith("aws.") for entry in entries):
            return str(own_put_events(self))
        answers: list[dict[str, str]] = []
        for entry in entries:
            taken = not str(entry.get("Source")).startswith("aws.")
            answers += self.events_backend.put_events([entry]) if taken else [dict(_NOT_YOURS)]
        failed = sum("ErrorCode" in answer for answer in answers)
        return json.dumps({"FailedEntryCount": failed, "Entries": answers})

    patches = Patches()
    patches.replace(EventsHandler, "put_events", put_events)
    patches.replace(EventsBackend, "_normalize_event_bus_arn", name_of)
    patches.replace(EventsBackend, "_get_event_bus", bus_of)
    patches.replace(Rule, "send_to_targets", send_to_targets)
    return patches.undo


def forwarded(message: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What policies may ask of an event that one bus hands on to another (EventBridge user guide, "Using IAM policy
    conditions").
    """
    return {
        "events:source": (message["source"],),
        "events:detail-type": (message["detail-type"],),
        "events:eventBusInvocation": ("true",),
    }


def _as_delivered(message: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The event as targets see it, and when it was taken in."""
    event = {"version": "0", **copy.deepcopy(dict(message))}
    ingested = _second(event.pop("ingestion-time"))
    event["time"] = _second(event["time"])
    return event, ingested


def _second(moment: Any) -> str:
    if isinstance(moment, str):
        return moment
    return datetime.datetime.fromtimestamp(float(moment), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bury(rule: Rule, target: Mapping[str, Any], event: Mapping[str, Any], failure: Mapping[str, str]) -> None:
    """Puts an undeliverable event on the target's dead-letter queue, if it has one that EventBridge may use."""
    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue_arn:
        _LOG.warning("%s dropped an event: %s", rule.arn, failure)
        return
    arn = parse_arn(queue_arn)
    backend = sqs_backends[arn.account][arn.region]
    if arn.resource_id not in backend.queues or not _may_send(backend.queues[arn.resource_id]):
        _LOG.warning("%s dropped an event, for EventBridge may not send to %s: %s", rule.arn, queue_arn, failure)
        return
    attributes = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"], **failure}
    backend.send_message(
        arn.resource_id,
        json.dumps(event),
        message_attributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        },
    )


def _may_send(queue: Any) -> bool:
    """Whether the queue's policy lets EventBridge in; a queue without one does not."""
    policy = json.loads(queue.policy) if isinstance(queue.policy, str) and queue.policy else (queue.policy or {})
    for statement in policy.get("Statement", []):
        services = statement.get("Principal", {})
        services = services.get("Service", []) if isinstance(services, dict) else services
        actions = statement.get("Action", [])
        actions = [actions] if isinstance(actions, str) else actions
        allowed = {"sqs:sendmessage", "sqs:*", "*"} & {str(action).lower() for action in actions}
        if statement.get("Effect") == "Allow" and allowed and ("events.amazonaws.com" in services or services == "*"):
            return True
    return False
