"""One cloud for the tests of a module; each test has teams of its own in it."""

from collections.abc import Iterator

import pytest

from sandbox.cloud import Cloud, Options, running


@pytest.fixture(scope="module")
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """A running cloud, shared since starting one takes seconds; a module's SPEED says how fast its clock runs, and its
    PARAMETERS what the stack is deployed with.

    An execution's time-out runs on that clock too: much faster, and a busy machine would not be done in time.
    """
    parameters = getattr(request.module, "PARAMETERS", {})
    with running(Options(speed=getattr(request.module, "SPEED", 100.0), parameters=parameters)) as started:
        yield started


@pytest.fixture(autouse=True)
def _no_faults_left(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.faults.clear()
