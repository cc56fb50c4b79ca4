"""Profiles: named templates in Parameter Store that fill in what an event does not say about a team."""

import json
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from onboarding.accounts import Accounts
from onboarding.aws_errors import code, translated
from onboarding.errors import InvalidRequest
from onboarding.settings import Settings

DEFAULT: Final = "default"


@dataclass(frozen=True)
class Profile:
    """One profile."""

    parameter: str
    template: dict[str, Any]

    def filled(self, *, team: str, account: str) -> dict[str, Any]:
        """The detail that it makes for the team, not yet validated."""
        return {**_replaced(self.template, {"{account}": account, "{team}": team}), "team": team}


class Profiles:
    """The profiles of the stack: parameters below /STACK/profiles/, each a request as JSON without its team.

    `{account}` and `{team}` in any text of it stand for the account and the name of the team.
    """

    def __init__(self, accounts: Accounts, settings: Settings) -> None:
        self._accounts = accounts
        self._path = f"/{settings.stack}/profiles/"

    def read(self, name: str | None) -> Profile:
        """The profile of that name, or the default one.

        Raises InvalidRequest where there is no such profile or it is not a JSON object, other errors of
        `onboarding.errors` where it cannot be read.
        """
        parameter = self._path + (name or DEFAULT)
        try:
            template = json.loads(self._text(parameter))
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
