"""An event's rules against the ClusterRole that says what teams may be given."""

from typing import Any
from unittest.mock import patch

import pytest

from onboarding import names
from onboarding.accounts import Accounts
from onboarding.request import RbacRule, recorded
from onboarding.resource import Context
from onboarding.settings import Settings
from quota_namespace.grantable import grantable_findings, unheld_findings

SETTINGS = Settings(
    stack="hyperpod-onboarding",
    prefix="hyperpod",
    partition="aws",
    region="us-west-2",
    account="111122223333",
    hyperpod_cluster_arn="arn:aws:sagemaker:us-west-2:111122223333:cluster/c",
    eks_cluster="research-eks",
    member_role="",
    external_id="",
    registry_table="registry",
    permissions_boundary="arn:aws:iam::111122223333:policy/boundary",
)
Rule = dict[str, Any]


def rule(groups: str, resources: str, verbs: str, *named: str) -> Rule:
    more = {"resourceNames": list(named)} if named else {}
    return {"apiGroups": [groups], "resources": resources.split(), "verbs": verbs.split(), **more}


def refused(asked: Rule, *yardstick: Rule, there: bool = True) -> list[str]:
    """What the plan says against the rule."""
    read: list[str] = []

    class Cluster:
        def get(self, path: str) -> Rule | None:
            read.append(path)
            return {"rules": list(yardstick)} if there else None

    context = Context("vision", SETTINGS, Accounts(SETTINGS))
    with patch("quota_namespace.grantable.cluster_of", lambda _: Cluster()):
        found = list(grantable_findings([RbacRule.model_validate(asked, strict=False)], context))
    assert read == [f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{names.GRANTABLE_ROLE}"]
    return [f"{each.resource}: {each.sentence}" for each in found if each.verdict == "problem"]


@pytest.mark.parametrize(
    ("asked", "yardstick"),
    [
        (rule("batch", "jobs", "get create"), [rule("batch", "jobs cronjobs", "create get list")]),
        (rule("batch", "jobs cronjobs", "get"), [rule("batch", "jobs", "get"), rule("batch", "cronjobs", "get")]),
        (rule("batch", "jobs", "get create"), [rule("batch", "jobs", "get"), rule("batch", "jobs", "create")]),
        (rule("batch", "jobs", "get", "one"), [rule("batch", "jobs", "get")]),
        (rule("batch", "jobs", "get", "one", "two"), [rule("batch", "jobs", "get", "two", "one", "three")]),
        (
            rule("batch", "jobs", "get", "one", "two"),
            [rule("batch", "jobs", "get", "one"), rule("batch", "jobs", "get", "two")],
        ),
        (rule("batch", "jobs/status", "get"), [rule("batch", "*/status", "get")]),
        (rule("batch", "jobs/status", "get"), [rule("*", "*", "*")]),
    ],
)
def test_a_rule_may_be_asked_for_that_the_owner_of_the_cluster_has_written(asked: Rule, yardstick: list[Rule]) -> None:
    assert refused(asked, *yardstick) == []


@pytest.mark.parametrize(
    ("asked", "yardstick"),
    [
        (rule("batch", "jobs", "get create"), []),
        (rule("batch", "jobs", "get create"), [rule("batch", "jobs", "get")]),
        (rule("batch", "jobs", "create"), [rule("batch", "jobs/status", "create")]),
        (rule("batch", "jobs/status", "create"), [rule("batch", "jobs", "create")]),
        (rule("batch", "jobs", "create"), [rule("", "jobs", "create"), rule("apps", "*", "*")]),
        (rule("batch", "jobs", "create"), [rule("batch", "jobs", "create", "one")]),
        (rule("batch", "jobs", "create", "one", "two"), [rule("batch", "jobs", "create", "one")]),
        (rule("batch", "jobs", "create"), [rule("batch", "jobs", "get"), rule("batch", "cronjobs", "create")]),
    ],
)
def test_a_rule_that_goes_further_is_refused_with_the_verbs_and_where_to_add_them(
    asked: Rule, yardstick: list[Rule]
) -> None:
    (said,) = refused(asked, *yardstick)
    assert said.startswith(f"access.rules: {asked['resources'][0]} in batch: teams may not be given the verbs ")
    assert "create. Whoever answers for the cluster adds them" in said
    assert said.endswith("ClusterRole hyperpod-onboarding-grantable (accounts/cluster-rbac.yaml)")


def test_without_the_cluster_role_nothing_may_be_asked_for() -> None:
    (said,) = refused(rule("batch", "jobs", "get"), there=False)
    assert "ClusterRole hyperpod-onboarding-grantable: is missing" in said
    assert said.endswith("Run: kubectl apply -f accounts/cluster-rbac.yaml")


@pytest.mark.parametrize(
    ("yardstick", "lacking"),
    [
        ([rule("ray.io", "rayjobs", "create get"), rule("", "pods", "get")], None),
        ([rule("ray.io", "rayjobs", "get"), rule("", "pods", "get")], "rayjobs.ray.io"),
        ([rule("ray.io", "rayjobs", "create get")], "pods"),
        ([], "pods, rayjobs.ray.io"),
        (None, "pods, rayjobs.ray.io"),
    ],
)
def test_a_role_is_refused_by_the_plan_that_kubernetes_would_refuse_halfway(
    yardstick: list[Rule] | None, lacking: str | None
) -> None:
    class Cluster:
        def get(self, path: str) -> Rule | None:
            return None if yardstick is None else {"rules": yardstick}

    wanted = [rule("ray.io", "rayjobs", "create get"), rule("", "pods", "get")]
    with patch("quota_namespace.grantable.cluster_of", lambda _: Cluster()):
        found = list(unheld_findings(wanted, Context("vision", SETTINGS, Accounts(SETTINGS))))
    assert [each.mend for each in found] == ([] if lacking is None else ["kubectl apply -f accounts/cluster-rbac.yaml"])
    assert all(f"is to have on {lacking}, and Kubernetes" in each.reason for each in found)


def test_a_team_that_was_given_more_once_can_leave() -> None:
    detail = {
        "team": "vision",
        "dataScientistRoleArn": "arn:aws:iam::444455556666:role/DataScientistRole",
        "quota": {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}]},
        "access": {"rules": [rule("", "namespaces", "patch")]},
    }
    assert recorded(detail).access.rules[0].resources == ["namespaces"]
