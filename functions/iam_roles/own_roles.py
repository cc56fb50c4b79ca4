"""Roles that are no team's: those of the stack, and those that it makes for teams."""

from onboarding import names
from onboarding.settings import Settings


def is_the_stacks_own(account: str, name: str, settings: Settings) -> bool:
    """Whether the role of that name in the account is one of the stack's own.

    A policy on it would lead a function, or another team's scientists or pods, into this team's namespace. The roles of
    functions and machines begin with the stack's name, as those that accounts/ makes do unless they are renamed.
    """
    if name == settings.member_role or name.startswith(f"{settings.stack}-"):
        return True
    made = (names.cluster_access_role(settings.prefix, ""), names.data_access_role(settings.prefix, ""))
    return account == settings.account and name.startswith(made)
