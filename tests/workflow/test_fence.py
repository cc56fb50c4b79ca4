"""The fence around a team's namespace: looser and stricter, in a namespace that was there before, and gone again."""

from typing import Any

import pytest
from kubernetes.client import ApiException, CoreV1Api

from onboarding import names
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery.administrator import console_quota
from tests.faults.runs import offboarded
from tests.workflow.teams import outcome, small

LEVEL = "pod-security.kubernetes.io"


def labels_of(cloud: Cloud, team: str) -> dict[str, str]:
    """Labels of the team's namespace about Pod Security."""
    found: dict[str, str] = cloud.snapshot()["kubernetes"][f"Namespace/{names.namespace(team)}"]["metadata"]["labels"]
    return {key.removeprefix(f"{LEVEL}/"): value for key, value in found.items() if key.startswith(LEVEL)}


def part(cloud: Cloud, team: str, kind: str) -> dict[str, Any] | None:
    """What is said in a part of the team's fence."""
    found = cloud.snapshot()["kubernetes"].get(f"{kind}/{names.namespace(team)}/{names.FENCE}")
    return None if found is None else found["spec"]


def hardened(cloud: Cloud, team: str) -> None:
    """Whoever made the quota has seen to the namespace as well."""
    console_quota(cloud, team)
    levels = {f"{LEVEL}/enforce": "restricted", f"{LEVEL}/audit": "restricted"}
    CoreV1Api(cloud.kubernetes.admin()).patch_namespace(names.namespace(team), {"metadata": {"labels": levels}})


def test_levels_that_were_there_are_left_alone_or_given_back(cloud: Cloud) -> None:
    hardened(cloud, "strict")
    before = cloud.snapshot()
    assert outcome(cloud.onboard(small("strict", datasets=[]))) == "onboarded"
    ours = {"audit": "baseline", "audit-version": "latest", "warn": "baseline", "warn-version": "latest"}
    assert labels_of(cloud, "strict") == {"enforce": "restricted", **ours}
    event = small("strict", datasets=[], fence={"enforce": "privileged"})
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert labels_of(cloud, "strict") == {"enforce": "privileged", "enforce-version": "latest", **ours}
    assert outcome(cloud.onboard(small("strict", datasets=[]))) == "onboarded"
    assert labels_of(cloud, "strict") == {"enforce": "restricted", **ours}
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert outcome(offboarded(cloud, "strict")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


@pytest.mark.parametrize("known", [False, True], ids=["new", "onboarded"])
def test_a_roll_back_gives_back_levels_and_parts_as_they_were(cloud: Cloud, known: bool) -> None:
    team = f"again-{known}".lower()
    hardened(cloud, team)
    if known:
        assert outcome(cloud.onboard(small(team, datasets=[], fence={"warn": "restricted"}))) == "onboarded"
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    fence = {"enforce": "baseline", "warn": "privileged", "network": not known, "pods": 7, "cpu": "2"}
    failed = cloud.onboard(small(team, datasets=[], fence=fence, serviceAccount="trainer"))
    assert failed.error == "AccessDenied"
    assert difference(before, cloud.snapshot()) == []


def test_a_fence_is_looser_or_stricter_as_an_administrator_says(cloud: Cloud) -> None:
    fence = {
        "ingressNamespaces": ["monitoring", "aws-hyperpod"],
        "memory": "2Gi",
        "pods": 20_000,
        "claims": 0,
        "loadBalancers": 2,
    }
    assert outcome(cloud.onboard(small("special", datasets=[], fence=fence))) == "onboarded"
    network = part(cloud, "special", "NetworkPolicy")
    assert network is not None
    (selected,) = network["ingress"][0]["from"][1]["namespaceSelector"]["matchExpressions"]
    assert selected["values"] == ["aws-hyperpod", "monitoring"]
    assert part(cloud, "special", "LimitRange") == {
        "limits": [{"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "2Gi"}}]
    }
    hard = {"pods": "20k", "persistentvolumeclaims": "0", "services.loadbalancers": "2"}
    assert part(cloud, "special", "ResourceQuota") == {"hard": hard}
    # The same again is the same: Kubernetes gives amounts back in a form of its own.
    planned = cloud.onboard(small("special", datasets=[], fence=fence, dryRun=True)).output["plan"]
    assert [change["address"] for step in planned for change in step["changes"] if not change.get("same")] == []
    assert outcome(cloud.onboard(small("special", datasets=[], fence={"network": False}))) == "onboarded"
    assert part(cloud, "special", "NetworkPolicy") is None


def test_a_pod_that_asks_for_nothing_asks_for_something_and_one_claim_too_many_is_refused(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("fair", datasets=[], fence={"claims": 1}))) == "onboarded"
    space = names.namespace("fair")
    core: Any = CoreV1Api(cloud.kubernetes.admin())
    labels = {"kueue.x-k8s.io/queue-name": names.local_queue("fair")}
    made: Any = core.create_namespaced_pod(
        space,
        {
            "metadata": {"name": "job", "labels": labels},
            "spec": {
                "containers": [
                    {"name": "plain", "image": "i"},
                    {"name": "asks", "image": "i", "resources": {"requests": {"cpu": "4"}}},
                    {"name": "limited", "image": "i", "resources": {"limits": {"cpu": "2", "memory": "8Gi"}}},
                ]
            },
        },
    )
    assert [container.resources.requests for container in made.spec.containers] == [
        {"cpu": "100m", "memory": "256Mi"},
        {"cpu": "4", "memory": "256Mi"},
        {"cpu": "2", "memory": "8Gi"},
    ]
    core.delete_namespaced_pod("job", space)
    claim = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    core.create_namespaced_persistent_volume_claim(space, {"metadata": {"name": "one"}, **claim})
    with pytest.raises(ApiException, match="exceeded quota: hyperpod-onboarding-fence, requested: persistentvolume"):
        core.create_namespaced_persistent_volume_claim(space, {"metadata": {"name": "two"}, **claim})
