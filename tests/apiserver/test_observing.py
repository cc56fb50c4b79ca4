"""Hooks see every call, and can answer in the server's stead before or after its effect."""

import json
from typing import Any

import kubernetes
import pytest
from kubernetes.client.exceptions import ApiException

from sandbox.cluster.server import Response
from tests.apiserver.cluster import Cluster

# The client takes dictionaries for bodies; its types do not.
client: Any = kubernetes.client


def test_a_call_is_seen_with_who_made_it_and_how_it_ended(cluster: Cluster) -> None:
    space = cluster.namespace()
    name, api = cluster.user("team-x")
    api.user_agent = "onboarding/1"
    with pytest.raises(ApiException):
        client.CoreV1Api(api).read_namespaced_service_account("s", space)
    [(call, status)] = [(call, status) for call, status in cluster.recorder.calls if call.identity.username == name]
    assert (call.verb, call.group, call.resource, call.namespace, call.name) == (
        "get",
        "",
        "serviceaccounts",
        space,
        "s",
    )
    assert call.identity.groups == ("team-x", "system:authenticated")
    assert (call.user_agent, status) == ("onboarding/1", 403)


def test_an_answer_before_leaves_no_effect(cluster: Cluster) -> None:
    space = cluster.namespace()
    name, api = cluster.user("system:masters")
    cluster.recorder.instead[name] = Response(429, "TooManyRequests", "slow down")
    with pytest.raises(ApiException) as caught:
        client.CoreV1Api(api).create_namespaced_service_account(space, {"metadata": {"name": "s"}})
    body = json.loads(caught.value.body or "")
    assert (caught.value.status, body["reason"], body["message"]) == (429, "TooManyRequests", "slow down")
    assert f"ServiceAccount/{space}/s" not in cluster.api.snapshot()


def test_an_answer_after_leaves_the_effect(cluster: Cluster) -> None:
    space = cluster.namespace()
    name, api = cluster.user("system:masters")
    cluster.recorder.afterwards[name] = Response(504, "Timeout", "request timed out")
    with pytest.raises(ApiException) as caught:
        client.CoreV1Api(api).create_namespaced_service_account(space, {"metadata": {"name": "s"}})
    assert caught.value.status == 504
    assert f"ServiceAccount/{space}/s" in cluster.api.snapshot()


def test_a_snapshot_and_discovery_are_no_calls(cluster: Cluster) -> None:
    name, api = cluster.user()
    before = len(cluster.recorder.calls)
    cluster.api.snapshot()
    client.VersionApi(api).get_code()
    client.CoreV1Api(api).get_api_resources()
    assert [call for call, _ in cluster.recorder.calls if call.identity.username == name] == []
    assert len(cluster.recorder.calls) == before
