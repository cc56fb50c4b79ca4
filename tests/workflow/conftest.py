"""One cloud for the tests of a module; each test has teams of its own in it."""

from collections.abc import Iterator

import pytest

from sandbox.cloud import Cloud, Options, running


@pytest.fixture(scope="module")
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """A running cloud, shared since starting one takes seconds; a module's PARAMETERS say what the stack is deployed
    with.
    """
    parameters = getattr(request.module, "PARAMETERS", {})
    with running(Options(parameters=parameters)) as started:
        yield started


@pytest.fixture(autouse=True)
def _no_faults_left(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.faults.clear()
