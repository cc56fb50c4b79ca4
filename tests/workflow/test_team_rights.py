"""What an event may ask for in the team's namespace: what the owner of the cluster and the stack's parameters say."""

from typing import Any

from kubernetes.client import RbacAuthorizationV1Api

from onboarding import names
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from tests.workflow.teams import outcome, small


def asking(team: str, *rules: dict[str, Any], **access: Any) -> dict[str, Any]:
    """The event of a team that wants these rights."""
    return small(team, datasets=[], access={**access, **({"rules": list(rules)} if rules else {})})


def test_the_stacks_own_rights_are_none_that_an_event_may_ask_for(cloud: Cloud) -> None:
    """The stack patches namespaces; by such a rule scientists would switch Pod Security off."""
    before = cloud.snapshot()
    execution = cloud.onboard(asking("labels", {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["patch"]}))
    assert execution.error == "InvalidRequest"
    assert "rules on namespaces are not for teams" in str(execution.cause)
    rule = {"apiGroups": ["kueue.x-k8s.io"], "resources": ["clusterqueues"], "verbs": ["watch"]}
    execution = cloud.onboard(asking("labels", rule))
    assert execution.error == "ProblemsFound"
    assert "access.rules: clusterqueues in kueue.x-k8s.io: teams may not be given the verbs watch." in str(
        execution.cause
    )
    assert difference(before, cloud.snapshot()) == []


def test_a_rule_is_given_when_the_owner_of_the_cluster_has_written_it_down(cloud: Cloud) -> None:
    event = asking("batch", {"apiGroups": ["kubeflow.org"], "resources": ["tfjobs"], "verbs": ["create", "get"]})
    execution = cloud.onboard(event)
    assert "access.rules: tfjobs in kubeflow.org: teams may not be given the verbs create, get." in str(execution.cause)
    rbac: Any = RbacAuthorizationV1Api(cloud.kubernetes.admin())
    rules = cloud.snapshot()["kubernetes"][f"ClusterRole/{names.GRANTABLE_ROLE}"]["rules"]
    more = {"apiGroups": ["kubeflow.org"], "resources": ["tfjobs"], "verbs": ["create", "delete", "get"]}
    rbac.patch_cluster_role(names.GRANTABLE_ROLE, {"rules": [*rules, more]})
    assert outcome(cloud.onboard(event)) == "onboarded"
    given = cloud.snapshot()["kubernetes"]["Role/hyperpod-ns-batch/hyperpod-ns-batch-jobs"]["rules"]
    assert given[-1] == event["access"]["rules"][0]


def test_a_cluster_whose_file_is_older_than_the_stack_is_told_of_by_the_plan(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(asking("early"))) == "onboarded"
    rbac: Any = RbacAuthorizationV1Api(cloud.kubernetes.admin())
    rules = cloud.snapshot()["kubernetes"][f"ClusterRole/{names.GRANTABLE_ROLE}"]["rules"]
    rbac.patch_cluster_role(names.GRANTABLE_ROLE, {"rules": [r for r in rules if r["apiGroups"] != ["ray.io"]]})
    try:
        before = cloud.snapshot()
        execution = cloud.onboard(asking("late"))
        assert execution.error == "ProblemsFound"
        assert (
            "ClusterRole hyperpod-onboarding-grantable: lacks what the team's Role is to have on rayclusters.ray.io, "
            "raycronjobs.ray.io, rayjobs.ray.io, rayservices.ray.io, and Kubernetes lets the stack hand out nothing"
        ) in str(execution.cause)
        assert "Run: kubectl apply -f accounts/cluster-rbac.yaml" in str(execution.cause)
        assert difference(before, cloud.snapshot()) == []
        # Nothing is handed out anew to a team that has it.
        assert outcome(cloud.onboard(asking("early"))) == "onboarded"
    finally:
        rbac.patch_cluster_role(names.GRANTABLE_ROLE, {"rules": rules})
    assert outcome(cloud.onboard(asking("late"))) == "onboarded"


def test_admin_is_refused_where_the_stack_does_not_give_it(cloud: Cloud) -> None:
    execution = cloud.onboard(asking("chief", policy="admin"))
    assert execution.error == "ProblemsFound"
    assert (
        "access.policy: admin is more than the stack gives: edit at most. Ask for that, or have the stack's parameter "
        "MostAccessPolicy changed"
    ) in str(execution.cause)
