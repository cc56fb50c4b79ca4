"""What `pip install` of this repository brings."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.cli.runs import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this repository, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "cli", "sandbox", "layers", "functions"):
        (source / name).symlink_to(ROOT / name)
    build = [sys.executable, "-c", "from setuptools.build_meta import build_wheel; build_wheel('..')"]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "installed")
    return folder / "installed"


def ran(installed: Path, module: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a module of the unpacked wheel, from a folder that has nothing to do with the repository."""
    program = f"import sys, runpy; sys.path.insert(0, {str(installed)!r}); sys.argv[0] = {module!r}; "
    program += f"runpy.run_module({module!r}, run_name='__main__')"
    return subprocess.run([sys.executable, "-c", program, *words], cwd=installed, capture_output=True, text=True)


def test_the_command_runs_from_what_was_installed_alone(installed: Path, tmp_path: Path) -> None:
    (entry,) = installed.glob("*.dist-info/entry_points.txt")
    assert "hyperpod-teams = cli.app:app" in entry.read_text()
    told = ran(installed, "cli.app", "--help")
    assert told.returncode == 0
    for command in ("apply", "doctor", "list", "plan", "remove", "replay", "show", "sweep", "undelivered", "watch"):
        assert f"\n  {command}" in told.stdout
    assert "\n  welcome" in told.stdout
    (tmp_path / "team.yaml").write_text("team: A\n")
    refused = ran(installed, "cli.app", "apply", str(tmp_path / "team.yaml"))
    assert (refused.returncode, "quota is missing: add it." in refused.stderr) == (2, True)


def test_the_sandbox_says_that_it_needs_a_checkout(installed: Path) -> None:
    refused = ran(installed, "sandbox.cli", "doctor")
    assert refused.returncode == 2
    assert refused.stderr.startswith("The sandbox runs from a checkout")


def test_what_it_needs_is_what_was_tested() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE)
    assert needed
    assert set(needed) <= set(locked)
