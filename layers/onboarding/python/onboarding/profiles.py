"""Profiles: named templates in Parameter Store that fill in what an event does not say about a team."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from onboarding.accounts import Accounts
from onboarding.aws_errors import code, translated
from onboarding.errors import InvalidRequest
from onboarding.settings import Settings
from onboarding.strict import read_json, shown

DEFAULT: Final = "default"

# No path, which is below others' own, and no `name:version` or `name:label`, by which GetParameter goes back to what a
# parameter was (Systems Manager API reference, GetParameter).
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)

_SCIENTISTS: Final = frozenset({"dataScientistRoleArn", "scientists"})

_SERVICE_ACCOUNT: Final = frozenset({"serviceAccount", "imagePullSecrets"})
"""The short form of `serviceAccounts`."""

_ACCOUNT: Final = "{account}"
_TEAM: Final = "{team}"


@dataclass(frozen=True)
class Profile:
    """One profile."""

    parameter: str
    template: dict[str, Any]

    def filled(self, *, team: str, account: str | None, said: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The detail that it makes for the team, not yet validated; what was said of the team wins.

        Raises InvalidRequest where it needs an account, and none is given.
        """
        said = said or {}
        # What is said in either of two forms in the event leaves out both of the profile: who the scientists are, and
        # which service accounts there are.
        named = {*said, *(_SCIENTISTS if said.keys() & _SCIENTISTS else ())}
        if "serviceAccounts" in said:
            named |= _SERVICE_ACCOUNT
        elif said.keys() & _SERVICE_ACCOUNT:
            named.add("serviceAccounts")
        template = {key: value for key, value in self.template.items() if key not in named}
        if account is None and _ACCOUNT in json.dumps(template):
            raise InvalidRequest(f"detail.account is missing: add it, for the profile {self.parameter} asks for it.")
        return {**_replaced(template, {_ACCOUNT: account or "", _TEAM: team}), **said, "team": team}


class Profiles:
    """The profiles of the stack: parameters below /STACK/profiles/, each a request as JSON without its team.

    `{account}` and `{team}` in any text of it stand for the account and the name of the team.
    """

    def __init__(self, accounts: Accounts, settings: Settings) -> None:
        self._accounts = accounts
        self._path = f"/{settings.stack}/profiles/"

    def read(self, name: str | None) -> Profile:
        """The profile of that name, or the default one.

        Raises InvalidRequest where the name cannot be one, there is no such profile or it is not a JSON object, other
        errors of `onboarding.errors` where it cannot be read.
        """
        if name and not _NAME.fullmatch(name):
            raise InvalidRequest(
                f"The profile's name is {shown(name)}: give up to 63 letters, digits, dots, hyphens and underscores, a "
                "letter or digit first, without a path, a version or a label."
            )
        parameter = self._path + (name or DEFAULT)
        try:
            template = read_json(self._text(parameter))
        except ValueError as error:
            raise InvalidRequest(f"Profile {parameter} is not JSON: {error}.") from None
        if not isinstance(template, dict):
            raise InvalidRequest(f"Profile {parameter} is not a JSON object.")
        return Profile(parameter, template)

    def _text(self, parameter: str) -> str:
        with translated(f"parameter {parameter}"):
            try:
                value: str = self._accounts.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
            except ClientError as error:
                if code(error) in ("ParameterNotFound", "ValidationException"):
                    raise InvalidRequest(f"There is no profile {parameter}: make it, or name another.") from error
                raise
            return value


def _replaced(value: Any, by: dict[str, str]) -> Any:
    # After parsing, so that what stands in for a place can change nothing but the text it is in.
    if isinstance(value, str):
        for place, text in by.items():
            value = value.replace(place, text)
        return value
    if isinstance(value, dict):
        return {key: _replaced(inner, by) for key, inner in value.items()}
    return [_replaced(inner, by) for inner in value] if isinstance(value, list) else value
