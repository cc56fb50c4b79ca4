"""Who asks: accounts that may put events on the bus, and some that may not, and events as their people put them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from onboarding import names
from proofs.isolation.actors import Actors, Keys, allowed
from proofs.isolation.teams import OTHER_SCIENTISTS_ACCOUNT, STRANGERS_ACCOUNT, may_do_anything, other_scientists
from sandbox.cloud import SOURCE, Cloud, Execution
from sandbox.scenery import accounts, shares

ADMINISTRATORS_ACCOUNT: Final = "333344445555"
"""An account whose people run the platform, beside the cluster's own."""

PARAMETERS: Final = {
    "AdministratorAccountIds": ADMINISTRATORS_ACCOUNT,
    "PublisherAccountIds": ",".join(
        (accounts.SCIENTISTS_ACCOUNT, OTHER_SCIENTISTS_ACCOUNT, accounts.DATA_ACCOUNT, accounts.MANAGEMENT_ACCOUNT)
    ),
}
"""A stack that listens to them."""

PERSON: Final = "EventSender"
"""A role with all rights of its own, in each account: only the bus and the stack can refuse it."""

OWN_ROLE: Final = f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/DataScientistRole"
OTHER_ROLE: Final = f"arn:aws:iam::{OTHER_SCIENTISTS_ACCOUNT}:role/DataScientistRole"


OPERATOR, CLUSTER, ADMINISTRATOR = "an operator", "account A", "an administrator account"
TEAMS_PUBLISHER, OTHER_PUBLISHER = "account B", "another account B"
OWNER, MANAGEMENT, STRANGER, SCIENTIST = "account C", "the management account", "a stranger", "a scientist"

_ACCOUNTS: Final = {
    CLUSTER: accounts.CLUSTER_ACCOUNT,
    ADMINISTRATOR: ADMINISTRATORS_ACCOUNT,
    TEAMS_PUBLISHER: accounts.SCIENTISTS_ACCOUNT,
    OTHER_PUBLISHER: OTHER_SCIENTISTS_ACCOUNT,
    OWNER: accounts.DATA_ACCOUNT,
    MANAGEMENT: accounts.MANAGEMENT_ACCOUNT,
    STRANGER: STRANGERS_ACCOUNT,
}

ASKERS: Final = (OPERATOR, *_ACCOUNTS, SCIENTIST)
"""Whoever starts executions, people of accounts who put events, and a scientist as the cluster knows him."""

_A_SCIENTIST: Final = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{names.cluster_access_role('hyperpod', 'kept')}"


def settle_in(cloud: Cloud) -> None:
    """Makes the accounts' people, and the second account of scientists."""
    for account in _ACCOUNTS.values():
        may_do_anything(cloud, account, PERSON)
    other_scientists(cloud)
    images = shares.entry("example-corp-images", scientists=(OTHER_SCIENTISTS_ACCOUNT,))
    shares.share(cloud.client("ssm", accounts.DATA_ACCOUNT), images)


def person(account: str) -> str:
    """ARN of the role by which the account's people put events."""
    return f"arn:aws:iam::{account}:role/{PERSON}"


def put(actors: Actors, keys: Keys, detail: Mapping[str, Any], kind: str = "Team Created") -> str | None:
    """Id of an event that whoever has these credentials puts on the bus; None where the bus does not listen to him."""
    events = actors.client("events", keys)
    bus = f"arn:aws:events:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:event-bus/{accounts.STACK}-teams"
    entry = {"EventBusName": bus, "Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
    answers: list[dict[str, Any]] = []
    if not allowed(lambda: answers.append(events.put_events(Entries=[entry]))):
        return None
    identity: str | None = answers[0]["Entries"][0].get("EventId")
    return identity


def started(cloud: Cloud, event: str) -> str:
    """ARN of the execution that an event has started; it has the event's id in its name."""
    while not (found := [arn for arn in cloud.executions() if arn.rsplit(":", 1)[1].startswith(event)]):
        cloud.clock.sleep(1)
    return found[0]


def asked(actors: Actors, account: str, detail: Mapping[str, Any], kind: str = "Team Created") -> Execution:
    """The end of the execution that an event of the account's people starts.

    Raises PermissionError where the bus refuses them.
    """
    event = put(actors, actors.signed_in(person(account)), detail, kind)
    if event is None:
        raise PermissionError(f"the bus does not listen to account {account}")
    return actors.cloud.wait(started(actors.cloud, event))


def answered(actors: Actors, asker: str, detail: Mapping[str, Any], kind: str) -> Execution | None:
    """The end of what an asker starts, or None where nobody listens to him."""
    cloud = actors.cloud
    if asker == OPERATOR:
        event = {"source": SOURCE, "detail-type": kind, "account": accounts.CLUSTER_ACCOUNT, "detail": detail}
        machine = cloud.stack.outputs["OnboardTeamArn"]
        begun = cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(event))
        return cloud.wait(begun["executionArn"])
    keys = actors.signed_in(_A_SCIENTIST if asker == SCIENTIST else person(_ACCOUNTS[asker]))
    event_id = put(actors, keys, detail, kind)
    return None if event_id is None else cloud.wait(started(cloud, event_id))
