"""Things of the names that a team would get, made by others: reported by the plan, and left alone."""

import json
from typing import Any

import pytest
from kubernetes.client import (
    CoreV1Api,
    RbacAuthorizationV1Api,
    V1Namespace,
    V1ObjectMeta,
    V1Role,
    V1ServiceAccount,
)

from onboarding import names
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from sandbox.scenery.administrator import console_quota
from tests.workflow.teams import CHECKPOINTS, IMAGES, changing, detail, outcome, small

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
DELEGATION = "HyperpodOnboarding111122223333AccessPoints"


def refused(cloud: Cloud, event: dict[str, Any]) -> str:
    """Onboards in vain; what stands in the way, when nothing has been touched."""
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    execution: Execution = cloud.onboard(event)
    assert execution.status == "FAILED"
    assert execution.error == "ProblemsFound"
    assert difference(before, cloud.snapshot()) == []
    # Claim and release of the team, and the failure's announcement.
    record = {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "events:PutEvents"}
    assert set(changing(cloud.calls.entries()[calls:])) <= record
    assert execution.cause is not None
    return execution.cause


def test_a_role_of_somebody_else_is_a_conflict(cloud: Cloud) -> None:
    role = "hyperpod-data-access-role-taken"
    cloud.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    cause = refused(cloud, small("role-taken"))
    assert f"111122223333 role {role}: exists but is not tagged hyperpod-onboarding/team=role-taken" in cause


def test_a_role_of_another_stack_is_a_conflict(cloud: Cloud) -> None:
    tags = [
        {"Key": "hyperpod-onboarding/team", "Value": "other-stack"},
        {"Key": "hyperpod-onboarding/stack", "Value": "another"},
    ]
    role = "hyperpod-cluster-access-other-stack"
    cloud.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=TRUST, Tags=tags)
    assert f"role {role}: exists but is not tagged" in refused(cloud, small("other-stack"))


def test_an_inline_policy_about_something_else_is_a_conflict(cloud: Cloud) -> None:
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    cloud.client("iam", accounts.SCIENTISTS_ACCOUNT).put_role_policy(
        RoleName="DataScientistRole",
        PolicyName="hyperpod-cluster-access-policy-taken",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    cause = refused(cloud, small("policy-taken"))
    policy = "444455556666 role DataScientistRole policy hyperpod-cluster-access-policy-taken"
    assert f"{policy}: exists and is about something else" in cause


def test_an_access_point_of_somebody_else_is_a_conflict(cloud: Cloud) -> None:
    team, bucket, prefix = "point-taken", str(IMAGES["bucket"]), str(IMAGES["prefix"])
    point = names.access_point("hyperpod", team, accounts.DATA_ACCOUNT, bucket, prefix)
    s3control = cloud.client("s3control", accounts.DATA_ACCOUNT)
    s3control.create_access_point(AccountId=accounts.DATA_ACCOUNT, Name=point, Bucket=bucket)
    assert f"777788889999 access point {point}: exists but is not tagged" in refused(cloud, small(team))


def test_a_statement_of_our_sid_that_no_team_needs_is_a_conflict(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3", accounts.DATA_ACCOUNT), str(CHECKPOINTS["bucket"])
    statement = {
        "Sid": DELEGATION,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{accounts.DATA_ACCOUNT}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    cause = refused(cloud, small("sid-taken", datasets=[CHECKPOINTS]))
    assert f"777788889999 bucket {bucket} statement {DELEGATION}: exists, and no team of this stack needs it" in cause


def test_an_access_entry_of_somebody_else_is_a_conflict(cloud: Cloud) -> None:
    role = "hyperpod-cluster-access-entry-taken"
    arn = cloud.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    cloud.client("eks").create_access_entry(clusterName=accounts.EKS_CLUSTER, principalArn=arn)
    cause = refused(cloud, small("entry-taken"))
    assert f"111122223333 cluster research-eks access entry {role}: exists but is not tagged" in cause


def test_a_namespace_without_a_quota_is_a_conflict(cloud: Cloud) -> None:
    namespace = "hyperpod-ns-space-taken"
    CoreV1Api(cloud.kubernetes.admin()).create_namespace(V1Namespace(metadata=V1ObjectMeta(name=namespace)))
    cause = refused(cloud, small("space-taken"))
    assert f"namespace {namespace} exists without a compute quota; it was left alone" in cause


def test_a_service_account_and_a_role_in_an_adopted_namespace_are_conflicts(cloud: Cloud) -> None:
    console_quota(cloud, "space-used")
    namespace, client = "hyperpod-ns-space-used", cloud.kubernetes.admin()
    CoreV1Api(client).create_namespaced_service_account(
        namespace, V1ServiceAccount(metadata=V1ObjectMeta(name="hyperpod-training"))
    )
    RbacAuthorizationV1Api(client).create_namespaced_role(
        namespace, V1Role(metadata=V1ObjectMeta(name=f"{namespace}-jobs"), rules=[])
    )
    cause = refused(cloud, small("space-used"))
    assert f"cluster research-eks ServiceAccount {namespace}/hyperpod-training: exists but is not tagged" in cause
    assert f"cluster research-eks Role {namespace}/{namespace}-jobs: exists but is not tagged" in cause


def test_an_association_of_somebody_else_is_a_conflict(cloud: Cloud) -> None:
    arn = cloud.client("iam").create_role(RoleName="other-pods", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    cloud.client("eks").create_pod_identity_association(
        clusterName=accounts.EKS_CLUSTER,
        namespace="hyperpod-ns-pods-taken",
        serviceAccount="hyperpod-training",
        roleArn=arn,
    )
    cause = refused(cloud, small("pods-taken"))
    assert "pod identity hyperpod-ns-pods-taken/hyperpod-training: exists but is not tagged" in cause


def test_all_conflicts_of_a_team_are_told_at_once(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_role(RoleName="hyperpod-data-access-many", AssumeRolePolicyDocument=TRUST)
    CoreV1Api(cloud.kubernetes.admin()).create_namespace(V1Namespace(metadata=V1ObjectMeta(name="hyperpod-ns-many")))
    cause = refused(cloud, small("many"))
    assert "role hyperpod-data-access-many" in cause
    assert "namespace hyperpod-ns-many" in cause


def test_a_quota_made_in_the_console_is_used_as_it_is(cloud: Cloud) -> None:
    console_quota(cloud, "adopted")
    before = cloud.snapshot()
    assert outcome(cloud.onboard(detail("adopted", datasets=[]))) == "onboarded"
    after = cloud.snapshot()
    quotas = "compute_quotas"
    assert after[accounts.CLUSTER_ACCOUNT][quotas] == before[accounts.CLUSTER_ACCOUNT][quotas]
    assert "Role/hyperpod-ns-adopted/hyperpod-ns-adopted-jobs" in after["kubernetes"]


@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ("does not say for which account", []),
        ("is for account 999988887777", [{"Key": "hyperpod-account", "Value": "999988887777"}]),
    ],
)
def test_a_quota_that_its_maker_has_not_given_to_the_teams_account_is_a_conflict(
    cloud: Cloud, said: str, tags: list[dict[str, str]]
) -> None:
    team = f"ungiven-{len(tags)}"
    identity = console_quota(cloud, team, Tags=tags)
    cause = refused(cloud, small(team, datasets=[]))
    quota = cloud.client("sagemaker").describe_compute_quota(ComputeQuotaId=identity)["ComputeQuotaArn"]
    mend = f"aws sagemaker add-tags --resource-arn {quota} --tags Key=hyperpod-account,Value=444455556666"
    assert f"quota console-{team} of team {team} was made by hand, and {said}; it was left alone" in cause
    assert mend in cause
    given = [{"Key": "hyperpod-account", "Value": accounts.SCIENTISTS_ACCOUNT}]
    cloud.client("sagemaker").add_tags(ResourceArn=quota, Tags=given)
    assert outcome(cloud.onboard(small(team, datasets=[]))) == "onboarded"


def test_a_quota_made_in_the_console_stays_when_onboarding_is_rolled_back(cloud: Cloud) -> None:
    console_quota(cloud, "kept")
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED, times=None))
    assert cloud.onboard(small("kept")).error == "AccessDenied"
    assert difference(before, cloud.snapshot()) == []
