"""Who may ask for what. An event asks; whether its asker may is decided here, before anything else is looked at.

The asker is the account that the event itself names: EventBridge writes it, and whoever puts an event cannot.

- An administrator may ask for anything: the cluster's own account, and those that the stack lists.
- The account of a role or permission set may ask for a new team of it.
- The account that a team belongs to may have it changed and deleted. That is the account of the first of its principals
  as they were onboarded last, so only an administrator can move a team to another account.
- Principals of other accounts only an administrator brings into a team; its own account may keep and leave them out.
- How a team is fenced in, only an administrator says; whoever else has his team changed keeps what one has said.
- Accounts of the organization are the management account's to speak of, compute quotas the cluster's account's.

Whatever is not known for certain is a no.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Final

from onboarding import account_number, resolved
from onboarding.errors import NotAuthorized
from onboarding.principals import Principal
from onboarding.registry import Registry
from onboarding.request import recorded
from onboarding.resolved import Resolved
from onboarding.settings import Settings

_NOT_KNOWN: Final = "not known"
"""Stands for the owner of a team whose record does not say who it is: no account is called that."""


@dataclass(frozen=True)
class Asker:
    """The account that asks, in a stack with its administrators."""

    account: str
    settings: Settings

    @property
    def is_administrator(self) -> bool:
        """Whether it may ask for anything."""
        return self.account == self.settings.account or self.account in self.settings.administrators


def asker(event: dict[str, Any], settings: Settings) -> Asker:
    """Who asks by a whole event. Raises NotAuthorized where it does not say."""
    account = event.get("account")
    if not isinstance(account, str) or not re.fullmatch(account_number.ACCOUNT[1:-1], account, re.ASCII):
        raise NotAuthorized(
            "The event does not say who asks: its field account should have the 12 digits that EventBridge writes "
            "there. Start the execution with the whole event as it came, or with its detail alone."
        )
    return Asker(account, settings)


def operator(settings: Settings) -> Asker:
    """Who gives a bare detail: whoever may start executions, which only principals of the cluster's account may."""
    return Asker(settings.account, settings)


def speaks(asker: Asker, source: str) -> None:
    """Of what a service tells only the account in which it happened may speak.

    Raises NotAuthorized where another one does.
    """
    of = {
        "aws.organizations": asker.settings.management_account,
        "aws.controltower": asker.settings.management_account,
        "aws.sagemaker": asker.settings.account,
    }
    if source in of and asker.account != of[source] and not asker.is_administrator:
        raise NotAuthorized(
            f"Account {asker.account} may not speak of what {source} does: only the account in which it happened may, "
            "or an administrator. Correct the field account, or the stack's parameter ManagementAccountId."
        )


def granted(asked: Resolved, asker: Asker, registry: Registry) -> Resolved:
    """What our own event asks for, if its asker may ask for that, with what the claim must still find to be so.

    Raises NotAuthorized where he may not, the registry's errors where nothing is known of the team.
    """
    if asker.is_administrator:
        return by(asked, asker)
    team = str(asked.team)
    record = registry.team(team)
    owner = _owner(record)
    if asked.leaving and record is None:
        # Whether it has left already, or was never there: an event that comes twice is no mistake.
        return resolved.ignored(f"team {team} is not there, and account {asker.account} is no administrator", team)
    may = owner == asker.account if asked.leaving else asked.account == asker.account and owner in (None, asker.account)
    if not may:
        # The same for every team, so that nobody learns from it whose it is, or whether it is there.
        raise NotAuthorized(
            f"Account {asker.account} may not ask this of team {team}: only the account of the team's scientists may, "
            "or an administrator (the cluster's account and the stack's AdministratorAccountIds). Let one of them send "
            "the event."
        )
    if foreign := _foreign(asked, asker, record):
        raise NotAuthorized(
            f"Account {asker.account} may not bring {', '.join(foreign)} into team {team}: only an administrator "
            "brings in scientists of other accounts (the cluster's account and the stack's AdministratorAccountIds). "
            "Leave them out, or let one of them send the event."
        )
    return by(_fenced(replace(asked, owner=(record or {}).get("account", "")), asker, record or {}), asker)


def _fenced(asked: Resolved, asker: Asker, record: dict[str, Any]) -> Resolved:
    """The same with the fence that an administrator has given the team.

    Raises NotAuthorized where another one is asked for.
    """
    if asked.request is None:
        return asked
    given = json.loads(record.get("active", "{}")).get("fence")
    wanted = asked.request.get("fence")
    if wanted and wanted != given:
        raise NotAuthorized(
            f"Account {asker.account} may not ask for the fence of team {asked.team}: only an administrator may (the "
            "cluster's account and the stack's AdministratorAccountIds). Leave the field fence out, or let one of them "
            "send the event."
        )
    others = {name: value for name, value in asked.request.items() if name != "fence"}
    return replace(asked, request={**others, "fence": given} if given else others)


def by(asked: Resolved, asker: Asker) -> Resolved:
    """The same, with who asked for it."""
    return replace(asked, asker=asker.account)


def _foreign(asked: Resolved, asker: Asker, record: dict[str, Any] | None) -> list[str]:
    """Principals of other accounts than the asker's that the team does not have yet."""
    if asked.request is None:
        return []
    had: set[Principal] = set()
    if record is not None and "active" in record:
        had.update(recorded(json.loads(record["active"])).principals)
    wanted = [each for each in recorded(asked.request).principals if each.account != asker.account]
    return [each.address for each in wanted if each not in had]


def _owner(record: dict[str, Any] | None) -> str | None:
    """The account that a team belongs to, or will once the execution is done that makes it; None for nobody's."""
    if record is None:
        return None
    if "account" in record:
        return str(record["account"])
    if "active" in record or "wanted" not in record:
        return _NOT_KNOWN
    request = json.loads(record["wanted"]).get("request")
    return None if request is None else recorded(request).scientists_account
