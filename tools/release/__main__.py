"""Builds what is published into build/release: the same files, byte for byte, of the same checkout."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from tools.release.archive import files, rewrite_tar, rewrite_zip, write_zip
from tools.release.bill import bill, licences
from tools.release.packaged import ARCHITECTURES, FUNCTIONS, ONBOARDING, dependencies, packaged

ROOT: Final = Path(__file__).parents[2]
TARGET: Final = ROOT / "build" / "release"
BIN: Final = Path(sys.executable).parent
COPIED: Final = ("CHANGELOG.md", "LICENSE", "README.md")
EPOCH: Final = "315532800"


def release() -> None:
    """Raises CalledProcessError where a tool fails."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for name in COPIED:
        shutil.copyfile(ROOT / name, TARGET / name)
    for name in ("accounts", "statemachine"):
        for inside, path in files(ROOT / name):
            (TARGET / name).mkdir(exist_ok=True)
            shutil.copyfile(path, TARGET / name / inside)
    write_zip(TARGET / FUNCTIONS, files(ROOT / "functions"))
    write_zip(TARGET / ONBOARDING, [one for one in files(ROOT / "layers/onboarding") if "egg-info" not in one[0]])
    template = (ROOT / "template.yaml").read_text()
    for architecture in ARCHITECTURES:
        _dependencies(architecture, version)
        (TARGET / f"template-{architecture}.yaml").write_text(packaged(template, architecture))
    _python_package()
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in files(TARGET)]
    (TARGET / "SHA256SUMS").write_text("".join(sums))


def _dependencies(architecture: str, version: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        layer, name = Path(made), dependencies(architecture)
        makefile = ROOT / "layers/dependencies/Makefile"
        given = [f"ARTIFACTS_DIR={layer}", f"ARCHITECTURE={architecture}", f"UV={BIN / 'uv'}"]
        subprocess.run(["make", "-s", "-f", makefile, "build-DependenciesLayer", *given], check=True)
        stem = name.removesuffix(".zip")
        write_zip(TARGET / name, files(layer))
        (TARGET / f"{stem}.cdx.json").write_text(bill(layer, stem, version))
        (TARGET / f"{stem}.licences.txt").write_text(licences(layer))


def _python_package() -> None:
    """Built without a look at the network: what builds it is pinned in requirements/dev.txt."""
    build: list[str | Path] = [BIN / "uv", "build", "--quiet", "--no-build-isolation", "--python", sys.executable]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    subprocess.run([*build, "--out-dir", TARGET / "python", ROOT], check=True, env=environment)
    for path in (TARGET / "python").glob("*.tar.gz"):
        rewrite_tar(path)
    for path in (TARGET / "python").glob("*.whl"):
        rewrite_zip(path)
    (TARGET / "python" / ".gitignore").unlink(missing_ok=True)


if __name__ == "__main__":
    release()
