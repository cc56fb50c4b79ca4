"""The version of what the registry has of a team, its recorded plan included: the number is decided here alone.

It goes up with a change that an older stack would misread; a field that an older stack may pass over is none. A
stack reads its own version and all before it, so a field that came later is optional wherever it is read. A record has
the newest version that has written in it: a part of it may be older.

0 is a record without a number, as they were before there was one; it may lack `account`, `connect`, `asker`, `asked`,
`probe`, `watched` and `fence`. 1 says its number.
"""

from collections.abc import Mapping
from typing import Any, Final

SCHEMA: Final = 1
"""What this code writes, and the newest that it reads; the template hands it to the state machines."""


def schema_of(record: Mapping[str, Any]) -> int:
    """The version of a team's item, DynamoDB's type letters taken off."""
    return int(record.get("schema", 0))


def is_newer(record: Mapping[str, Any]) -> bool:
    """Whether a newer stack has written it: what it says may not mean what this code takes it for."""
    return schema_of(record) > SCHEMA


def newer_sentence(team: str, record: Mapping[str, Any], reader: str = "this stack", remedy: str = "the stack") -> str:
    """Why nothing is done with a newer record, and what to do."""
    return (
        f"The registry's record of team {team} is of version {schema_of(record)}, and {reader} reads up to {SCHEMA}: "
        f"update {remedy} to the release that wrote it, or to a later one. Nothing was changed."
    )
