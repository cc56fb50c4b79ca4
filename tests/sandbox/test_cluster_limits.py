"""LimitRanges, ResourceQuotas and NetworkPolicies, as the sandbox's Kubernetes takes and gives them."""

from typing import Any

import pytest

from sandbox.cluster.api.errors import ApiError
from sandbox.cluster.api.kinds import LIMIT_RANGE, NAMESPACE, NETWORK_POLICY, POD, RESOURCE_QUOTA, Kind
from sandbox.cluster.builtin.limits import check_quotas, default_requests
from sandbox.cluster.builtin.quantities import canonical, value
from sandbox.cluster.builtin.storage import Store
from sandbox.cluster.builtin.validation import check_object, read_object, set_defaults


@pytest.mark.parametrize(
    ("written", "given_back"),
    [
        # k8s.io/apimachinery, pkg/api/resource, quantity.go: the examples of its own documentation among them.
        ("1.5", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("3000", "3k"),
        ("1000000", "1M"),
        ("1024", "1024"),
        ("0", "0"),
        ("0Gi", "0"),
        (3000, "3k"),
        ("100m", "100m"),
        ("256Mi", "256Mi"),
        ("1500", "1500"),
    ],
)
def test_an_amount_has_one_form(written: object, given_back: str) -> None:
    assert canonical({"hard": {"pods": written}}) == {"hard": {"pods": given_back}}
    assert value(written) == value(given_back)


def test_what_is_no_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        value("many")


def store(kind: Kind, spec: dict[str, Any], *pods: str) -> Store:
    """A store with the namespace `team`, one object in it, and pods in these phases."""
    held = Store()
    held.create(NAMESPACE, {"metadata": {"name": "team"}})
    held.create(kind, {"metadata": {"name": "fence", "namespace": "team"}, "spec": spec})
    for number, phase in enumerate(pods):
        held.create(POD, {"metadata": {"name": f"pod-{number}", "namespace": "team"}, "status": {"phase": phase}})
    return held


def test_a_quota_counts_what_has_not_ended() -> None:
    new = {"metadata": {"name": "new", "namespace": "team"}}
    hard = {"hard": {"pods": "2"}}
    check_quotas(store(RESOURCE_QUOTA, hard, "Running", "Succeeded", "Failed"), POD, "team", new)
    with pytest.raises(ApiError) as refused:
        check_quotas(store(RESOURCE_QUOTA, hard, "Running", "Pending"), POD, "team", new)
    assert refused.value.code == 403
    assert refused.value.message == (
        'pods "new" is forbidden: exceeded quota: fence, requested: pods=1, used: pods=2, limited: pods=2'
    )


def test_a_limit_range_of_containers_fills_in_what_each_asks_for() -> None:
    limits = {
        "limits": [{"type": "Container", "defaultRequest": {"cpu": "100m"}}, {"type": "Pod", "max": {"cpu": "1"}}]
    }
    pod: dict[str, Any] = {"spec": {"initContainers": [{}], "containers": [{"resources": {"limits": {"cpu": "3"}}}]}}
    default_requests(store(LIMIT_RANGE, limits), "team", pod)
    asked = [each["resources"]["requests"] for each in (*pod["spec"]["initContainers"], *pod["spec"]["containers"])]
    assert asked == [{"cpu": "100m"}, {"cpu": "3"}]


@pytest.mark.parametrize(
    ("cidr", "part", "taken"),
    [
        ("0.0.0.0/0", "169.254.169.254/32", True),
        ("::/0", "fd00:ec2::254/128", True),
        ("0.0.0.0/0", "fd00:ec2::254/128", False),
        ("10.0.0.0/16", "10.0.0.0/16", False),
        ("10.0.0.0/16", "10.1.0.0/24", False),
    ],
)
def test_what_is_taken_out_of_a_block_lies_in_it(cidr: str, part: str, taken: bool) -> None:
    rule = {"to": [{"podSelector": {}}, {"ipBlock": {"cidr": cidr, "except": [part]}}]}
    document = {"metadata": {"name": "fence"}, "spec": {"podSelector": {}, "egress": [rule]}}
    policy = read_object(NETWORK_POLICY, "team", document)
    set_defaults(NETWORK_POLICY, policy)
    if taken:
        check_object(NETWORK_POLICY, policy)
        return
    with pytest.raises(ApiError, match=r"spec.egress\[0\].to\[1\].ipBlock.except\[0\]: Invalid value"):
        check_object(NETWORK_POLICY, policy)
