"""What a fence comes to, by what the stack's parameters and an administrator say."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from onboarding.fence import NO_FENCE, Fence, stack_fence
from onboarding.kubernetes_object import ObjectState
from onboarding.resource import Context
from onboarding.team_fence import fence_of
from quota_namespace.fence import fence
from quota_namespace.pod_security import PodSecurityState
from tests.unit.given import SETTINGS, context, request


def parts(stack: Fence, **said: Any) -> dict[str, Any]:
    """What stands in the namespace, by kind."""
    here = context()
    there = Context(here.team, replace(SETTINGS, fence=stack), here.accounts)
    found: dict[str, Any] = {}
    for resource, state in fence(request(fence=said), there):
        if isinstance(state, PodSecurityState):
            found["levels"] = state.labels
        elif isinstance(state, ObjectState):
            found[resource.identity()["object_kind"]] = state.fields["spec"]
    return found


def test_a_stack_that_says_nothing_makes_nothing() -> None:
    assert parts(NO_FENCE) == {}
    assert stack_fence({}) == NO_FENCE
    empty = dict.fromkeys(
        ("POD_SECURITY_ENFORCE", "NETWORK_FENCE", "FENCE_NAMESPACES", "POD_CIDRS", "DEFAULT_CPU", "MOST_PODS"), ""
    )
    assert stack_fence(empty) == NO_FENCE


def test_the_variables_of_the_template_say_what_the_stack_wants() -> None:
    variables = {
        "POD_SECURITY_WARN": "baseline",
        "POD_SECURITY_VERSION": "v1.33",
        "NETWORK_FENCE": "true",
        "FENCE_NAMESPACES": "aws-hyperpod,monitoring",
        "MOST_LOAD_BALANCERS": "0",
    }
    wanted = stack_fence(variables)
    assert wanted == Fence(
        warn="baseline",
        version="v1.33",
        network=True,
        ingress_namespaces=("aws-hyperpod", "monitoring"),
        load_balancers=0,
    )
    found = parts(wanted)
    assert found["levels"] == {"warn": "baseline", "warn-version": "v1.33"}
    assert found["ResourceQuota"] == {"hard": {"services.loadbalancers": "0", "services.nodeports": "0"}}
    assert "LimitRange" not in found


def test_pods_addresses_are_taken_out_of_the_block_of_their_kind_and_names_stay_within_reach() -> None:
    policy = parts(Fence(network=True, pod_cidrs=("100.64.0.0/16", "2600:1f14::/56")))["NetworkPolicy"]
    own, addresses = policy["egress"]
    assert [each["ipBlock"]["except"] for each in addresses["to"]] == [
        ["169.254.169.254/32", "100.64.0.0/16"],
        ["fd00:ec2::254/128", "2600:1f14::/56"],
    ]
    (selected,) = own["to"][1]["namespaceSelector"]["matchExpressions"]
    assert selected["values"] == ["kube-system"]
    assert policy["ingress"] == [{"from": [{"podSelector": {}}]}]


def test_what_is_said_of_a_team_takes_the_place_of_what_the_stack_says_and_nothing_else() -> None:
    stack = Fence(enforce="baseline", network=True, ingress_namespaces=("aws-hyperpod",), pods=3000, claims=100)
    asked = request(fence={"enforce": "privileged", "ingressNamespaces": [], "claims": 0})
    here = context()
    found = fence_of(asked, Context(here.team, replace(SETTINGS, fence=stack), here.accounts))
    assert found == replace(stack, enforce="privileged", ingress_namespaces=(), claims=0)


@pytest.mark.parametrize(
    ("count", "written"), [(1, "1"), (3000, "3k"), (1500, "1500"), (100_000, "100k"), (20_000, "20k")]
)
def test_a_count_is_written_as_kubernetes_gives_it_back(count: int, written: str) -> None:
    assert parts(NO_FENCE, pods=count)["ResourceQuota"] == {"hard": {"pods": written}}


@pytest.mark.parametrize(
    "said",
    [
        {"enforce": "none"},
        {"cpu": "1000m"},
        {"cpu": "0.5"},
        {"memory": "1024Mi"},
        {"memory": "1G"},
        {"pods": 0},
        {"claims": -1},
        {"podCidrs": ["10.0.0.0/8"]},
        {"ingressNamespaces": ["Monitoring"]},
        {"ingressNamespaces": ["a", "a"]},
        {"network": "no"},
    ],
)
def test_what_could_not_be_compared_or_is_the_stacks_alone_to_say_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        request(fence=said)
