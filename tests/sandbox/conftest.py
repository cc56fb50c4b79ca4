"""moto's server on a free port, empty, for one test."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from sandbox.aws.moto import server
from sandbox.runtime.processes import Processes
from tests.sandbox.engine_server import CREDENTIALS, REGION


@pytest.fixture
def endpoint() -> Iterator[str]:
    """The server's address."""
    _empty()
    running = server.start()
    yield running.url
    running.stop()
    _empty()


def _empty() -> None:
    BackendDict.reset()
    reset_model_data()


@pytest.fixture
def client(endpoint: str) -> Callable[[str], Any]:
    """boto3 clients of the server, by service."""
    session: Any = boto3.session.Session(region_name=REGION)
    return lambda service: session.client(service, endpoint_url=endpoint, **CREDENTIALS)


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    """What starts the functions' processes."""
    made = Processes()
    yield made
    made.stop()
