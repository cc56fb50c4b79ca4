"""How the sandbox's services come by the credentials of the roles that they run things as."""

from collections.abc import Mapping
from typing import Protocol

SESSION_SECONDS = 43_200
"""How long a session lasts, in real seconds."""


class CredentialsFor(Protocol):
    """Makes a session of a role for a service, such as lambda.amazonaws.com."""

    def __call__(
        self,
        role_arn: str,
        session_name: str,
        *,
        service: str,
        tags: Mapping[str, str] | None = None,
        transitive: bool = False,
        source_account: str | None = None,
        source_arn: str | None = None,
    ) -> Mapping[str, str]:
        """Keyword arguments of boto3.client. Raises any exception when the service may not assume the role."""


class WhyNot(Protocol):
    """Tells why a role may not do something that a service does as that role; nothing when it may."""

    def __call__(
        self,
        role_arn: str,
        action: str,
        resource: str,
        region: str | None = None,
        context: Mapping[str, tuple[str, ...]] | None = None,
    ) -> str | None:
        """`context` holds the condition keys that the service supplies. Raises any exception where there is no role."""


class NotAssumableError(Exception):
    """The role does not exist, or does not trust the service that would run as it."""


class RoleError(Exception):
    """A service may not assume the role that it was given."""


def assume(
    credentials_for: CredentialsFor,
    role_arn: str,
    session_name: str,
    service: str,
    source_arn: str,
    tags: Mapping[str, str] | None = None,
    transitive: bool = False,
) -> Mapping[str, str]:
    """A session for what a service runs on behalf of the resource `source_arn`. Raises RoleError."""
    account = source_arn.split(":")[4]
    try:
        return credentials_for(
            role_arn,
            session_name,
            service=service,
            tags=tags,
            transitive=transitive,
            source_account=account,
            source_arn=source_arn,
        )
    except Exception as error:
        raise RoleError(str(error)) from error
