"""Of many writers under one condition, one wins."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from moto.core.base_backend import BackendDict
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.models import dynamodb_backends

from sandbox.aws import services
from sandbox.aws.moto.installation import Delays
from sandbox.runtime.clock import Clock
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, REGION
from tests.sandbox.services_world import Namespaces

TABLE = "claims"


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    """Threads change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def _installed() -> Iterator[None]:
    services.install(Clock(), Delays(), Namespaces())
    yield
    services.uninstall()
    BackendDict.reset()


@pytest.mark.usefixtures("_hasty_threads", "_installed")
def test_a_claim_is_won_by_one_of_those_who_make_it_at_once() -> None:
    dynamodb = dynamodb_backends[CLUSTER_ACCOUNT][REGION]
    dynamodb.create_table(
        TABLE,
        schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        throughput=None,
        attr=[{"AttributeName": "id", "AttributeType": "S"}],
        global_indexes=None,
        indexes=None,
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )

    def wins(claim: tuple[int, int]) -> bool:
        team, me = claim
        try:
            dynamodb.update_item(
                TABLE,
                {"id": {"S": f"team/{team}"}},
                "SET holder = :me",
                {},
                {":me": {"S": str(me)}},
                condition_expression="attribute_not_exists(holder)",
            )
        except ConditionalCheckFailed:
            return False
        return True

    claims = [(team, me) for team in range(40) for me in range(8)]
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(wins, claims)) == 40
