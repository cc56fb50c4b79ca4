"""Who asks: accounts that may put events on the bus, and some that may not, and events as their people put them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from proofs.isolation.actors import Actors, allowed
from proofs.isolation.teams import OTHER_SCIENTISTS_ACCOUNT, STRANGERS_ACCOUNT, may_do_anything, other_scientists
from sandbox.cloud import SOURCE, Cloud, Execution
from sandbox.scenery import accounts

ADMINISTRATORS_ACCOUNT: Final = "333344445555"
"""An account whose people run the platform, beside the cluster's own."""

PARAMETERS: Final = {
    "AdministratorAccountIds": ADMINISTRATORS_ACCOUNT,
    "PublisherAccountIds": ",".join((accounts.SCIENTISTS_ACCOUNT, OTHER_SCIENTISTS_ACCOUNT, accounts.DATA_ACCOUNT)),
}
"""A stack that listens to them."""

PERSON: Final = "EventSender"
"""A role with all rights of its own, in each account: only the bus and the stack can refuse it."""

OWN_ROLE: Final = f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/DataScientistRole"
OTHER_ROLE: Final = f"arn:aws:iam::{OTHER_SCIENTISTS_ACCOUNT}:role/DataScientistRole"


def settle_in(cloud: Cloud) -> None:
    """Makes the accounts' people, and the second account of scientists."""
    for account in (
        ADMINISTRATORS_ACCOUNT,
        STRANGERS_ACCOUNT,
        OTHER_SCIENTISTS_ACCOUNT,
        accounts.SCIENTISTS_ACCOUNT,
        accounts.DATA_ACCOUNT,
        accounts.MANAGEMENT_ACCOUNT,
    ):
        may_do_anything(cloud, account, PERSON)
    other_scientists(cloud)


def person(account: str) -> str:
    """ARN of the role by which the account's people put events."""
    return f"arn:aws:iam::{account}:role/{PERSON}"


def put(actors: Actors, role_arn: str, detail: Mapping[str, Any], kind: str = "Team Created") -> bool:
    """Whether the bus takes an event of whoever has signed in to the role."""
    return put_by(actors, actors.signed_in(role_arn), detail, kind)


def put_by(actors: Actors, keys: dict[str, str], detail: Mapping[str, Any], kind: str = "Team Created") -> bool:
    """Whether the bus takes an event of whoever has these credentials."""
    events = actors.client("events", keys)
    bus = f"arn:aws:events:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:event-bus/{accounts.STACK}-teams"
    entry = {"EventBusName": bus, "Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
    answers: list[dict[str, Any]] = []
    through = allowed(lambda: answers.append(events.put_events(Entries=[entry])))
    return through and not answers[0]["FailedEntryCount"]


def asked(actors: Actors, account: str, detail: Mapping[str, Any], kind: str = "Team Created") -> Execution:
    """The end of the execution that an event of the account's people starts.

    Raises PermissionError where the bus refuses them.
    """
    known = set(actors.cloud.executions())
    if not put(actors, person(account), detail, kind):
        raise PermissionError(f"the bus does not listen to account {account}")
    return ended(actors.cloud, known)


def ended(cloud: Cloud, known: set[str]) -> Execution:
    """The end of the oldest execution that is new."""
    while not (new := [arn for arn in cloud.executions() if arn not in known]):
        cloud.clock.sleep(1)
    return cloud.wait(new[-1])
