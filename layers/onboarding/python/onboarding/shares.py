"""What the owner of an account shares with teams: the parameter `Shares` of accounts/data.yaml, strictly.

Nothing here talks to AWS, and nothing is shared by default.
"""

import json
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, RootModel, ValidationError, field_validator
from pydantic_core import ErrorDetails

from onboarding.account_number import ACCOUNT
from onboarding.request import BUCKET, Dataset, TeamName, TeamRequest
from onboarding.strict import Strict, read_json, refuse_doubles, shown

PARAMETER: Final = "Shares"
"""Of accounts/data.yaml; mistakes are told by it."""

EVERY: Final = "*"
# The slash belongs to a folder: "data" must not open "database/".
FOLDER: Final = r"^(\*|([A-Za-z0-9!_.'()=+@:,-]+/)+)$"

_MOST: Final = 10
_WORDS: Final = {
    "bucket": "the name of a bucket",
    "prefix": 'a folder with a slash at its end, such as "curated/", or "*" for the whole bucket',
    "access": '"read" or "read-write"',
    "teams": 'a list of names of teams, or "*" for every team',
    "accounts": 'a list of account numbers of 12 digits, in quotes, or "*" for every account',
}


class Share(Strict):
    """A dataset that some teams of some accounts may be given: a team must be named, and its account as well."""

    bucket: Annotated[str, Field(pattern=BUCKET, description="Name of a bucket of this account.")]
    prefix: Annotated[
        str,
        Field(
            pattern=FOLDER,
            max_length=257,
            description='A folder, with a slash at its end, and all below it; "*" for the whole bucket.',
        ),
    ]
    access: Annotated[
        Literal["read", "read-write"], Field(description="The most that may be asked for; read-write includes read.")
    ]
    teams: Annotated[
        Annotated[list[TeamName], Field(min_length=1)] | Literal["*"],
        Field(description='Names of teams; "*" for every team of the accounts.'),
    ]
    accounts: Annotated[
        Annotated[list[Annotated[str, Field(pattern=ACCOUNT)]], Field(min_length=1)] | Literal["*"],
        Field(description='Accounts of the scientists; "*" for whichever account has a team of that name.'),
    ]

    @field_validator("teams", "accounts")
    @classmethod
    def _each_once(cls, named: list[str] | str) -> list[str] | str:
        if isinstance(named, list):
            refuse_doubles("they", named)
        return named

    def covers(self, team: str, account: str, dataset: Dataset) -> bool:
        """Whether a team, whose scientists work in the account, may be given the dataset by this entry alone.

        The team and the account: a team's name alone is anybody's who is the first to take it.
        """
        return (
            self.bucket == dataset.bucket
            and (self.prefix == EVERY or (dataset.prefix or "").startswith(self.prefix))
            and (self.access == "read-write" or dataset.access == "read")
            and _names(self.teams, team)
            and _names(self.accounts, account)
        )


class Shares(RootModel[list[Share]]):
    """The value of the parameter: an entry for each dataset that is shared, none by default."""

    model_config = ConfigDict(strict=True, frozen=True)

    @field_validator("root")
    @classmethod
    def _entries_differ(cls, shares: list[Share]) -> list[Share]:
        first: dict[tuple[object, ...], int] = {}
        for number, share in enumerate(shares):
            key = (share.bucket, share.prefix, share.access, _sorted(share.teams), _sorted(share.accounts))
            if first.setdefault(key, number) != number:
                raise ValueError(f"entries {first[key]} and {number} say the same; leave one out")
        return shares


def parsed(text: str) -> tuple[Share, ...]:
    """The entries of the parameter. Raises ValueError with each mistake by entry, counted from 0, and field."""
    try:
        return tuple(Shares.model_validate(read_json(text)).root)
    except ValidationError as error:
        found = dict.fromkeys(_mistake(detail) for detail in error.errors(include_url=False))
        more = [f"and {len(found) - _MOST} more"] if len(found) > _MOST else []
        raise ValueError("; ".join([*list(found)[:_MOST], *more])) from None
    except ValueError as error:
        raise ValueError(f"{PARAMETER} cannot be read as JSON: {error}") from None


def entry_for(request: TeamRequest, dataset: Dataset) -> str:
    """The narrowest entry that shares the dataset with the team, as JSON on one line."""
    entry = {
        "bucket": dataset.bucket,
        "prefix": dataset.prefix or EVERY,
        "access": dataset.access,
        "teams": [request.team],
        "accounts": request.scientists_accounts,
    }
    return json.dumps(entry, separators=(",", ":"))


def _names(named: list[str] | str, name: str) -> bool:
    return named == EVERY or name in named


def _sorted(named: list[str] | str) -> tuple[str, ...]:
    return tuple(sorted(named))


def _mistake(detail: ErrorDetails) -> str:
    # Of a field that may be one of two things there is a mistake for each; both are told as one.
    where, given = detail["loc"][:2], detail["input"]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(part)[1:-1]}" for part in where)
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return f"{PARAMETER}{path} is missing: add it"
        case "extra_forbidden":
            return f"{PARAMETER}{path} is not a field that is known here: remove it or correct its name"
        case "value_error":
            return f"{PARAMETER}{path}: {context['error']}"
    field = str(where[-1]) if len(where) > 1 else ""
    wanted = _WORDS.get(field, "an object with bucket, prefix, access, teams and accounts" if where else "a list")
    if len(detail["loc"]) > len(where) and isinstance(detail["loc"][-1], int):
        # One of a list.
        return f"{PARAMETER}{path} has {shown(given)}: give {wanted}"
    return f"{PARAMETER}{path} is {shown(given)}: give {wanted}"
