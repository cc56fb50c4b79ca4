"""One cloud for the tests of a module, as that module's OPTIONS say."""

from collections.abc import Iterator

import pytest

from sandbox.cloud import Cloud, Options, running


@pytest.fixture(scope="module")
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """A running cloud, shared since starting one takes seconds; each test has teams of its own in it."""
    with running(getattr(request.module, "OPTIONS", Options())) as started:
        yield started


@pytest.fixture(autouse=True)
def _no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "cloud" in request.fixturenames:
        request.getfixturevalue("cloud").faults.clear()
