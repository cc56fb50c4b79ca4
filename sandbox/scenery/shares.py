"""What the owner of account C shares with teams, and how he changes it: the one place where buckets are shared."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.scenery import accounts

Entry = Mapping[str, Any]

PARAMETER: Final = f"/{accounts.STACK}/shares"


def entry(
    bucket: str,
    prefix: str = "*",
    access: str = "read",
    teams: list[str] | str = "*",
    scientists: Iterable[str] = (accounts.SCIENTISTS_ACCOUNT,),
) -> Entry:
    """What one bucket, or a folder of it, is shared for: with every team of account B, where nothing else is said."""
    return {"bucket": bucket, "prefix": prefix, "access": access, "teams": teams, "accounts": list(scientists)}


SHARES: Final[tuple[Entry, ...]] = (
    entry("example-corp-images", access="read-write"),
    entry("example-corp-labels", access="read-write"),
    entry("example-corp-checkpoints", access="read-write"),
)
"""What account C shares at the start, by account: every sample's team works in account B."""


def shared(ssm: Any) -> list[Entry]:
    """What the owner shares just now, by a client of Parameter Store in his account."""
    found: list[Entry] = json.loads(ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"])
    return found


def share(ssm: Any, *entries: Entry) -> None:
    """The owner shares this as well."""
    put(ssm, json.dumps([*shared(ssm), *entries]))


def replace(ssm: Any, *entries: Entry) -> None:
    """The owner shares this and nothing else."""
    put(ssm, json.dumps(entries))


def put(ssm: Any, text: str) -> None:
    """The owner's parameter says this and nothing else, as if he had deployed accounts/data.yaml anew."""
    ssm.put_parameter(Name=PARAMETER, Value=text, Type="String", Overwrite=True)
