"""List teams: what the sweep looks at, one item a team, written to a file since thousands do not fit into a state."""

import json
import os
from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools import Logger

from onboarding.accounts import Accounts
from onboarding.aws_errors import translated
from onboarding.organization import Organization
from onboarding.registry import Registry
from onboarding.settings import settings

logger = Logger(service="list_teams")

Item = dict[str, Any]


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Takes `{name}`, the sweep's own; returns bucket and key of the file, and how many items it has.

    Raises errors of `onboarding.errors` where registry, organization or bucket cannot be reached.
    """
    accounts = Accounts(settings())
    registry, organization = Registry(accounts, settings()), Organization(accounts, settings())
    items = list(_items(registry, organization))
    bucket, key = os.environ["FILES_BUCKET"], f"sweeps/{event['name']}.json"
    with translated(f"bucket {bucket}"):
        accounts.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(items).encode())
    logger.info("listed", extra={"items": len(items)})
    return {"bucket": bucket, "key": key, "count": len(items)}


def _items(registry: Registry, organization: Organization) -> Iterator[Item]:
    """`input` is what onboard_team is started with to put things right, where that is known."""
    known = set()
    for team, record in registry.teams():
        known.add(team)
        item: Item = {"team": team}
        if "active" in record:
            item["input"] = json.loads(record["active"])
        if "holder" in record:
            yield {**item, "kind": "held", "holder": record["holder"], "status": record.get("status", "")}
        elif "active" in record:
            yield {**item, "kind": "active"}
        else:
            yield {**item, "kind": "lost"}
    if organization.is_watched:
        for account in organization.accounts():
            if account.active and account.team and account.team not in known:
                yield {"team": account.team, "kind": "missing", "account": account.id, "input": _lost_event(account.id)}


def _lost_event(account: str) -> dict[str, Any]:
    """The event that should have brought the account's team, as far as its door reads it."""
    status = {"state": "SUCCEEDED", "accountId": account}
    return {
        "source": "aws.organizations",
        "detail-type": "AWS Service Event via CloudTrail",
        "detail": {"eventName": "CreateAccountResult", "serviceEventDetails": {"createAccountStatus": status}},
    }
