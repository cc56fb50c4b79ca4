"""Many teams at once against little concurrency and APIs that throttle: all end, none lost, none twice."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import pytest

from proofs.bulk.measure import roles_for, scientists_role
from sandbox.cloud import Cloud, Execution, Options
from sandbox.runtime.call_log import Call
from sandbox.runtime.clock import Clock
from sandbox.runtime.faults import Fault, Kind
from sandbox.runtime.virtual_clock import VirtualClock
from tests.faults.runs import CREATED, FULL, all_of, said_of
from tests.workflow.teams import IMAGES, LABELS, outcome, small

TEAMS = 200 if FULL else 24

# Functions take their real time, here several times what they take in AWS: so the clock is slow too.
OPTIONS = Options(make_clock=partial(Clock, 1.0) if FULL else VirtualClock, concurrency=10, scientists=roles_for(TEAMS))

RATE, BURST = (2.0, 4.0) if FULL else (0.5, 2.0)
"""Calls that one API takes in a sandbox second, and at once after a rest."""

THROTTLED = ("iam", "eks", "sagemaker")


@dataclass
class TokenBucket:
    """Each call takes a token, and tokens come back at a rate."""

    clock: Clock
    refused: int = 0
    _tokens: float = BURST
    _filled: float = field(init=False)

    def __post_init__(self) -> None:
        self._filled = self.clock.now()

    def empty(self) -> bool:
        """Takes a token; whether there was none."""
        now = self.clock.now()
        self._tokens = min(BURST, self._tokens + (now - self._filled) * RATE)
        self._filled = now
        if self._tokens < 1:
            self.refused += 1
            return True
        self._tokens -= 1
        return False


class Throttling:
    """How AWS throttles: each API of an account has a token bucket (AWS Security Blog, "How to monitor and query IAM
    resources at scale, part 2").
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], TokenBucket] = {}
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> bool:
        if call.function is None or call.service not in THROTTLED:
            return False
        with self._lock:
            key = (call.service, call.account, call.operation)
            return self._buckets.setdefault(key, TokenBucket(self._clock)).empty()

    def refused(self) -> Counter[str]:
        """Calls refused, by service."""
        with self._lock:
            return sum((Counter({key[0]: bucket.refused}) for key, bucket in self._buckets.items()), Counter())


@pytest.fixture(scope="module")
def throttling(cloud: Cloud) -> Throttling:
    """Throttles the functions' calls from now on."""
    throttles = Throttling(cloud.clock)
    cloud.faults.add(Fault(throttles, Kind.THROTTLE, times=None))
    return throttles


@pytest.fixture(scope="module")
def executions(cloud: Cloud, throttling: Throttling) -> list[Execution]:
    """All teams onboarded at once."""
    begun = time.monotonic()
    datasets: tuple[list[dict[str, str]], ...] = ([IMAGES], [LABELS], [])
    teams = (
        small(f"team-{n}", datasets=datasets[n % 3], dataScientistRoleArn=scientists_role(n, TEAMS))
        for n in range(TEAMS)
    )
    ended = all_of(cloud, *((CREATED, team) for team in teams))
    cloud.settle()
    taken = time.monotonic() - begun
    calls = [entry for entry in cloud.calls.entries() if entry.call.principal != "operator"]
    refused = sum(entry.call.operation == "Invoke" and entry.status == 429 for entry in calls)
    print(  # noqa: T201  # the measured figures, for who asks with -s
        f"{TEAMS} teams in {taken:.0f} s, {len(calls):,} calls; refused: {refused:,} invocations, "
        + ", ".join(f"{count:,} of {service}" for service, count in throttling.refused().items())
    )
    return ended


def test_every_team_is_onboarded(executions: list[Execution]) -> None:
    failures = [(execution.error, execution.cause) for execution in executions if execution.status != "SUCCEEDED"]
    assert failures == []
    assert Counter(outcome(execution) for execution in executions) == {"onboarded": TEAMS}


@pytest.mark.usefixtures("executions")
def test_concurrency_and_apis_were_the_bottleneck(cloud: Cloud, throttling: Throttling) -> None:
    answers = Counter(e.error for e in cloud.calls.entries(service="lambda", operation="Invoke"))
    assert answers["TooManyRequestsException"] > TEAMS
    assert set(throttling.refused()) == set(THROTTLED)


@pytest.mark.usefixtures("executions")
def test_every_team_is_announced_once(cloud: Cloud) -> None:
    for n in range(TEAMS):
        assert [kind for kind, _ in said_of(cloud, f"team-{n}")] == ["Team Onboarded"]


@pytest.mark.usefixtures("executions")
def test_the_registry_knows_every_team_and_who_shares_what(cloud: Cloud) -> None:
    registry = cloud.registry()
    teams = {key for key, item in registry.items() if key.startswith("team/") and item["status"]["S"] == "active"}
    assert teams == {f"team/team-{n}" for n in range(TEAMS)}
    for place, dataset in enumerate((IMAGES, LABELS)):
        bucket = registry[f"bucket/{dataset['bucket']}"]
        assert "holder" not in bucket
        assert set(bucket["teams"]["SS"]) == {f"team-{n}" for n in range(place, TEAMS, 3)}
