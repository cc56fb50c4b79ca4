"""Who may speak on the bus: named accounts, an organization, the management account's rule, and nobody else."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.organizations.models import organizations_backends

from onboarding.organization import TEAM_TAG
from proofs.isolation.actors import Actors, allowed
from proofs.permissions.teams import started_by
from sandbox.aws.gateway.operators import operator
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts
from tests.events import sample

PUBLISHER, STRANGER = "333344445555", "999900001111"
MEMBER = accounts.DATA_ACCOUNT
"""An account of the organization."""

ORGANIZATION = "o-sandbox123456"
BUS = f"arn:aws:events:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:event-bus/{accounts.STACK}-teams"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    parameters = {"PublisherAccountIds": PUBLISHER, "PublisherOrganizationId": ORGANIZATION}
    with running(Options(parameters=parameters)) as started:
        # moto makes the organization's id up.
        vars(organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"].org)["id"] = ORGANIZATION
        yield started


def administrator(cloud: Cloud, account: str) -> str:
    """A role with all rights of its own."""
    iam = cloud.client("iam", account)
    name = "publisher"
    if name not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
        own = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(own))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document(everything))
    return f"arn:aws:iam::{account}:role/{name}"


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def publish(cloud: Cloud, account: str, source: str = "hyperpod.teams", detail_type: str = "Team Deleted") -> bool:
    """Whether an administrator of the account may put an event on the bus."""
    return put(cloud, administrator(cloud, account), source, detail_type)


def put(cloud: Cloud, role: str, source: str, detail_type: str) -> bool:
    """Whether a role may put an event on the bus."""
    actors = Actors(cloud)
    events = actors.client("events", actors.signed_in(role))
    detail = json.dumps({"team": "nobody", "dryRun": True})
    entry = {"EventBusName": BUS, "Source": source, "DetailType": detail_type, "Detail": detail}
    answers: list[dict[str, Any]] = []
    through = allowed(lambda: answers.append(events.put_events(Entries=[entry])))
    return through and not answers[0]["FailedEntryCount"]


@pytest.mark.parametrize("account", [PUBLISHER, MEMBER], ids=["a named account", "an account of the organization"])
def test_an_event_of(cloud: Cloud, account: str) -> None:
    assert started_by(cloud, lambda: publish(cloud, account)).status == "SUCCEEDED"


def test_a_strangers_event_is_refused_and_starts_nothing(cloud: Cloud) -> None:
    before = set(cloud.executions())
    assert not publish(cloud, STRANGER)
    assert set(cloud.executions()) == before


def test_an_account_that_has_left_the_organization_is_a_stranger(cloud: Cloud) -> None:
    backend = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"]
    members = list(backend.accounts)
    backend.accounts = [account for account in members if account.id != MEMBER]
    try:
        assert not publish(cloud, MEMBER)
    finally:
        backend.accounts = members


@pytest.mark.parametrize("account", [PUBLISHER, MEMBER, accounts.MANAGEMENT_ACCOUNT])
@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("somebody.else", "Team Deleted"),
        ("hyperpod.teams", "Team Onboarded"),
        ("aws.organizations", "AWS API Call via CloudTrail"),
    ],
)
def test_a_publisher_speaks_of_teams_that_come_or_leave_and_of_nothing_else(
    cloud: Cloud, account: str, source: str, kind: str
) -> None:
    assert not publish(cloud, account, source, kind)


@pytest.mark.parametrize("machine", ["onboard-team", "unwind-team", "sweep", "onboard-many", "declare-team"])
@pytest.mark.parametrize("kind", ["Team Created", "Team Deleted"])
def test_a_machine_cannot_speak_as_a_publisher(cloud: Cloud, machine: str, kind: str) -> None:
    role = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{accounts.STACK}-{machine}"
    assert not put(cloud, role, "hyperpod.teams", kind)


def test_nobody_in_the_clusters_account_can_forge_an_account_event(cloud: Cloud) -> None:
    before = set(cloud.executions())
    assert publish(cloud, accounts.CLUSTER_ACCOUNT, "somebody.else")
    assert not publish(cloud, accounts.CLUSTER_ACCOUNT, "aws.organizations", "AWS API Call via CloudTrail")
    cloud.settle()
    assert set(cloud.executions()) == before


def test_a_true_account_event_brings_no_team_but_the_one_that_the_accounts_tag_names(cloud: Cloud) -> None:
    event = sample("account-created")
    assert started_by(cloud, lambda: cloud.happen(event)).output["outcome"] == "ignored"
    # What an event itself says of teams is not read.
    event["detail"]["serviceEventDetails"]["createAccountStatus"]["tags"] = [{"key": TEAM_TAG, "value": "forged"}]
    assert started_by(cloud, lambda: cloud.happen(event)).output["team"] is None


@pytest.mark.parametrize("source", ["aws.organizations", "aws.ec2"])
def test_the_management_account_forwards_account_events_alone(cloud: Cloud, source: str) -> None:
    pattern = {"source": [source], "detail-type": ["AWS API Call via CloudTrail"]}
    regional(cloud, "events").put_rule(Name="hyperpod-onboarding-accounts", EventPattern=json.dumps(pattern))
    before = set(cloud.executions())
    cloud.happen({**sample("account-closed"), "source": source})
    cloud.settle()
    # The stack's rules would take no other source either; the queue shows that the bus itself refused it.
    assert bool(set(cloud.executions()) - before) is (source == "aws.organizations")
    assert bool(undelivered(cloud)) is (source != "aws.organizations")


def regional(cloud: Cloud, service: str) -> Any:
    """A client where the management account's rule is."""
    given = {**operator(accounts.MANAGEMENT_ACCOUNT), "region_name": accounts.ORGANIZATION_REGION}
    session: Any = boto3.session.Session()
    return session.client(service, endpoint_url=cloud.url, **given)


def undelivered(cloud: Cloud) -> list[dict[str, Any]]:
    sqs = regional(cloud, "sqs")
    url = sqs.get_queue_url(QueueName="hyperpod-onboarding-unforwarded-events")["QueueUrl"]
    found: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url).get("Messages", [])
    return found
