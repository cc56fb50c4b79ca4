"""The functions' ClusterRoles: their own needs, and what teams get: nobody may hand out more than he holds."""

from itertools import product
from typing import Any

import pytest
import yaml

from fsx_storage.volume import DRIVER
from onboarding import names
from onboarding.kubernetes_rights import reasons_against
from onboarding.names import NAMESPACE_PREFIX, PROBE, STACK_GROUP, STORAGE_GROUP
from onboarding.request import TeamRequest
from quota_namespace import rbac
from sandbox.cluster.authorization.hyperpod_policies import HYPERPOD_POLICIES
from sandbox.cluster.authorization.rules import Attributes
from tests.contracts.machines import ROOT
from tests.contracts.stack import of_type

Right = tuple[str, str, str]

OWN = {
    *product([""], ["namespaces"], ["delete", "get", "patch"]),
    *product([""], ["limitranges", "resourcequotas", "serviceaccounts"], ["create", "delete", "get", "patch"]),
    *product(["networking.k8s.io"], ["networkpolicies"], ["create", "delete", "get", "patch"]),
    *product(
        ["rbac.authorization.k8s.io"],
        ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
        ["create", "delete", "get", "patch"],
    ),
    *product(
        ["admissionregistration.k8s.io"],
        ["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
        ["get"],
    ),
}
"""What the function itself does in the cluster."""


def manifest(kind: str, name: str = STACK_GROUP, file: str = "cluster-rbac.yaml") -> dict[str, Any]:
    documents = yaml.safe_load_all((ROOT / "accounts" / file).read_text())
    found: dict[str, Any] = next(d for d in documents if (d["kind"], d["metadata"]["name"]) == (kind, name))
    return found


def rights(rules: list[dict[str, Any]]) -> set[Right]:
    """Every group, resource and verb of these rules."""
    return {right for rule in rules for right in product(rule["apiGroups"], rule["resources"], rule["verbs"])}


def handed_out(policy: str, *more: str) -> set[Right]:
    """What a team gets whose scientists have this access policy, and these of HyperPod's."""
    request = TeamRequest.model_validate(
        {
            "team": "vision",
            "dataScientistRoleArn": "arn:aws:iam::444455556666:role/DataScientistRole",
            "quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}]},
            "access": {"policy": policy, "policies": [{"name": each} for each in more]},
        }
    )
    return rights([*rbac.namespaced_rules(request), *rbac.cluster_rules("vision")])


def test_the_function_holds_just_its_own_needs_and_what_teams_get() -> None:
    own, grantable = (rights(manifest("ClusterRole", name)["rules"]) for name in (STACK_GROUP, names.GRANTABLE_ROLE))
    assert own == OWN | rights(rbac.cluster_rules("vision"))
    assert own | grantable == OWN | handed_out("edit") | handed_out("view") | handed_out("admin")


def test_of_admission_policies_the_function_sees_the_one_for_teams_pods_alone() -> None:
    rules = manifest("ClusterRole")["rules"]
    named = [rule["resourceNames"] for rule in rules if rule["apiGroups"] == ["admissionregistration.k8s.io"]]
    assert named == [[names.POD_POLICY]]
    for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"):
        assert manifest(kind, names.POD_POLICY, "cluster-pods.yaml")


@pytest.mark.parametrize("policy", ["edit", "view", "admin"])
def test_every_right_of_a_team_is_one_that_the_function_holds(policy: str) -> None:
    held = (rights(manifest("ClusterRole", name)["rules"]) for name in (STACK_GROUP, names.GRANTABLE_ROLE))
    assert handed_out(policy) <= set[Right]().union(*held)


def test_what_events_may_ask_for_are_rights_in_a_namespace_that_teams_may_have() -> None:
    for rule in manifest("ClusterRole", names.GRANTABLE_ROLE)["rules"]:
        assert list(reasons_against(rule["apiGroups"], rule["resources"], rule["verbs"])) == []
    reader = rights(rbac.cluster_rules("vision"))
    assert rights(manifest("ClusterRole", names.GRANTABLE_ROLE)["rules"]) & reader == set()


@pytest.mark.parametrize("policy", ["edit", "view", "admin"])
def test_what_kueue_says_of_workloads_is_nobodys_to_write(policy: str) -> None:
    verbs = {verb for _, resource, verb in handed_out(policy) if resource == "workloads/status"}
    assert verbs == {"get", "list", "watch"}


def test_viewers_only_read_jobs_and_may_not_write_them() -> None:
    verbs = {verb for _, _, verb in handed_out("view")}
    assert verbs == {"get", "list", "watch"}


@pytest.mark.parametrize("resource", ["mpijobs", "rayclusters", "raycronjobs", "rayjobs", "rayservices", "pytorchjobs"])
def test_who_edits_makes_every_kind_of_job_and_who_views_reads_it(resource: str) -> None:
    for policy, may in (("edit", True), ("admin", True), ("view", False)):
        verbs = {verb for _, each, verb in handed_out(policy) if each == resource}
        assert ({"create", "delete", "patch", "update"} <= verbs, {"get", "list", "watch"} <= verbs) == (may, True)


@pytest.mark.parametrize("policy", ["edit", "view", "admin"])
def test_a_team_with_training_is_not_given_again_what_that_policy_has_full_access_to(policy: str) -> None:
    gone = handed_out(policy) - handed_out(policy, "Training")
    assert {(group, resource) for group, resource, _ in gone} == set(rbac.COVERED_BY_TRAINING)
    assert handed_out(policy, "Training") < handed_out(policy)
    full = HYPERPOD_POLICIES["AmazonSagemakerHyperpodTrainingPolicy"]
    assert [
        (group, resource, verb)
        for group, resource, verb in gone
        if not any(rule.allows(Attributes(verb, group, resource, "hyperpod-ns-vision")) for rule in full)
    ] == []


@pytest.mark.parametrize("other", ["Inference", "Space"])
def test_no_other_policy_takes_anything_from_the_teams_role(other: str) -> None:
    assert handed_out("edit", other) == handed_out("edit")


def test_what_makes_volumes_can_do_nothing_else() -> None:
    rules = manifest("ClusterRole", STORAGE_GROUP)["rules"]
    assert rights(rules) == {
        *product([""], ["persistentvolumeclaims", "persistentvolumes"], ["create", "delete", "get"]),
        ("", "persistentvolumeclaims", "patch"),
        ("storage.k8s.io", "csidrivers", "get"),
    }
    assert [rule["resourceNames"] for rule in rules if "resourceNames" in rule] == [[DRIVER]]


def test_readers_see_queues_and_nothing_else_and_no_function_of_the_stack_is_one() -> None:
    assert rights(manifest("ClusterRole", names.READERS_GROUP)["rules"]) == {
        ("kueue.x-k8s.io", "clusterqueues", "list")
    }
    binding = manifest("ClusterRoleBinding", names.READERS_GROUP)
    assert [(each["kind"], each["name"]) for each in binding["subjects"]] == [("Group", names.READERS_GROUP)]
    assert binding["roleRef"]["name"] == names.READERS_GROUP
    for entry in of_type("AWS::EKS::AccessEntry").values():
        assert names.READERS_GROUP not in entry["KubernetesGroups"]


@pytest.mark.parametrize("name", [STACK_GROUP, names.GRANTABLE_ROLE, STORAGE_GROUP])
def test_no_rule_names_all_of_anything(name: str) -> None:
    assert [right for right in rights(manifest("ClusterRole", name)["rules"]) if "*" in right] == []


@pytest.mark.parametrize(
    ("entry", "name", "file"),
    [
        ("QuotaNamespaceAccessEntry", STACK_GROUP, "cluster-rbac.yaml"),
        ("FsxStorageAccessEntry", STORAGE_GROUP, "cluster-rbac.yaml"),
        ("ProbeAccessEntry", PROBE, "cluster-probe.yaml"),
    ],
)
def test_a_role_is_bound_to_the_group_that_the_stack_puts_its_function_into(entry: str, name: str, file: str) -> None:
    assert of_type("AWS::EKS::AccessEntry")[entry]["KubernetesGroups"] == [name]
    binding = manifest("ClusterRoleBinding", name, file)
    assert [subject["name"] for subject in binding["subjects"]] == [name]
    assert binding["roleRef"]["name"] == name


def test_what_events_may_ask_for_is_held_by_the_function_that_hands_it_out() -> None:
    binding = manifest("ClusterRoleBinding", names.GRANTABLE_ROLE)
    assert [subject["name"] for subject in binding["subjects"]] == [STACK_GROUP]
    assert binding["roleRef"]["name"] == names.GRANTABLE_ROLE


def test_the_probe_function_makes_pods_and_reads_and_deletes_its_own_alone() -> None:
    making, own = manifest("ClusterRole", PROBE, "cluster-probe.yaml")["rules"]
    assert making == {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}
    assert own == {"apiGroups": [""], "resources": ["pods"], "resourceNames": [PROBE], "verbs": ["delete", "get"]}


def test_a_policy_keeps_the_probe_function_to_teams_namespaces() -> None:
    policy = manifest("ValidatingAdmissionPolicy", PROBE, "cluster-probe.yaml")
    binding = manifest("ValidatingAdmissionPolicyBinding", PROBE, "cluster-probe.yaml")
    rule = policy["spec"]["validations"][0]
    assert f'startsWith("{NAMESPACE_PREFIX}")' in rule["expression"]
    assert f'request.name == "{PROBE}"' in rule["expression"]
    assert binding["spec"] == {"policyName": policy["metadata"]["name"], "validationActions": ["Deny"]}
