"""Many teams at once against little concurrency and APIs that throttle: all end, none lost, none twice."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

from sandbox.clock import Clock
from sandbox.cloud import Cloud, Execution, Options
from sandbox.gateway import Call, Fault, Kind
from tests.faults.runs import CREATED, FULL, all_of, said_of
from tests.workflow.teams import IMAGES, LABELS, outcome, small

TEAMS = 200 if FULL else 24

# Functions take their real time, here several times what they take in AWS: so the clock is slow too.
OPTIONS = Options(speed=2.0 if FULL else 4.0, concurrency=10)

LIMITS = {"iam": (3.0, 5.0), "eks": (3.0, 5.0), "sagemaker": (3.0, 5.0)}
"""Calls that a service takes in a sandbox second, and at once after a rest."""


@dataclass
class TokenBucket:
    """How AWS throttles: each call takes a token, and tokens come back at a rate."""

    clock: Clock
    rate: float
    burst: float
    refused: int = 0
    _tokens: float = field(init=False)
    _filled: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._tokens, self._filled = self.burst, self.clock.now()

    def empty(self) -> bool:
        """Takes a token; whether there was none."""
        with self._lock:
            now = self.clock.now()
            self._tokens = min(self.burst, self._tokens + (now - self._filled) * self.rate)
            self._filled = now
            if self._tokens < 1:
                self.refused += 1
                return True
            self._tokens -= 1
            return False


@pytest.fixture(scope="module")
def buckets(cloud: Cloud) -> dict[str, TokenBucket]:
    """The throttled services, each with a bucket of its own."""
    found = {service: TokenBucket(cloud.clock, *limits) for service, limits in LIMITS.items()}

    def throttles(call: Call) -> bool:
        return call.function is not None and call.service in found and found[call.service].empty()

    cloud.faults.add(Fault(throttles, Kind.THROTTLE, times=None))
    return found


@pytest.fixture(scope="module")
def executions(cloud: Cloud, buckets: dict[str, TokenBucket]) -> list[Execution]:
    """All teams onboarded at once."""
    begun = time.monotonic()
    datasets: tuple[list[dict[str, str]], ...] = ([IMAGES], [LABELS], [])
    ended = all_of(cloud, *((CREATED, small(f"team-{n}", datasets=datasets[n % 3])) for n in range(TEAMS)))
    cloud.settle()
    taken = time.monotonic() - begun
    refused = sum(1 for e in cloud.calls.entries(service="lambda", operation="Invoke") if e.status == 429)
    print(  # noqa: T201  # the measured figures, for who asks with -s
        f"{TEAMS} teams in {taken:.0f} s, {len(cloud.calls.entries()):,} calls; refused: {refused:,} invocations, "
        + ", ".join(f"{bucket.refused:,} of {service}" for service, bucket in buckets.items())
    )
    return ended


def test_every_team_is_onboarded(executions: list[Execution]) -> None:
    failures = [(execution.error, execution.cause) for execution in executions if execution.status != "SUCCEEDED"]
    assert failures == []
    assert Counter(outcome(execution) for execution in executions) == {"onboarded": TEAMS}


@pytest.mark.usefixtures("executions")
def test_concurrency_and_apis_were_the_bottleneck(cloud: Cloud, buckets: dict[str, TokenBucket]) -> None:
    answers = Counter(e.error for e in cloud.calls.entries(service="lambda", operation="Invoke"))
    assert answers["TooManyRequestsException"] > TEAMS
    assert all(bucket.refused > 0 for bucket in buckets.values())


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
