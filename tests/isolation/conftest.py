"""One cloud with four teams for the tests of a module; each test leaves it as it was."""

from collections.abc import Iterator

import pytest

from proofs.askers.matrix import OPTIONS, prepare
from proofs.isolation.actors import Actors
from proofs.isolation.teams import settle_in
from sandbox.cloud import running


@pytest.fixture(scope="module")
def actors() -> Iterator[Actors]:
    """Everybody who might try, in a cloud with four teams; shared since teams take seconds to come."""
    with running() as cloud:
        settle_in(cloud)
        yield Actors(cloud)


@pytest.fixture(scope="module")
def asking() -> Iterator[Actors]:
    """Everybody who might ask, in a cloud that listens to several accounts."""
    with running(OPTIONS) as cloud:
        found = Actors(cloud)
        prepare(found)
        yield found
