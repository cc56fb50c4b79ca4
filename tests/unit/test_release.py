"""What a release is made of: archives that are the same whoever makes them, a bill of what a layer has, one version."""

import gzip
import io
import json
import os
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.contracts.machines import ROOT
from tests.contracts.stack import template
from tools.release.archive import files, rewrite_tar, rewrite_zip, write_zip
from tools.release.bill import bill, licences
from tools.release.packaged import ARCHITECTURES, dependencies, packaged


def made(folder: Path, *, mode: int, time: int, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode)
        os.utime(path, (time, time))
    return folder


def test_a_zip_knows_no_time_no_umask_no_order_of_making_and_no_compiled_files(tmp_path: Path) -> None:
    one = made(tmp_path / "one", mode=0o644, time=1_000_000_000, names=["b", "a/c"])
    other = made(tmp_path / "other", mode=0o600, time=1_500_000_000, names=["a/c", "b", "a/__pycache__/c.pyc", "d.pyc"])
    for folder in (one, other):
        write_zip(folder.with_suffix(".zip"), files(folder))
    assert one.with_suffix(".zip").read_bytes() == other.with_suffix(".zip").read_bytes()
    with zipfile.ZipFile(one.with_suffix(".zip")) as archive:
        assert archive.namelist() == ["a/c", "b"]


def test_a_program_stays_one(tmp_path: Path) -> None:
    folder = made(tmp_path / "one", mode=0o700, time=1, names=["run"])
    write_zip(tmp_path / "one.zip", files(folder))
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.getinfo("run").external_attr >> 16 & 0o777 == 0o755


def test_a_wheel_is_the_same_after_it_was_written_anew(tmp_path: Path) -> None:
    for name, date in (("one", (2020, 1, 1, 0, 0, 0)), ("other", (2024, 1, 1, 0, 0, 0))):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(zipfile.ZipInfo("a", date), "text")
        rewrite_zip(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_source_archive_is_the_same_after_it_was_written_anew(tmp_path: Path) -> None:
    for name, time, user in (("one", 1, "anna"), ("other", 2, "ben")):
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as archive:
            entry = tarfile.TarInfo("a")
            entry.size, entry.mtime, entry.uname = 4, time, user
            archive.addfile(entry, io.BytesIO(b"text"))
        (tmp_path / name).write_bytes(gzip.compress(plain.getvalue(), mtime=time))
        rewrite_tar(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def layer(folder: Path, metadata: str) -> Path:
    found = folder / "python" / "toy-1.0.dist-info"
    found.mkdir(parents=True)
    (found / "METADATA").write_text(f"Metadata-Version: 2.4\nName: Toy_Box\nVersion: 1.0\n{metadata}\n")
    return folder


@pytest.mark.parametrize(
    ("metadata", "licence", "entry"),
    [
        ("License-Expression: MIT", "MIT", {"expression": "MIT"}),
        ("License: Apache License 2.0", "Apache License 2.0", {"license": {"name": "Apache License 2.0"}}),
        (
            "License: Dual License\nClassifier: License :: OSI Approved :: MIT License",
            "MIT License",
            {"license": {"name": "MIT License"}},
        ),
    ],
)
def test_a_bill_names_what_a_layer_has(tmp_path: Path, metadata: str, licence: str, entry: dict[str, object]) -> None:
    layer(tmp_path, metadata)
    (component,) = json.loads(bill(tmp_path, "layer", "0.1.0"))["components"]
    assert (component["purl"], component["licenses"]) == ("pkg:pypi/toy-box@1.0", [entry])
    assert licences(tmp_path) == f"Toy_Box 1.0: {licence}\n"


def test_what_says_no_licence_is_published_by_nobody(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Toy_Box 1\.0 says no licence"):
        bill(layer(tmp_path, ""), "layer", "0.1.0")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_published_template_names_the_archives_beside_it(architecture: str) -> None:
    text = packaged((ROOT / "template.yaml").read_text(), architecture)
    assert "CodeUri: functions/" not in text
    assert "ContentUri: layers/" not in text
    assert "BuildMethod" not in text
    assert text.count(dependencies(architecture)) == 1
    assert f"    Default: {architecture}\n" in text


def test_a_template_without_what_is_named_anew_is_not_published() -> None:
    with pytest.raises(ValueError, match=r"template\.yaml has no"):
        packaged("Resources: {}\n", "arm64")


def test_the_version_is_the_same_wherever_it_is_said() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    said = template()["Metadata"]["AWS::ServerlessRepo::Application"]
    assert said["SemanticVersion"] == version
    assert len(said["Description"]) <= 256
