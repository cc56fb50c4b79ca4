"""The data of the AWS services' models, which botocore reads anew for every session."""

from typing import Any, Final

from botocore.loaders import JSONFileLoader, Loader

_READ: Final[dict[str, Any]] = {}
"""What the files hold, by path without extension. Files that are missing are not in it: looking is cheap."""


class SharedFiles(JSONFileLoader):
    """Reads each file once a process: what clients of one session share already, clients of all do."""

    def load_file(self, file_path: str) -> Any:
        """What the file holds; None where there is none."""
        if file_path not in _READ:
            found = super().load_file(file_path)
            if found is None:
                return None
            _READ[file_path] = found
        return _READ[file_path]


def share() -> None:
    """Lets all sessions of this process share what is read."""
    Loader.FILE_LOADER_CLASS = SharedFiles
