"""A temporary folder of a run's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a run puts its temporary files; empty when it has ended."""
    yield tmp_path
    assert list(tmp_path.iterdir()) == []
