"""Types `hyperpod-teams` as an operator would, against a running sandbox, in this process."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.app import app
from sandbox.aws.gateway.operators import operator
from sandbox.cloud import Cloud
from sandbox.scenery import accounts


@dataclass(frozen=True)
class Typed:
    """What came of a command."""

    status: int
    output: str
    """Standard output."""
    errors: str
    """Standard error."""

    @property
    def json(self) -> Any:
        """Standard output, which is one JSON value."""
        return json.loads(self.output)


def environment(cloud: Cloud, keys: dict[str, str] | None = None) -> dict[str, str]:
    """What leads an AWS SDK to the sandbox, as its operator or by the given keys."""
    given = keys or operator(accounts.CLUSTER_ACCOUNT)
    names = {name.upper(): value for name, value in given.items()}
    return {**cloud.endpoints, **names, "AWS_REGION": accounts.REGION, "AWS_DEFAULT_REGION": accounts.REGION}


def typed(*arguments: str | Path, keys: str | None = None) -> Typed:
    """Types it; `keys` answers what is asked."""
    result = CliRunner().invoke(app, [str(each) for each in arguments], input=keys)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Typed(result.exit_code, result.stdout, result.stderr)


def at_hand(cloud: Cloud, patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Credentials and Region are at hand, no config file; and the sandbox's time passes while a command waits."""
    for name, value in environment(cloud).items():
        patch.setenv(name, value)
    patch.setenv("XDG_CONFIG_HOME", str(folder))
    patch.setattr("cli.executions.pause", cloud.clock.sleep)


def written(folder: Path, *details: dict[str, Any]) -> Path:
    """A folder with a JSON file of each team."""
    folder.mkdir(exist_ok=True)
    for detail in details:
        (folder / f"{detail['team']}.json").write_text(json.dumps(detail))
    return folder
