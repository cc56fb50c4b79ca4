"""The Kubernetes token of a function: as old as the wall clock says, and made anew where it is not taken."""

import base64
import json
import time
from typing import Any

import boto3
import pytest

from onboarding import cluster as module
from onboarding import errors
from onboarding.cluster import Cluster

PATH = "/api/v1/namespaces/hyperpod-ns-vision"


class Answer:
    """One HTTP answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status, self.reason, self.data = status, "Reason", json.dumps(body).encode()


FOUND, UNKNOWN = Answer(200, {"kind": "Namespace"}), Answer(401, {"message": "Unauthorized"})


class Api:
    """Answers in turn, the last for ever, and remembers with which token it was asked."""

    def __init__(self) -> None:
        self.answers, self.tokens = [FOUND], list[str]()

    def request(self, *_: Any, headers: dict[str, str], **__: Any) -> Answer:
        self.tokens.append(headers["Authorization"])
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Accounts:
    """The cluster's own account."""

    stack = "hyperpod-onboarding"

    def client(self, service: str) -> Any:
        return self if service == "eks" else boto3.client("sts", region_name="us-west-2")

    def describe_cluster(self, name: str) -> dict[str, Any]:
        authority = base64.b64encode(b"authority").decode()
        return {"cluster": {"endpoint": "https://cluster", "certificateAuthority": {"data": authority}}}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The wall clock; the monotonic one stands still, as while a function is frozen."""
    now = [1_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return now


@pytest.fixture
def api(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> Api:
    made = Api()
    monkeypatch.setattr(module, "PoolManager", lambda **_: made)
    # Each signature of the same second would be the same.
    count = iter(range(100))
    monkeypatch.setattr("onboarding.cluster.new_token", lambda sts, cluster: f"token-{next(count)}")
    return made


@pytest.fixture
def cluster(api: Api) -> Cluster:
    accounts: Any = Accounts()
    return Cluster(accounts, "research-eks")


@pytest.mark.parametrize(("seconds", "tokens"), [(0, 1), (599, 1), (601, 2), (86_400, 2), (-60, 2)])
def test_a_token_is_kept_for_ten_minutes_of_the_wall_clock(
    cluster: Cluster, api: Api, clock: list[float], seconds: float, tokens: int
) -> None:
    cluster.get(PATH)
    clock[0] += seconds
    cluster.get(PATH)
    assert len(set(api.tokens)) == tokens


def test_a_token_that_the_cluster_does_not_take_is_made_anew_and_tried_at_once(cluster: Cluster, api: Api) -> None:
    api.answers = [FOUND, UNKNOWN, FOUND]
    cluster.get(PATH)
    assert cluster.get(PATH) == {"kind": "Namespace"}
    assert api.tokens == ["Bearer token-0", "Bearer token-0", "Bearer token-1"]


def test_a_caller_whom_the_cluster_does_not_know_yet_is_waited_for(cluster: Cluster, api: Api) -> None:
    api.answers = [UNKNOWN]
    with pytest.raises(errors.NotYetVisible, match=f"GET {PATH} was refused with 401: Unauthorized"):
        cluster.get(PATH)
    assert api.tokens == ["Bearer token-0", "Bearer token-1"]


def test_who_is_known_and_may_not_is_refused_for_good(cluster: Cluster, api: Api) -> None:
    api.answers = [Answer(403, {"message": "forbidden"})]
    with pytest.raises(errors.AccessDenied):
        cluster.get(PATH)
