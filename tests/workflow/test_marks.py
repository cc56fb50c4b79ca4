"""Marks that a scientist has changed in the team's own namespace: put back, and no veto over what the team gets."""

from typing import Any

from kubernetes.client import CoreV1Api, RbacAuthorizationV1Api

from onboarding import names
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.workflow.teams import outcome, small, with_folder

NONE: dict[str, Any] = {"metadata": {"labels": {"hyperpod-onboarding/team": None}}}
OTHER: dict[str, Any] = {"metadata": {"labels": {"hyperpod-onboarding/team": "nobody", "mine": "too"}}}


def unmarked(cloud: Cloud, team: str, labels: dict[str, Any]) -> None:
    """A scientist with `edit` changes the label of the team's service account."""
    core = CoreV1Api(cloud.kubernetes.admin())
    core.patch_namespaced_service_account("hyperpod-training", names.namespace(team), labels)


def account_of(cloud: Cloud, team: str) -> dict[str, Any]:
    found: dict[str, Any] = cloud.snapshot()["kubernetes"][f"ServiceAccount/{names.namespace(team)}/hyperpod-training"]
    labels: dict[str, Any] = found["metadata"].get("labels", {})
    return labels


def test_a_team_gets_less_though_a_scientist_has_taken_the_mark_off(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("vetoed", datasets=[]))) == "onboarded"
    unmarked(cloud, "vetoed", NONE)
    plan = cloud.onboard(small("vetoed", datasets=[], dryRun=True)).output["plan"]
    changed = [change["address"] for step in plan for change in step["changes"] if not change.get("same")]
    assert changed == ["cluster research-eks ServiceAccount hyperpod-ns-vetoed/hyperpod-training"]
    assert outcome(cloud.onboard(small("vetoed", datasets=[], access={"policy": "view"}))) == "onboarded"
    assert account_of(cloud, "vetoed") == {
        "hyperpod-onboarding/team": "vetoed",
        "hyperpod-onboarding/stack": accounts.STACK,
    }


def test_what_stood_in_a_marks_place_is_given_back_by_a_roll_back(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("returned", datasets=[]))) == "onboarded"
    unmarked(cloud, "returned", OTHER)
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
    association = {"clusterName": accounts.EKS_CLUSTER}
    (found,) = (
        each
        for each in cloud.client("eks").list_pod_identity_associations(**association)["associations"]
        if each["namespace"] == "hyperpod-ns-returned"
    )
    cloud.client("eks").delete_pod_identity_association(**association, associationId=found["associationId"])
    before = cloud.snapshot()
    assert cloud.onboard(small("returned", datasets=[])).error == "AccessDenied"
    assert difference(before, cloud.snapshot()) == []
    assert account_of(cloud, "returned")["hyperpod-onboarding/team"] == "nobody"
    assert outcome(cloud.onboard(small("returned", datasets=[]))) == "onboarded"
    assert account_of(cloud, "returned")["mine"] == "too"


def test_a_binding_that_refers_to_another_role_is_made_anew(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("bound", datasets=[]))) == "onboarded"
    before = cloud.snapshot()
    name, namespace = names.namespaced_role("bound"), names.namespace("bound")
    rbac: Any = RbacAuthorizationV1Api(cloud.kubernetes.admin())
    rbac.delete_namespaced_role_binding(name, namespace)
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    rbac.create_namespaced_role_binding(namespace, {"metadata": {"name": name}, "roleRef": reference})
    assert outcome(cloud.onboard(small("bound", datasets=[]))) == "onboarded"
    assert difference(before, cloud.snapshot()) == []


def test_the_mark_of_a_claim_is_put_back_and_the_claim_stays(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(with_folder("mounted"))) == "onboarded"
    core: Any = CoreV1Api(cloud.kubernetes.admin())
    claim = core.patch_namespaced_persistent_volume_claim("data", "hyperpod-ns-mounted", NONE)
    assert outcome(cloud.onboard(with_folder("mounted"))) == "onboarded"
    found = core.read_namespaced_persistent_volume_claim("data", "hyperpod-ns-mounted")
    assert found.metadata.uid == claim.metadata.uid
    assert found.metadata.labels["hyperpod-onboarding/team"] == "mounted"
