"""Whose a folder of a file system is: the registry remembers, since files outlive links and FSx lists no folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from onboarding.aws_errors import code
from onboarding.errors import Busy
from onboarding.resource import Context, Resource, State

_ITEM: Final = "folder/"


class FolderState(State):
    """Who put files there, and how it began."""

    team: str
    account: str
    """The account of that team's scientists."""
    made: bool
    """Whether the stack made the first link there; False where it found one that somebody else had made."""


@dataclass(frozen=True)
class Remembered:
    """A folder as the registry has it."""

    state: FolderState
    emptied: bool
    """Whether FSx was told to delete its files with the link: once that is gone, it is nobody's."""

    def is_of(self, team: str, account: str) -> bool:
        """Whether this team, of this scientists' account, had it."""
        return (self.state.team, self.state.account) == (team, account)


@dataclass(frozen=True)
class Folder(Resource[FolderState]):
    """What is remembered of a folder, by file system and path. It stays as long as the files: no plan takes it away."""

    kind: ClassVar[str] = "folder"
    state: ClassVar[type[State]] = FolderState

    account: str
    file_system: str
    path: str

    @property
    def address(self) -> str:
        """Account, file system and path."""
        return f"{self.account} file system {self.file_system} folder {self.path}"

    def is_of(self, context: Context) -> bool:
        """In the cluster's account: a team may have kept a folder from before the stack said where folders are."""
        return self.account == context.settings.account

    def read(self, context: Context) -> FolderState | None:
        """Whose it is, or None where nobody's files are known to be there."""
        found = remembered(context, self.file_system).get(self.path)
        return None if found is None or found.emptied else found.state

    def planned(self, current: FolderState | None, desired: FolderState | None) -> FolderState | None:
        """A folder that is given up keeps its files, and so its owner; how it began does not change."""
        if current is None or desired is None:
            return current or desired
        return desired.model_copy(update={"made": current.made and current.team == desired.team})

    def create(self, context: Context, desired: FolderState) -> None:
        """Before the link is made: a folder that is forgotten half-way would be shown to others."""
        remember(context, self.file_system, self.path, desired)

    def update(self, context: Context, current: FolderState, desired: FolderState) -> None:
        """The same, for a team whose scientists work in another account now."""
        remember(context, self.file_system, self.path, desired)

    def delete(self, context: Context, current: FolderState) -> None:
        """Nothing: rolling back deletes no files, so they still are whose they were."""


def remembered(context: Context, file_system: str) -> Mapping[str, Remembered]:
    """All folders of a file system that teams have, or had and left files in, by path."""
    return context.readings.once(("folders", file_system), lambda: _remembered(context, file_system))


def remember(context: Context, file_system: str, path: str, state: FolderState, *, emptied: bool = False) -> None:
    """Writes down whose a folder is.

    Raises Busy where somebody has written since it was read.
    """
    was = remembered(context, file_system).get(path)
    values = {":now": _value(Remembered(state, emptied))}
    condition = "attribute_not_exists(#path)"
    if was is not None:
        condition, values[":was"] = "#path = :was", _value(was)
    try:
        context.accounts.client("dynamodb").update_item(
            TableName=context.settings.registry_table,
            Key=_key(file_system),
            UpdateExpression="SET #path = :now",
            ConditionExpression=condition,
            ExpressionAttributeNames={"#path": path},
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if code(error) == "ConditionalCheckFailedException":
            raise Busy(f"folder {path} has just become somebody's") from error
        raise


def _remembered(context: Context, file_system: str) -> dict[str, Remembered]:
    found = context.accounts.client("dynamodb").get_item(
        TableName=context.settings.registry_table, Key=_key(file_system), ConsistentRead=True
    )
    return {path: _entry(value["M"]) for path, value in found.get("Item", {}).items() if path.startswith("/")}


def _entry(value: Mapping[str, Any]) -> Remembered:
    state = FolderState(team=value["team"]["S"], account=value["account"]["S"], made=value["made"]["BOOL"])
    return Remembered(state, value["emptied"]["BOOL"])


def _value(entry: Remembered) -> dict[str, Any]:
    state = entry.state
    return {
        "M": {
            "team": {"S": state.team},
            "account": {"S": state.account},
            "made": {"BOOL": state.made},
            "emptied": {"BOOL": entry.emptied},
        }
    }


def _key(file_system: str) -> dict[str, dict[str, str]]:
    return {"id": {"S": f"{_ITEM}{file_system}"}}
