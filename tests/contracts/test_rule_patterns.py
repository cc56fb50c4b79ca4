"""The rules let in just the events that have a door, and each event has one sample."""

import json
import re
from typing import Any

import pytest
from moto.events.models import EventPattern

from resolve_team.doors import DOORS, door_of
from resolve_team.doors.cloudtrail import KINDS
from tests.contracts.machines import NAMES as MACHINES
from tests.contracts.machines import tasks
from tests.contracts.stack import of_type
from tests.events import NAMES, Event, sample

CLUSTER = "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl"
OWN_ROLE = "arn:aws:iam::111122223333:role/hyperpod-onboarding-quota-namespace"
VALUES = {"HyperPodClusterArn": CLUSTER, "QuotaNamespaceRole": OWN_ROLE, "OnboardTeam": "arn:machine"}

RULES = {
    "team-created": "TeamEventsRule",
    "team-updated": "TeamEventsRule",
    "team-of-several": "TeamEventsRule",
    "team-with-storage": "TeamEventsRule",
    "team-deleted": "TeamEventsRule",
    "team-extended": "TeamEventsRule",
    "team-suspended": "TeamEventsRule",
    "team-resumed": "TeamEventsRule",
    "team-expired": "TeamEventsRule",
    "account-created": "OrganizationEventsRule",
    "account-moved-in": "OrganizationEventsRule",
    "account-moved-out": "OrganizationEventsRule",
    "account-closed": "OrganizationEventsRule",
    "account-close-result": "OrganizationEventsRule",
    "account-removed": "OrganizationEventsRule",
    "account-departed": "OrganizationEventsRule",
    "account-joined": "OrganizationEventsRule",
    "account-tagged": "OrganizationEventsRule",
    "account-enrolled": "OrganizationEventsRule",
    "quota-created": "QuotaEventsRule",
    "quota-deleted": "QuotaEventsRule",
}
"""Sample to the rule that takes it to onboard_team."""

DECISIONS = {"team-approved", "team-denied"}
"""Samples by which no team comes or leaves."""

TELLING = {"NoticeRule", "AlarmNoticeRule"}
"""The rules that only tell people."""


def announcements(machine: str) -> set[str]:
    """The detail-types under which a machine puts events."""
    given = [
        entry["DetailType"]
        for _, state in tasks(machine)
        if state["Resource"].endswith(":events:putEvents")
        for entry in state["Arguments"]["Entries"]
    ]
    return {kind for each in given for kind in (re.findall("'([^']+)'", each) if each.startswith("{%") else [each])}


def in_service(**changes: str) -> Event:
    return sample("cluster-in-service", **changes)


def plain(value: Any) -> Any:
    """A pattern with references replaced by what they stand for here."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return VALUES[value["Ref"]]
        if set(value) == {"Fn::GetAtt"}:
            return VALUES[value["Fn::GetAtt"][0]]
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def takers(event: Event, path: str = "template.yaml") -> set[str]:
    """The rules of a template that take the event to be worked on."""
    found = set()
    for name, rule in of_type("AWS::Events::Rule", path).items():
        pattern = rule.get("EventPattern")
        if name not in TELLING and pattern and EventPattern.load(json.dumps(plain(pattern))).matches_event(event):  # type: ignore[arg-type]
            found.add(name)
    return found


@pytest.mark.parametrize("name", RULES)
def test_a_sample_is_taken_by_its_rule_alone_and_has_a_door(name: str) -> None:
    event = sample(name)
    assert takers(event) == {RULES[name]}
    assert door_of(event) is not None


def test_the_cluster_in_service_is_taken_to_the_sweep() -> None:
    assert takers(in_service()) == {"ClusterEventsRule"}


def test_every_sample_is_listed_here_and_every_door_has_one() -> None:
    assert set(NAMES) - {"cluster-in-service"} - DECISIONS == set(RULES)
    doors = {(e["source"], e["detail-type"], e["detail"].get("eventName")) for e in map(sample, RULES)}
    assert doors == set(DOORS)


@pytest.mark.parametrize("name", sorted(DECISIONS))
def test_a_decision_goes_to_those_who_wait_and_to_nobody_else(name: str) -> None:
    assert takers(sample(name)) == {"DecisionEventsRule"}


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule == "OrganizationEventsRule"])
def test_the_management_account_forwards_what_the_stack_takes(name: str) -> None:
    assert takers(sample(name), "accounts/management.yaml") == {"AccountEventsRule"}


def failed_creation() -> Event:
    status = {"id": "car-1", "state": "FAILED", "failureReason": "EMAIL_ALREADY_EXISTS", "accountName": "****"}
    return sample("account-created", serviceEventDetails={"createAccountStatus": status})


def failed_enrolment() -> Event:
    event = sample("account-enrolled")
    event["detail"]["serviceEventDetails"]["createManagedAccountStatus"]["state"] = "FAILED"
    return event


def failed_closure() -> Event:
    event = sample("account-close-result")
    event["detail"]["serviceEventDetails"]["closeAccountStatus"]["state"] = "FAILED"
    return event


def tagged(resource: str) -> Event:
    asked = {"resourceId": resource, "tags": [{"key": "hyperpod-team", "value": "vision"}]}
    return sample("account-tagged", requestParameters=asked)


def own_call(name: str) -> Event:
    event = sample(name)
    event["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = OWN_ROLE
    return event


def other_cluster() -> Event:
    event = sample("quota-created")
    event["detail"]["requestParameters"]["clusterArn"] = CLUSTER.replace("abc", "xyz")
    return event


NEAR_MISSES = {
    "another source": {**sample("team-created"), "source": "hyperpod.team"},
    "an event of the stack's own about a team": {**sample("team-created"), "detail-type": "Team Onboarded"},
    "an account that could not be made": failed_creation(),
    "an account that could not be enrolled": failed_enrolment(),
    "an account that could not be closed": failed_closure(),
    "a tag of an organizational unit": tagged("ou-ab12-mlteams1"),
    "a tag of a policy": tagged("p-examplepolicyid111"),
    "a tag that was refused": sample("account-tagged", errorCode="AccessDeniedException"),
    "a tag of another service": {**sample("account-tagged"), "source": "aws.kms"},
    "a move that was refused": sample("account-moved-in", errorCode="AccessDeniedException"),
    "a read of an account": sample("account-closed", eventName="DescribeAccount", readOnly=True),
    "the start of an account's creation": sample("account-closed", eventName="CreateAccount"),
    "an account's event from another source": {**sample("account-created"), "source": "my.organizations"},
    "a quota of another cluster": other_cluster(),
    "a quota that the stack made": own_call("quota-created"),
    "a quota that the stack deleted": own_call("quota-deleted"),
    "a quota that was refused": sample("quota-created", errorCode="ResourceLimitExceeded"),
    "a read of a quota": sample("quota-deleted", eventName="DescribeComputeQuota", readOnly=True),
    "another cluster in service": in_service(ClusterArn=CLUSTER.replace("abc", "xyz")),
    "the cluster in another state": in_service(ClusterStatus="Updating"),
    "a list of quotas": sample("quota-created", eventName="ListComputeQuotas", readOnly=True),
}


@pytest.mark.parametrize("miss", NEAR_MISSES)
def test_no_rule_takes(miss: str) -> None:
    assert takers(NEAR_MISSES[miss]) == set()


@pytest.mark.parametrize("kind", ["Team Renamed", "team created", "Team Onboard"])
def test_an_event_of_our_source_with_any_other_detail_type_is_taken_too_so_that_its_sender_is_told(kind: str) -> None:
    assert takers({**sample("team-created"), "detail-type": kind}) == {"TeamEventsRule"}


@pytest.mark.parametrize("machine", [machine for machine in MACHINES if machine != "notice"])
def test_what_a_machine_announces_is_taken_by_no_rule(machine: str) -> None:
    kinds = announcements(machine)
    # Who decides announces nothing, nor does what is declared: the execution that waited, or was started, says it.
    assert bool(kinds) is (machine not in ("decide", "declare_team"))
    assert [kind for kind in kinds if takers({**sample("team-created"), "detail-type": kind})] == []


@pytest.mark.parametrize("event", ["account-departed", "account-joined"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_account_that_joins_or_departs_is_taken_under_either_of_cloudtrails_detail_types(
    event: str, kind: str
) -> None:
    told = {**sample(event), "detail-type": kind}
    assert takers(told) == {"OrganizationEventsRule"}
    assert takers(told, "accounts/management.yaml") == {"AccountEventsRule"}
    assert door_of(told) == door_of(sample(event))


def test_a_quota_made_by_a_user_without_a_role_is_taken_too() -> None:
    event = sample("quota-created", userIdentity={"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/maria"})
    assert takers(event) == {"QuotaEventsRule"}
