"""The prerequisites: each listed with its state, as the doctor shows them, and what is no obstacle is a warning."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from kubernetes.client import (
    AdmissionregistrationV1Api,
    V1ObjectMeta,
    V1ValidatingAdmissionPolicyBinding,
    V1ValidatingAdmissionPolicyBindingSpec,
)
from moto.cloudtrail.models import cloudtrail_backends
from moto.eks.models import eks_backends
from moto.iam.models import iam_backends
from moto.sagemaker.models import sagemaker_backends

from cli import dry_runs, executions
from cli.dry_runs import Planned
from cli.stack import Stack
from onboarding.names import POD_POLICY
from sandbox.aws.eks.addons import set_addon_status
from sandbox.aws.eks.clusters import extras
from sandbox.aws.sagemaker.scheduler_configs import SchedulerConfig, configs_of
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.workflow.teams import announced, detail, outcome, small

AGENT = "111122223333 cluster research-eks add-on eks-pod-identity-agent"
NETWORK = "111122223333 cluster research-eks add-on vpc-cni"
MODE = "111122223333 cluster research-eks authentication mode"
ROLES = "111122223333 IAM roles"
NODES = "111122223333 role hyperpod-execution of instances g6-12xlarge, p5-48xlarge"
TRAILS = "111122223333 CloudTrail in us-west-2"
PODS = "cluster research-eks policy hyperpod-onboarding-pods"
WEIGHT = "quota.fairShareWeight"


def examined(cloud: Cloud, event: dict[str, Any]) -> Planned:
    stack = Stack(accounts.STACK, cloud.stack.outputs, cloud.client)
    arn = dry_runs.start(stack, event)
    cloud.wait(arn)
    return dry_runs.planned(stack, executions.look(stack, arn))


def of(found: Planned, resource: str) -> dict[str, str]:
    """The one prerequisite whose resource contains this."""
    (one,) = [each for each in found.prerequisites if resource in each["resource"]]
    return one


def weighty(team: str, **changes: Any) -> dict[str, Any]:
    """A small team with a weight."""
    quota = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}], "fairShareWeight": 40}
    return small(team, quota=quota, **changes)


@pytest.fixture
def policy() -> Iterator[SchedulerConfig]:
    """The cluster's scheduler configuration, put back afterwards."""
    configs = configs_of(sagemaker_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION])
    ((identity, found),) = configs.items()
    before = dict(vars(found))
    yield found
    vars(found).update(before)
    configs[identity] = found


@contextmanager
def without_policy() -> Iterator[None]:
    configs = configs_of(sagemaker_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION])
    before = dict(configs)
    configs.clear()
    try:
        yield
    finally:
        configs.update(before)


def warnings(cloud: Cloud, event: dict[str, Any]) -> list[dict[str, str]]:
    """Onboards all the same; the warnings that plan and announcement name alike."""
    execution = cloud.onboard(event)
    assert outcome(execution) == "onboarded"
    said = [warning for step in execution.output["plan"] for warning in step["warnings"]]
    ((kind, announcement),) = announced(cloud, execution)
    assert (kind, announcement["warnings"]) == ("Team Onboarded", said)
    return said


def test_a_dry_run_lists_every_prerequisite_with_its_state(cloud: Cloud) -> None:
    listed = cloud.onboard(detail("listed", dryRun=True)).output["prerequisites"]
    assert {each["verdict"] for each in listed} == {"met"}
    states = {each["resource"]: each["state"] for each in listed}
    cluster = cloud.client("sagemaker").describe_cluster(ClusterName=accounts.HYPERPOD_CLUSTER)["ClusterArn"]
    assert states.pop(ROLES).endswith(" of 1,000")
    assert states == {
        "444455556666 role hyperpod-onboarding-scientists": "assumed with the external ID",
        "arn:aws:iam::444455556666:role/DataScientistRole": "there",
        "777788889999 role hyperpod-onboarding-data": "assumed with the external ID",
        "777788889999 share of example-corp-images/curated": "read-write of example-corp-images/*",
        "777788889999 share of example-corp-labels": "read-write of example-corp-labels/*",
        "777788889999 share of example-corp-checkpoints/vision": "read-write of example-corp-checkpoints/*",
        "777788889999 bucket example-corp-images": "us-west-2, no customer key",
        "777788889999 bucket example-corp-labels": "us-west-2, key arn:aws:kms:us-west-2:777788889999:key/"
        "11111111-2222-4333-8444-555555555555",
        "777788889999 bucket example-corp-checkpoints": "us-west-2, no customer key",
        "777788889999 key 11111111-2222-4333-8444-555555555555": "Enabled",
        "777788889999 access points in us-west-2": "0 of 10,000",
        "111122223333 cluster research-eks": "ACTIVE, Kubernetes 1.32",
        MODE: "API_AND_CONFIG_MAP",
        "111122223333 cluster research-eks add-on amazon-sagemaker-hyperpod-taskgovernance": "ACTIVE, "
        "v1.5.0-eksbuild.1",
        NETWORK: "v1.20.4-eksbuild.1, keeps to NetworkPolicies",
        cluster: "InService, on EKS cluster research-eks",
        "111122223333 instances of research": "8 ml.g6.12xlarge, 16 ml.p5.48xlarge",
        f"111122223333 scheduler config of {cluster.rsplit(':', 1)[1]}": "Created, priority classes inference 100, "
        "training 50; fair share on; idle sharing Enabled",
        AGENT: "ACTIVE, v1.0.0-eksbuild.1",
        NODES: "allowed eks-auth:AssumeRoleForPodIdentity",
        TRAILS: "example-corp-trail logs",
        PODS: 'in force: moreCapabilities ["IPC_LOCK"], ownFolders ["/mnt/k8s-disks/0", "/opt/dlami/nvme"], '
        "sharedFolders [], hostNetworkNamespaces []",
    }


def test_the_doctor_sees_what_is_missing_with_the_command_beside_what_is_met(cloud: Cloud) -> None:
    held = extras(eks_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION].clusters[accounts.EKS_CLUSTER])
    held.authentication_mode, before = "CONFIG_MAP", held.authentication_mode
    try:
        found = examined(cloud, small("ill"))
    finally:
        held.authentication_mode = before
    assert not found.well
    assert of(found, MODE) == {
        "id": "EKS-AUTH-MODE",
        "resource": MODE,
        "verdict": "problem",
        "state": "CONFIG_MAP",
        "reason": "its authentication mode CONFIG_MAP takes no access entries",
        "mend": "aws eks update-cluster-config --name research-eks "
        "--access-config authenticationMode=API_AND_CONFIG_MAP",
    }
    assert of(found, AGENT)["verdict"] == "met"


def test_a_cluster_that_does_not_bound_teams_pods_is_a_warning_with_the_command_that_does(cloud: Cloud) -> None:
    api = AdmissionregistrationV1Api(cloud.kubernetes.admin())
    api.delete_validating_admission_policy_binding(POD_POLICY)
    try:
        (said,) = warnings(cloud, small("unbounded"))
        found = of(examined(cloud, small("unfenced")), PODS)
    finally:
        binding = V1ValidatingAdmissionPolicyBindingSpec(policy_name=POD_POLICY, validation_actions=["Deny"])
        metadata = V1ObjectMeta(name=POD_POLICY)
        api.create_validating_admission_policy_binding(
            V1ValidatingAdmissionPolicyBinding(metadata=metadata, spec=binding)
        )
    assert (said["resource"], found["verdict"], found["state"]) == (PODS, "warning", "not in force")
    assert found["mend"] == "kubectl apply -f accounts/cluster-pods.yaml"
    assert "privileged pods" in found["reason"]


def test_instances_that_cannot_fetch_pods_credentials_are_a_warning_with_the_command_that_lets_them(
    cloud: Cloud,
) -> None:
    iam, role = cloud.client("iam"), {"RoleName": "hyperpod-execution", "PolicyName": "pod-identity"}
    policy = json.dumps(iam.get_role_policy(**role)["PolicyDocument"])
    iam.delete_role_policy(**role)
    try:
        found = examined(cloud, small("unfetched"))
    finally:
        iam.put_role_policy(**role, PolicyDocument=policy)
    document = json.dumps(json.loads(policy), separators=(",", ":"))
    assert of(found, NODES) == {
        "id": "NODE-ROLE",
        "resource": NODES,
        "verdict": "warning",
        "state": "not allowed eks-auth:AssumeRoleForPodIdentity",
        "reason": "pods on these instances get no credentials, and so reach no dataset",
        "mend": "aws iam put-role-policy --role-name hyperpod-execution --policy-name pod-identity "
        f"--policy-document '{document}'",
    }
    assert found.well
    without = examined(cloud, small("dataless", datasets=[]))
    assert not any("hyperpod-execution" in each["resource"] for each in without.prerequisites)


def test_an_account_without_a_trail_that_logs_is_a_warning_with_the_command_that_mends_it(cloud: Cloud) -> None:
    trails = cloudtrail_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION].trails
    ((name, trail),) = trails.items()
    trail.stop_logging()
    stopped = of(examined(cloud, small("untold")), TRAILS)
    trails.clear()
    none = of(examined(cloud, small("untold")), TRAILS)
    trails[name] = trail
    trail.start_logging()
    assert (stopped["verdict"], stopped["state"]) == ("warning", "no trail logs")
    assert stopped["reason"] == "a quota that somebody makes or deletes by himself is not noticed"
    assert stopped["mend"] == f"aws cloudtrail start-logging --name {trail.arn}"
    assert none["mend"].startswith("aws cloudtrail create-trail --name events --is-multi-region-trail")


def test_a_trail_that_may_not_be_looked_at_is_not_taken_for_one_that_does_not_log(cloud: Cloud) -> None:
    cloud.faults.add(Fault(Match("cloudtrail", "GetTrailStatus"), Kind.DENIED, times=None))
    found = of(examined(cloud, small("hidden")), TRAILS)
    assert (found["verdict"], found["state"].split(" ")[:3]) == ("met", ["not", "known", "whether"])


def test_the_doctor_leaves_no_trace(cloud: Cloud) -> None:
    before = json.dumps(cloud.snapshot(), sort_keys=True)
    assert examined(cloud, small("traceless")).well
    assert json.dumps(cloud.snapshot(), sort_keys=True) == before


def test_the_doctor_says_why_it_came_to_no_plan(cloud: Cloud) -> None:
    found = examined(cloud, {"team": "Wrong"})
    assert not found.well
    assert "Step resolve_team" in str(found.cause)


@pytest.mark.parametrize("state", ["FAILED", "DEGRADED"])
def test_an_add_on_that_ails_is_a_warning_and_one_that_is_down_a_problem(cloud: Cloud, state: str) -> None:
    status = {"FAILED": "CREATE_FAILED", "DEGRADED": "DEGRADED"}[state]
    where = (accounts.CLUSTER_ACCOUNT, accounts.REGION, accounts.EKS_CLUSTER, "eks-pod-identity-agent")
    set_addon_status(*where, status)
    try:
        found = examined(cloud, small("ailing"))
    finally:
        set_addon_status(*where, "ACTIVE")
    assert of(found, AGENT)["verdict"] == ("warning" if state == "DEGRADED" else "problem")
    assert found.well is (state == "DEGRADED")


@pytest.mark.parametrize(("version", "old"), [("v1.3.2-eksbuild.1", True), ("v1.10.0-eksbuild.1", False)])
def test_task_governance_before_the_kueue_of_today_is_a_warning(cloud: Cloud, version: str, old: bool) -> None:
    held = extras(eks_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION].clusters[accounts.EKS_CLUSTER])
    add_on = held.addons["amazon-sagemaker-hyperpod-taskgovernance"]
    before, add_on.version = add_on.version, version
    try:
        found = examined(cloud, small("aged"))
    finally:
        add_on.version = before
    prerequisite = of(found, "add-on amazon-sagemaker-hyperpod-taskgovernance")
    assert (prerequisite["verdict"], prerequisite["state"]) == ("warning" if old else "met", f"ACTIVE, {version}")
    assert found.well
    if old:
        assert prerequisite["reason"].startswith("is older than v1.5")
        assert prerequisite["mend"] == (
            "aws eks update-addon --cluster-name research-eks --addon-name amazon-sagemaker-hyperpod-taskgovernance"
        )


@pytest.mark.parametrize(
    ("version", "configuration", "reason"),
    [
        ("v1.20.4-eksbuild.1", "", "the cluster's network keeps to no NetworkPolicy"),
        ("v1.20.4-eksbuild.1", '{"enableNetworkPolicy": "false"}', "the cluster's network keeps to no NetworkPolicy"),
        ("v1.20.4-eksbuild.1", "enableNetworkPolicy: 'true'\nenv: {}\n", ""),
        ("v1.20.4-eksbuild.1", '{"env": {}, "enableNetworkPolicy": true}', ""),
        ("v1.15.0-eksbuild.2", '{"enableNetworkPolicy": "true"}', "versions before v1.15.1 let through"),
        ("", "", "it cannot be seen whether the cluster's network keeps to NetworkPolicies"),
    ],
)
def test_a_network_that_keeps_to_no_policies_or_of_which_nothing_is_known_is_a_warning(
    cloud: Cloud, version: str, configuration: str, reason: str
) -> None:
    held = extras(eks_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION].clusters[accounts.EKS_CLUSTER]).addons
    before = held.pop("vpc-cni")
    if version:
        held["vpc-cni"] = replace(before, version=version, configuration=configuration)
    try:
        found = examined(cloud, small("open"))
        unfenced = examined(cloud, small("unfenced", fence={"network": False}))
    finally:
        held["vpc-cni"] = before
    said = of(found, NETWORK)
    assert (said["verdict"], found.well) == ("warning" if reason else "met", True)
    assert said.get("reason", "").startswith(reason)
    assert [each for each in unfenced.prerequisites if each["resource"] == NETWORK] == []


def test_a_cluster_without_policy_is_a_warning_in_plan_and_announcement(cloud: Cloud) -> None:
    with without_policy():
        (warning,) = warnings(cloud, weighty("lawless"))
    assert "the cluster has no policy" in warning["reason"]
    assert "Run: aws sagemaker create-cluster-scheduler-config --name policy" in warning["reason"]


def test_a_policy_that_failed_is_a_warning_with_its_reason(cloud: Cloud, policy: SchedulerConfig) -> None:
    policy.status, policy.failure_reason = "UpdateFailed", "Kueue is not there"
    (warning,) = warnings(cloud, small("failing"))
    assert warning["reason"].startswith("the policy is UpdateFailed: Kueue is not there. Run: aws sagemaker update")


def test_a_weight_without_fair_share_is_a_warning(cloud: Cloud, policy: SchedulerConfig) -> None:
    policy.config = {**policy.config, "FairShare": "Disabled"}
    (warning,) = warnings(cloud, weighty("unfair"))
    assert warning == {
        "id": "QUOTA-WEIGHT",
        "resource": WEIGHT,
        "reason": "the weight 40 has no effect, since fair share is Disabled in the cluster's policy. Run: "
        f"aws sagemaker update-cluster-scheduler-config --cluster-scheduler-config-id {policy.id} --target-version 1 "
        "--scheduler-config 'PriorityClasses=[{Name=inference,Weight=100},{Name=training,Weight=50}],"
        "FairShare=Enabled,IdleResourceSharing=Enabled'",
    }


def test_a_team_without_weight_is_not_warned_of_fair_share(cloud: Cloud, policy: SchedulerConfig) -> None:
    policy.config = {**policy.config, "FairShare": "Disabled"}
    assert warnings(cloud, small("weightless")) == []


def test_an_account_with_few_roles_left_is_a_warning(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    account = iam_backends[accounts.CLUSTER_ACCOUNT]["aws"].account_summary
    used = account.summary_map["Roles"]
    monkeypatch.setattr(account, "_roles_quota", used + 1)
    (warning,) = warnings(cloud, small("crowded"))
    assert warning["resource"] == ROLES
    assert f"{used} of {used + 1} are in use. Have the limit raised. Run: aws service-quotas" in warning["reason"]


def test_advice_that_may_not_be_read_is_a_warning_and_no_obstacle(cloud: Cloud) -> None:
    cloud.faults.add(Fault(Match("sagemaker", "ListClusterSchedulerConfigs"), Kind.DENIED, times=None))
    (warning,) = warnings(cloud, small("blind"))
    assert "ListClusterSchedulerConfigs was refused with AccessDenied" in warning["reason"]
