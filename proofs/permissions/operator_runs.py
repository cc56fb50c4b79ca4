"""Runs of all that people do by `hyperpod-teams`, each as who may: no right of theirs is unused, none is missing."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from typer.testing import CliRunner

from cli import executions
from cli.app import app
from proofs.permissions.people import OPERATOR, READER, keys_of, policies_of
from proofs.permissions.teams import detail
from sandbox.cloud import Cloud
from sandbox.scenery import accounts
from sandbox.scenery.step_failures import failing
from sandbox.scenery.undelivered import bury

_KEPT: Final = "kept"


def operate(cloud: Cloud) -> None:
    """An operator types every command, with one team that fails; a reader looks at what came of it.

    Raises RuntimeError where a command ends otherwise than it should.
    """
    bury(cloud, detail("late", datasets=[]))
    with tempfile.TemporaryDirectory() as folder, patch.object(executions, "pause", cloud.clock.sleep):
        operator = _variables(cloud, keys_of(cloud, OPERATOR, policies_of(OPERATOR)), folder)
        files = _written(Path(folder) / "teams", _KEPT, "left")
        many = Path(folder) / "many.jsonl"
        many.write_text(json.dumps(detail("of-many", datasets=[])))
        _typed(operator, "plan", files, status=2)
        applied = json.loads(_typed(operator, "apply", files, "--json"))
        _typed(operator, "manifest", many)
        for words in (["doctor", files], ["list"], ["show", _KEPT], ["welcome", _KEPT], ["replay", _KEPT]):
            _typed(operator, *words)
        _typed(operator, "watch", applied[0]["execution"])
        _typed(operator, "undelivered", status=1)
        _typed(operator, "undelivered", "--put-back")
        cloud.settle()
        _typed(operator, "sweep")
        cloud.faults.add(failing("pod_identity"))
        (failed,) = json.loads(_typed(operator, "apply", _written(Path(folder) / "ill", "ill"), "--json", status=1))
        cloud.faults.clear()
        reader = _variables(cloud, keys_of(cloud, READER, policies_of(READER)), folder)
        for words in (["list"], ["show", _KEPT], ["show", _KEPT, "--file"], ["welcome", _KEPT]):
            _typed(reader, *words)
        _typed(reader, "watch", failed["execution"], status=1)
        cloud.settle()
        for team in (_KEPT, "late", "left", "of-many"):
            _typed(operator, "remove", team, "--yes")


def _variables(cloud: Cloud, keys: Mapping[str, str], folder: str) -> dict[str, str | None]:
    return {
        **cloud.endpoints,
        **{name.upper(): value for name, value in keys.items()},
        "AWS_PROFILE": None,
        "AWS_DEFAULT_REGION": accounts.REGION,
        "AWS_REGION": accounts.REGION,
        "HYPERPOD_TEAMS_STACK": accounts.STACK,
        "XDG_CONFIG_HOME": folder,
    }


def _typed(variables: Mapping[str, str | None], *words: Any, status: int = 0) -> str:
    """Types a command in this process; its output."""
    ended = CliRunner().invoke(app, [str(word) for word in words], env=variables)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    if ended.exit_code != status:
        said = f"{ended.stdout}{ended.stderr}"
        raise RuntimeError(f"{' '.join(map(str, words))} ended with {ended.exit_code}, not {status}: {said}")
    return ended.stdout


def _written(folder: Path, *teams: str) -> Path:
    folder.mkdir()
    for team in teams:
        (folder / f"{team}.json").write_text(json.dumps(detail(team, datasets=[])))
    return folder
