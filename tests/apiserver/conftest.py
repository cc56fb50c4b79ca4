"""One API server for all tests of this folder; each test has namespaces and users of its own."""

from collections.abc import Iterator

import pytest

from sandbox.cluster.server import Identity, start
from sandbox.runtime.clock import Clock
from tests.apiserver.cluster import Cluster, Recorder


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    tokens: dict[str, Identity] = {}
    recorder = Recorder()
    clock = Clock()
    api = start(tokens.get, recorder, clock=clock)
    authority = tmp_path_factory.mktemp("cluster") / "ca.crt"
    authority.write_text(api.certificate_authority)
    try:
        yield Cluster(api, tokens, recorder, authority)
    finally:
        clock.stop()
        api.stop()
