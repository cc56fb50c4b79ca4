"""The link of a file system's folder and a dataset: a data repository association."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fsx_storage.file_system import associations
from fsx_storage.folder import remember, remembered
from onboarding import ownership
from onboarding.resource import Context, Resource, State, StillSettling

_IN_PROGRESS: Final = frozenset({"CREATING", "UPDATING", "DELETING"})
_WELL: Final = "AVAILABLE"
_NEVER_MADE: Final = "FAILED"

KEEP, REMOVE = "keep", "remove"


class AssociationState(State):
    """Where it leads, and which changes each side follows."""

    repository: str
    """s3://bucket or s3://bucket/prefix, without a slash at the end."""
    imports: list[str]
    exports: list[str]


@dataclass(frozen=True)
class Association(Resource[AssociationState]):
    """An association, by file system and path; a path has one at most."""

    kind: ClassVar[str] = "data-repository-association"
    state: ClassVar[type[State]] = AssociationState
    asynchronous: ClassVar[bool] = True
    # A file system has up to eight links and makes one at a time (FSx for Lustre user guide); terraform-provider-aws
    # waits ten minutes for one.
    patience: ClassVar[int] = 8 * 600

    account: str
    file_system: str
    path: str
    data: str
    """What becomes of the folder's files when the team leaves: `keep` or `remove`."""

    @property
    def address(self) -> str:
        """Account, file system and path."""
        return f"{self.account} file system {self.file_system} link {self.path}"

    def is_of(self, context: Context) -> bool:
        """In the cluster's account: a team may have kept a folder from before the stack said where folders are."""
        return self.account == context.settings.account

    def read(self, context: Context) -> AssociationState | None:
        """Found by its path.

        Raises StillSettling while FSx is at work on it.
        """
        found = self._find(context)
        if found is None:
            return None
        ownership.refuse_foreign(
            ownership.from_tag_list(found.get("Tags", [])), context.team, context.settings.stack, self.address
        )
        if found["Lifecycle"] in _IN_PROGRESS:
            raise StillSettling(f"is {found['Lifecycle']}")
        s3 = found.get("S3", {})
        return AssociationState(
            repository=str(found["DataRepositoryPath"]).rstrip("/"),
            imports=sorted(s3.get("AutoImportPolicy", {}).get("Events", [])),
            exports=sorted(s3.get("AutoExportPolicy", {}).get("Events", [])),
            failure=None if found["Lifecycle"] == _WELL else _failure(found),
        )

    def create(self, context: Context, desired: AssociationState) -> None:
        """Asked for with its tags in the same call; made later, and the folder with it. What is there is listed at
        once, and read when a pod reads it.
        """
        self._fsx(context).create_data_repository_association(
            FileSystemId=self.file_system,
            # As FSx documents both (API reference, CreateDataRepositoryAssociation): a folder, not what begins like it.
            FileSystemPath=f"{self.path}/",
            DataRepositoryPath=f"{desired.repository}/",
            BatchImportMetaDataOnCreate=True,
            S3=_policies(desired),
            Tags=ownership.tag_list(context.team, context.settings.stack),
        )

    def update(self, context: Context, current: AssociationState, desired: AssociationState) -> None:
        """What it leads to cannot be changed: that one is deleted first, and made anew when it is gone."""
        found = self._find(context)
        if found is None:
            self.create(context, desired)
        elif current.repository != desired.repository or found["Lifecycle"] == _NEVER_MADE:
            self._take_away(context, found, with_data=False)
        else:
            self._fsx(context).update_data_repository_association(
                AssociationId=found["AssociationId"], S3=_policies(desired)
            )

    def delete(self, context: Context, current: AssociationState) -> None:
        """The files stay, unless the team leaves, its event said that they go, and the registry knows that the stack
        made the folder for this team. The bucket is never touched.
        """
        found = self._find(context)
        if found is not None:
            self._take_away(context, found, with_data=context.leaving and self.data == REMOVE and self._empty(context))

    def _empty(self, context: Context) -> bool:
        """Whether the files may go; it is noted first, for nobody would know any more when they are gone."""
        folder = remembered(context, self.file_system).get(self.path)
        if folder is None or not folder.state.made or folder.state.team != context.team:
            return False
        if not folder.emptied:
            remember(context, self.file_system, self.path, folder.state, emptied=True)
        return True

    def _take_away(self, context: Context, found: dict[str, Any], *, with_data: bool) -> None:
        self._fsx(context).delete_data_repository_association(
            AssociationId=found["AssociationId"], DeleteDataInFileSystem=with_data
        )

    def _find(self, context: Context) -> dict[str, Any] | None:
        return next((one for one in associations(context, self.file_system) if path_of(one) == self.path), None)

    def _fsx(self, context: Context) -> Any:
        return context.accounts.client("fsx")


def path_of(association: dict[str, Any]) -> str:
    """Its folder, without a slash at the end; empty for the whole file system."""
    return str(association.get("FileSystemPath", "")).rstrip("/")


def _policies(state: AssociationState) -> dict[str, Any]:
    return {"AutoImportPolicy": {"Events": state.imports}, "AutoExportPolicy": {"Events": state.exports}}


def _failure(found: dict[str, Any]) -> str:
    why = found.get("FailureDetails", {}).get("Message", "no reason given")
    return f"{found['Lifecycle']} ({found['AssociationId']}): {why}"
