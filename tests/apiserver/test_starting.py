"""Starting and stopping leave nothing behind."""

import socket
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.cluster.server import Identity, start


def nobody(token: str) -> Identity | None:
    return None


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which temporary files are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def accepts_connections(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname or "", parts.port or 0)) == 0


def test_a_stopped_server_leaves_no_port_and_no_file(files: Path) -> None:
    api = start(nobody)
    assert list(files.iterdir())
    assert accepts_connections(api.endpoint)
    api.stop()
    assert not list(files.iterdir())
    assert not accepts_connections(api.endpoint)


def test_a_control_plane_that_does_not_come_up_is_an_error_and_leaves_no_file(
    files: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = tmp_path_factory.mktemp("assets")
    for program in ("etcd", "kube-apiserver"):
        (assets / program).write_text("#!/bin/sh\necho out of order\nexit 1\n")
        (assets / program).chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    with pytest.raises(RuntimeError, match="out of order"):
        start(nobody)
    assert not list(files.iterdir())
    (assets / "kube-apiserver").unlink()
    with pytest.raises(RuntimeError, match="kube-apiserver"):
        start(nobody)
    assert not list(files.iterdir())
