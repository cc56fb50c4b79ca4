"""One cloud with four teams for the tests of a module; each test leaves it as it was."""

from collections.abc import Iterator

import pytest

from sandbox.cloud import running
from sandbox.matrix.actors import Actors
from sandbox.matrix.teams import settle_in


@pytest.fixture(scope="module")
def actors() -> Iterator[Actors]:
    """Everybody who might try, in a cloud with four teams; shared since teams take seconds to come."""
    with running() as cloud:
        settle_in(cloud)
        yield Actors(cloud)
