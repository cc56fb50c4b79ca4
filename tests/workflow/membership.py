"""What happens to an account's membership, in the organization itself, and all that the management account hears of it.

AWS tells one change by several events: the call, its result, and since May 2026 the membership itself (Organizations
API: CloseAccount, RemoveAccountFromOrganization, LeaveOrganization).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from moto.organizations.models import organizations_backends

from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from tests.events import Event, sample

ACCOUNT = accounts.SCIENTISTS_ACCOUNT


def organizations(cloud: Cloud) -> Any:
    return cloud.client("organizations", accounts.MANAGEMENT_ACCOUNT)


def close(cloud: Cloud) -> None:
    """As CloseAccount leaves it, until the closing is done."""
    organizations(cloud).close_account(AccountId=ACCOUNT)
    _account().state = "PENDING_CLOSURE"


def remove(cloud: Cloud) -> None:
    """It is no member any more, whoever wanted that."""
    organizations(cloud).remove_account_from_organization(AccountId=ACCOUNT)


def departed(how: str) -> Event:
    return sample("account-departed", serviceEventDetails={"accountId": ACCOUNT, "departureMethod": how})


GOES: dict[str, tuple[Callable[[Cloud], None], list[Event]]] = {
    "is closed": (close, [sample("account-closed"), sample("account-close-result")]),
    "is removed": (remove, [sample("account-removed"), departed("REMOVED")]),
    "leaves by itself": (remove, [departed("LEFT")]),
    "is gone for good": (remove, [departed("CLEANED")]),
}
"""What an account does that leaves, and the events of it."""

SHAPES: dict[str, dict[str, Any]] = {
    "beside the method": {"serviceEventDetails": {"accountId": ACCOUNT, "departureMethod": "LEFT"}},
    "as a status": {"serviceEventDetails": {"departedAccountStatus": {"memberAccountId": ACCOUNT}}},
    "beside the management account": {
        "serviceEventDetails": {"managementAccountId": accounts.MANAGEMENT_ACCOUNT, "memberAccountId": ACCOUNT}
    },
    "as an ARN": {
        "serviceEventDetails": {
            "account": f"arn:aws:organizations::{accounts.MANAGEMENT_ACCOUNT}:account/o-sandbox/{ACCOUNT}"
        }
    },
    "in text": {"serviceEventDetails": f'{{"accountId":"{ACCOUNT}","departureMethod":"LEFT"}}'},
    "as of a call": {"serviceEventDetails": None, "requestParameters": {"accountId": ACCOUNT}},
}
"""Where an event may name the account that joined or departed: AWS documents the events, and not their fields."""


@contextmanager
def as_it_was() -> Iterator[None]:
    """Puts the account's membership back, with its tags."""
    backend = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"]
    account, members = _account(), list(backend.accounts)
    policies = list(account.attached_policies)
    before = {name: deepcopy(vars(account)[name]) for name in ("status", "state", "tags", "parent_id")}
    owner = organizations_backends.master_accounts[ACCOUNT]
    try:
        yield
    finally:
        vars(account).update(before)
        backend.accounts = members
        organizations_backends.master_accounts[ACCOUNT] = owner
        for policy in policies:
            if account not in policy.attachments:
                policy.attachments.append(account)


def _account() -> Any:
    return organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"].get_account_by_id(ACCOUNT)


@contextmanager
def closed_for_good(account: str = ACCOUNT) -> Iterator[None]:
    """The closing is done; for as long as the block lasts."""
    found = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"].get_account_by_id(account)
    before = found.status, found.state
    found.status = found.state = "SUSPENDED"
    try:
        yield
    finally:
        found.status, found.state = before
