"""Clients for the accounts that a step works in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
from botocore.config import Config

from onboarding.settings import Settings

# One call may take this long, so that several fit into a function's time-out. Patience is the state machine's.
_CONFIG: Final = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 2})

_SESSION_SECONDS: Final = 900
_RENEW_BEFORE: Final = timedelta(minutes=3)


class Accounts:
    """Hands out clients: in the cluster's account as the function itself, elsewhere as that account's member role."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.stack = settings.stack
        self._own = boto3.session.Session(region_name=settings.region)
        self._members: dict[str, tuple[boto3.session.Session, datetime]] = {}
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, account: str | None = None) -> Any:
        """A client of the service in the account; the cluster's where none is named.

        Raises botocore's ClientError where the member role cannot be assumed.
        """
        account = account or self._settings.account
        session = self._own if account == self._settings.account else self._member(account)
        if (service, account) not in self._clients:
            make: Callable[..., Any] = session.client
            self._clients[service, account] = make(service, config=_CONFIG)
        return self._clients[service, account]

    def member_role_arn(self, account: str) -> str:
        """The role that this function assumes in another account."""
        return f"arn:{self._settings.partition}:iam::{account}:role/{self._settings.member_role}"

    def _member(self, account: str) -> boto3.session.Session:
        session, expiry = self._members.get(account, (None, datetime.min.replace(tzinfo=UTC)))
        if session is not None and datetime.now(UTC) < expiry - _RENEW_BEFORE:
            return session
        assumed = self.client("sts").assume_role(
            RoleArn=self.member_role_arn(account),
            RoleSessionName=self._settings.stack,
            ExternalId=self._settings.external_id,
            DurationSeconds=_SESSION_SECONDS,
        )["Credentials"]
        session = boto3.session.Session(
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
            region_name=self._settings.region,
        )
        self._members[account] = (session, assumed["Expiration"])
        for key in [key for key in self._clients if key[1] == account]:
            del self._clients[key]
        return session
