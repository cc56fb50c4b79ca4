"""List teams: what the sweep looks at, one item a team, written to a file since thousands do not fit into a state."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from aws_lambda_powertools import Logger

from list_teams.counting import count_teams
from list_teams.endings import ending_of
from onboarding.accounts import Accounts
from onboarding.aws_errors import translated
from onboarding.errors import AccountNotReady
from onboarding.organization import Organization
from onboarding.registry import Registry
from onboarding.schema import is_newer, newer_sentence
from onboarding.settings import settings

logger = Logger(service="list_teams")

Item = dict[str, Any]


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Takes `{name}`, the sweep's own; returns bucket and key of the file, and how many items it has.

    Raises errors of `onboarding.errors` where registry, organization or bucket cannot be reached.
    """
    accounts = Accounts(settings())
    registry, organization = Registry(accounts, settings()), Organization(accounts, settings())
    teams = list(registry.teams())
    count_teams(teams)
    items = list(_items(teams, organization))
    bucket, key = os.environ["FILES_BUCKET"], f"sweeps/{event['name']}.json"
    with translated(f"bucket {bucket}"):
        accounts.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(items).encode())
    logger.info("listed", extra={"items": len(items)})
    return {"bucket": bucket, "key": key, "count": len(items)}


def _items(teams: Iterable[tuple[str, dict[str, Any]]], organization: Organization) -> Iterator[Item]:
    """`input` is what onboard_team is started with to put things right, where that is known."""
    accounts = list(organization.accounts()) if organization.is_watched else []
    watched = {account.id for account in accounts if account.active}
    known = set()
    for team, record in teams:
        known.add(team)
        if is_newer(record):
            yield {"team": team, "kind": "newer", "problem": newer_sentence(team, record)}
            continue
        item: Item = {"team": team}
        if "active" in record:
            item["input"] = json.loads(record["active"])
        if "holder" in record:
            yield {**item, "kind": "held", "holder": record["holder"], "status": record.get("status", "")}
        elif "active" in record and record.get("account") in watched:
            yield {**item, **ending_of(team, record), "kind": "active", "watched": record["account"]}
        elif "active" in record and (away := _away(record, organization)):
            problem = f"account {record['account']} {away} any more, and the team may still use the cluster from it"
            yield {"team": team, "kind": "left", "problem": problem, "input": _lost_move(record["account"])}
        elif "active" in record:
            yield {**item, **ending_of(team, record), "kind": "active"}
        else:
            yield {**item, "kind": "lost"}
    for account in accounts:
        if account.active and account.team and account.team not in known:
            yield {"team": account.team, "kind": "missing", "account": account.id, "input": _lost_event(account.id)}


def _away(record: dict[str, Any], organization: Organization) -> str | None:
    """Why the account of a team that came in by the organization is not there, once more by itself: it may have moved
    while all of them were listed. A team that was never seen there is none of the organization's.
    """
    if not organization.is_watched or not record.get("watched") or record["watched"] != record.get("account"):
        return None
    with suppress(AccountNotReady):
        return organization.away(organization.account(record["account"]))
    return None


def _lost_move(account: str) -> dict[str, Any]:
    """An event that leads to the door which looks where the account is now."""
    detail = {"eventName": "MoveAccount", "requestParameters": {"accountId": account}}
    return _asked("AWS API Call via CloudTrail", detail)


def _lost_event(account: str) -> dict[str, Any]:
    """The event that should have brought the account's team, as far as its door reads it."""
    status = {"state": "SUCCEEDED", "accountId": account}
    detail = {"eventName": "CreateAccountResult", "serviceEventDetails": {"createAccountStatus": status}}
    return _asked("AWS Service Event via CloudTrail", detail)


def _asked(kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    """An event of the organization, in which the stack's own account asks: the sweep is its own."""
    return {"source": "aws.organizations", "detail-type": kind, "account": settings().account, "detail": detail}
