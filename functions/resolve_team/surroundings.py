"""What a door may look at to understand an event that says little."""

from functools import cached_property

from onboarding.accounts import Accounts
from onboarding.organization import Organization
from onboarding.profiles import Profiles
from onboarding.registry import Registry
from onboarding.settings import Settings, settings


class Surroundings:
    """The organization, the profiles, the registry and the accounts, each reached only when looked at."""

    @property
    def settings(self) -> Settings:
        """The stack's own facts."""
        return settings()

    @cached_property
    def accounts(self) -> Accounts:
        """Clients; they outlive an invocation, and cost more than all else that it does."""
        return Accounts(self.settings)

    @cached_property
    def organization(self) -> Organization:
        """The organization, if the stack watches one."""
        return Organization(self.accounts, self.settings)

    @cached_property
    def profiles(self) -> Profiles:
        """What fills in a request."""
        return Profiles(self.accounts, self.settings)

    @cached_property
    def registry(self) -> Registry:
        """What is known of teams."""
        return Registry(self.accounts, self.settings)
