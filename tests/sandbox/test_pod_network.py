"""Who reaches whom in the sandbox: by the policies of both namespaces, and by what the nodes keep to."""

from typing import Any

import pytest

from sandbox.cluster.nodes.network import Network, answer, gives_credentials

Object = dict[str, Any]
OWN: Object = {"podSelector": {}}
ALL_BUT = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}
PODS_TOO = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32", "10.1.0.0/16"]}}


def named(*names: str) -> Object:
    expression = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(names)}
    return {"namespaceSelector": {"matchExpressions": [expression]}}


def policy(**rules: Any) -> Object:
    both = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return {**both, "ingress": [{"from": rules["ingress"]}], "egress": [{"to": rules["egress"]}]}


FENCE = policy(ingress=[OWN], egress=[OWN, ALL_BUT])


def cluster(**policies: Object) -> dict[str, Any]:
    """Three namespaces, with these policies in them."""
    found: dict[str, Any] = {f"Namespace/{name}": {"metadata": {"name": name}} for name in ("a", "b", "c")}
    for name, spec in policies.items():
        metadata = {"namespace": name[0], "name": name}
        found[f"NetworkPolicy/{name[0]}/{name}"] = {"metadata": metadata, "spec": spec}
    return found


@pytest.mark.parametrize(
    ("policies", "answered"),
    [
        ({}, "answers"),
        ({"a": FENCE}, "answers"),
        ({"b": FENCE}, "silence"),
        ({"a": policy(ingress=[OWN], egress=[OWN, PODS_TOO])}, "silence"),
        ({"b": policy(ingress=[named("a")], egress=[OWN])}, "answers"),
        ({"b": policy(ingress=[named("c")], egress=[OWN])}, "silence"),
        ({"a": policy(ingress=[], egress=[named("b")]), "b": policy(ingress=[named("a")], egress=[])}, "answers"),
        ({"b": FENCE, "b-more": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}}, "answers"),
        ({"b": {"podSelector": {"matchLabels": {"app": "x"}}, "policyTypes": ["Ingress"]}}, "answers"),
    ],
    ids=[
        "no policies", "the sender's fence alone", "its own fence", "the sender's, which knows pods' addresses",
        "it lets the sender in", "it lets another in", "both name each other", "policies add up", "another pod's",
    ],
)  # fmt: skip
def test_a_neighbours_service_is_reached_where_both_sides_let_it_be(policies: dict[str, Object], answered: str) -> None:
    seen = Network().seen_from("a", {}, cluster(**policies))
    assert answer(seen, "canary.b.svc", 8080) == answered
    assert answer(Network(enforces=False).seen_from("a", {}, cluster(**policies)), "canary.b.svc", 8080) == "answers"


def test_its_own_service_is_reached_within_the_fence() -> None:
    assert answer(Network().seen_from("a", {}, cluster(a=FENCE)), "canary.a.svc", 8080) == "answers"


@pytest.mark.parametrize(
    ("host", "port", "serving"),
    [
        ("other.b.svc", 8080, True),
        ("canary.b.svc", 80, True),
        ("canary.z.svc", 8080, True),
        ("canary.b.svc", 8080, False),
    ],
    ids=["another name", "another port", "another namespace", "nothing behind it"],
)
def test_what_is_not_there_refuses_whoever_asks(host: str, port: int, serving: bool) -> None:
    assert answer(Network(serving=serving).seen_from("a", {}, cluster(b=FENCE)), host, port) == "refusal"


@pytest.mark.parametrize("fenced", [False, True])
@pytest.mark.parametrize("enforces", [False, True])
@pytest.mark.parametrize("hop_limit", [1, 2])
@pytest.mark.parametrize("tokens", ["optional", "required"])
def test_the_nodes_credentials_are_to_be_had_past_no_fence_and_with_or_without_a_token(
    fenced: bool, enforces: bool, hop_limit: int, tokens: Any
) -> None:
    network = Network(enforces=enforces, hop_limit=hop_limit, tokens=tokens)
    seen = network.seen_from("a", {}, cluster(**({"a": FENCE} if fenced else {})))
    kept_out = (fenced and enforces) or (hop_limit == 1 and tokens == "required")
    assert gives_credentials(seen) is not kept_out
