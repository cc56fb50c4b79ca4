"""Archives that are the same, byte for byte, whenever and wherever they are made of the same files.

Names in order, one date, two modes, no compiled files: these hold the time of their source, and fit one Python alone.
"""

import gzip
import io
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say."""
_SECONDS: Final = 315532800
_FILE: Final = 0o644
_PROGRAM: Final = 0o755


def files(root: Path) -> list[tuple[str, Path]]:
    """Name within `root` and path of every file below it that is published, in order."""
    found = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    named = [(path.relative_to(root).as_posix(), path) for path in found if path.suffix not in (".pyc", ".pyo")]
    return sorted(named)


def write_zip(target: Path, contents: Iterable[tuple[str, Path]]) -> None:
    """Writes a zip of the contents, in the order given."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in contents:
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, so that the mode counts
            entry.external_attr = (stat.S_IFREG | _mode(path.stat().st_mode)) << 16
            archive.writestr(entry, path.read_bytes())


def rewrite_zip(path: Path) -> None:
    """Writes a wheel anew: it has the modes that the builder's umask gave its files."""
    with tempfile.TemporaryDirectory() as unpacked:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(unpacked)  # noqa: S202  a wheel of our own
        write_zip(path, files(Path(unpacked)))


def rewrite_tar(path: Path) -> None:
    """Writes a .tar.gz anew: setuptools puts the time of day and the builder's name into it."""
    with tarfile.open(path) as archive:
        members = sorted((one for one in archive.getmembers() if one.isfile()), key=lambda one: one.name)
        contents = [(one.name, one.mode, archive.extractfile(one)) for one in members]
        read = [(name, mode, opened.read()) for name, mode, opened in contents if opened is not None]
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, mode, data in read:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), _SECONDS, _mode(mode)
            archive.addfile(entry, io.BytesIO(data))
    path.write_bytes(gzip.compress(plain.getvalue(), 9, mtime=0))


def _mode(found: int) -> int:
    return _PROGRAM if found & stat.S_IXUSR else _FILE
