"""A temporary folder of a run's own; a cloud for those who type `hyperpod-teams`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud import Cloud, running
from tests.cli.typing_teams import at_hand


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a run puts its temporary files; empty when it has ended."""
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def started() -> Iterator[Cloud]:
    """A running cloud, for a module."""
    with running() as cloud:
        yield cloud


@pytest.fixture
def cloud(started: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """The module's cloud, with its operator's credentials and Region at hand."""
    at_hand(started, monkeypatch, tmp_path / "config")
    yield started
    started.faults.clear()
    started.settle()
