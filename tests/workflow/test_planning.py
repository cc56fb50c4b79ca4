"""The plan: what it shows, that it touches nothing, and what must be so before anything is touched."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto.eks.models import eks_backends
from moto.s3.models import s3_backends

from sandbox.aws.eks.clusters import extras
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.faults import Fault, Kind
from sandbox.scenery import accounts, shares
from tests.workflow.teams import (
    CHECKPOINTS,
    IMAGES,
    LABELS,
    SAMPLE,
    WITHOUT_STORAGE,
    announced,
    changing,
    detail,
    outcome,
    sentences,
    small,
    text,
)

MISSING_ROLE = "arn:aws:iam::444455556666:role/NobodysRole"

OTHER_ROLE = "arn:aws:iam::444455556666:role/ResearchScientistRole"


def problems(cloud: Cloud, event: dict[str, Any]) -> str:
    """Onboards in vain, touching nothing; the problems that the execution's cause names."""
    before = cloud.snapshot()
    execution = cloud.onboard(event)
    assert (execution.status, execution.error) == ("FAILED", "ProblemsFound")
    assert difference(before, cloud.snapshot()) == []
    assert execution.cause is not None
    return execution.cause.removeprefix("Step plan: ")


@contextmanager
def filled(cloud: Cloud, role: str, up_to: int = 10_080) -> Iterator[None]:
    """A role has an inline policy of so many characters for a while."""
    iam = cloud.client("iam", accounts.SCIENTISTS_ACCOUNT)
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Resource"] += "x" * (up_to - len(json.dumps(document, separators=(",", ":"))))
    iam.put_role_policy(RoleName=role, PolicyName="large", PolicyDocument=json.dumps(document, indent=2))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="large")


@contextmanager
def without_bucket(cloud: Cloud) -> Iterator[None]:
    """The bucket of checkpoints is gone for a while."""
    s3, bucket = cloud.client("s3", accounts.DATA_ACCOUNT), CHECKPOINTS["bucket"]
    s3.delete_bucket(Bucket=bucket)
    try:
        yield
    finally:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": accounts.REGION})


@contextmanager
def bucket_in(region: str) -> Iterator[None]:
    """The bucket of checkpoints is in another Region for a while."""
    bucket = s3_backends[accounts.DATA_ACCOUNT]["aws"].buckets[str(CHECKPOINTS["bucket"])]
    before, bucket.region_name = bucket.region_name, region
    try:
        yield
    finally:
        bucket.region_name = before


@contextmanager
def without_add_on(cloud: Cloud, name: str) -> Iterator[None]:
    """The add-on is not installed for a while."""
    eks = cloud.client("eks")
    eks.delete_addon(clusterName=accounts.EKS_CLUSTER, addonName=name)
    while name in eks.list_addons(clusterName=accounts.EKS_CLUSTER)["addons"]:
        cloud.clock.sleep(1)
    try:
        yield
    finally:
        eks.create_addon(clusterName=accounts.EKS_CLUSTER, addonName=name)


@contextmanager
def authentication_mode(mode: str) -> Iterator[None]:
    """The cluster's authentication mode is another one for a while; AWS has no way back to CONFIG_MAP."""
    held = extras(eks_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION].clusters[accounts.EKS_CLUSTER])
    before, held.authentication_mode = held.authentication_mode, mode
    try:
        yield
    finally:
        held.authentication_mode = before


def test_a_dry_run_changes_nothing_and_leaves_no_record(cloud: Cloud) -> None:
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    execution = cloud.onboard(detail("dry", dryRun=True))
    assert outcome(execution) == "planned"
    assert text(before) == text(cloud.snapshot())
    assert changing(cloud.calls.entries()[calls:]) == []
    assert "team/dry" not in cloud.registry()


def test_a_dry_run_that_finds_problems_succeeds_with_them_and_nobody_is_alarmed(cloud: Cloud) -> None:
    event = small("doubted", dataScientistRoleArn=MISSING_ROLE)
    cloud.settle()
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    execution = cloud.onboard({**event, "dryRun": True})
    # What looks after failures would come some time later.
    cloud.settle()
    assert outcome(execution) == "problems found"
    assert text(before) == text(cloud.snapshot())
    assert changing(cloud.calls.entries()[calls:]) == []
    unwinding = [entry for entry in cloud.calls.entries()[calls:] if "unwind-team" in entry.call.principal]
    assert (announced(cloud, execution), unwinding) == ([], [])
    # It answers what the onboarding itself fails with, and beside it what could be looked at.
    assert sentences(execution) == problems(cloud, event)
    assert {step["step"] for step in execution.output["plan"] if step["changes"]} == {*WITHOUT_STORAGE} - {"iam_roles"}
    verdicts = [each["verdict"] for each in execution.output["prerequisites"]]
    assert (verdicts.count("problem"), "met" in verdicts) == (1, True)


def test_a_dry_run_that_cannot_look_fails(cloud: Cloud) -> None:
    before = cloud.snapshot()
    unreachable = Fault(lambda call: str(call.resource).endswith("-eks-access-entry"), Kind.DENIED, times=None)
    cloud.faults.add(unreachable)
    execution = cloud.onboard(small("unseen", dryRun=True))
    cloud.faults.clear()
    cloud.settle()
    assert execution.status == "FAILED"
    assert str(execution.cause).startswith("Step eks_access_entry: ")
    assert (difference(before, cloud.snapshot()), announced(cloud, execution)) == ([], [])


@pytest.mark.parametrize("kind", ["a mistake", "nobody's to ask"])
def test_a_dry_run_that_is_refused_has_not_looked_and_fails(cloud: Cloud, kind: str) -> None:
    calls = len(cloud.calls.entries())
    if kind == "a mistake":
        execution, error = cloud.onboard(small("Mistaken", dryRun=True)), "InvalidRequest"
    else:
        event = {**SAMPLE, "account": "666677778888", "detail": small("foreign", dryRun=True)}
        started = cloud.client("stepfunctions").start_execution(
            stateMachineArn=cloud.stack.outputs["OnboardTeamArn"], input=json.dumps(event)
        )
        execution, error = cloud.wait(started["executionArn"]), "NotAuthorized"
    assert (execution.status, execution.error) == ("FAILED", error)
    cloud.settle()
    assert changing(cloud.calls.entries()[calls:]) == []
    assert announced(cloud, execution) == []


def test_a_dry_run_shows_every_change_of_every_step(cloud: Cloud) -> None:
    plan = cloud.onboard(detail("shown", dryRun=True)).output["plan"]
    assert [step["step"] for step in plan] == list(WITHOUT_STORAGE)
    assert [len(step["changes"]) for step in plan] == [3, 7, 1, 10, 1]
    changes = [change for step in plan for change in step["changes"]]
    assert all("before" not in change and change["after"] for change in changes)
    assert plan[2]["changes"][0]["after"]["groups"] == ["hyperpod-ns-shown-namespace-level-group"]


def test_a_dry_run_for_an_onboarded_team_shows_only_what_would_differ(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("known"))) == "onboarded"
    plan = cloud.onboard(small("known", serviceAccount="trainer", dryRun=True)).output["plan"]
    changes = [change for step in plan for change in step["changes"] if not change.get("same")]
    assert [change["address"].split(" ", 1)[1] for change in changes] == [
        "role hyperpod-data-access-known",
        "research-eks ServiceAccount hyperpod-ns-known/trainer",
        "research-eks ServiceAccount hyperpod-ns-known/hyperpod-training",
        "cluster research-eks pod identity hyperpod-ns-known/trainer",
        "cluster research-eks pod identity hyperpod-ns-known/hyperpod-training",
    ]


def test_a_data_scientist_role_that_its_account_does_not_list_is_named_with_the_command_that_lists_it(
    cloud: Cloud,
) -> None:
    found = problems(cloud, small("roleless", dataScientistRoleArn=MISSING_ROLE))
    # The member role may see the listed roles only; what is not listed might as well not be there.
    assert found.startswith(f"{MISSING_ROLE}: GetRole was refused with AccessDenied")
    assert "It is not on the list of accounts/scientists.yaml in account 444455556666" in found
    assert found.endswith(
        "Run: aws cloudformation deploy --template-file accounts/scientists.yaml --capabilities CAPABILITY_NAMED_IAM "
        "--stack-name hyperpod-onboarding-scientists --parameter-overrides "
        f"DataScientistRoleArns=...,{MISSING_ROLE}"
    )


def test_a_bucket_that_its_account_does_not_list_is_named_with_the_command_that_lists_it(cloud: Cloud) -> None:
    s3 = cloud.client("s3", accounts.DATA_ACCOUNT)
    s3.create_bucket(Bucket="unlisted", CreateBucketConfiguration={"LocationConstraint": accounts.REGION})
    shares.share(cloud.client("ssm", accounts.DATA_ACCOUNT), shares.entry("unlisted"))
    found = problems(cloud, small("listless", datasets=[{"bucket": "unlisted", "accountId": accounts.DATA_ACCOUNT}]))
    assert found.startswith("777788889999 bucket unlisted: GetBucketLocation was refused with AccessDenied")
    assert "It is not on the list of accounts/data.yaml in account 777788889999" in found
    assert found.endswith("--parameter-overrides BucketArns=...,arn:aws:s3:::unlisted")


def test_a_key_that_its_account_does_not_list_is_named_with_the_command_that_lists_it(cloud: Cloud) -> None:
    key = cloud.client("kms", accounts.DATA_ACCOUNT).create_key()["KeyMetadata"]["Arn"]
    found = problems(cloud, small("locked", datasets=[{**CHECKPOINTS, "kmsKeyArn": key}]))
    address = f"777788889999 key {key.rsplit('/', 1)[1]}"
    assert found.startswith(f"{address}: DescribeKey was refused with AccessDenied")
    assert found.endswith(f"--parameter-overrides KeyArns=...,{key}")


def test_a_role_of_the_stacks_own_is_nobodys_data_scientist_role(cloud: Cloud) -> None:
    own = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{accounts.STACK}-iam-roles"
    assert problems(cloud, small("climbing", dataScientistRoleArn=own, datasets=[])) == (
        f"{own}: it is one of the onboarding stack's own roles, and no scientists'. Name the role that the team's "
        "scientists use"
    )


def test_a_data_scientist_role_without_room_for_one_policy_more_is_named_in_numbers(cloud: Cloud) -> None:
    with filled(cloud, "ResearchScientistRole"):
        found = problems(cloud, small("roomless", dataScientistRoleArn=OTHER_ROLE))
    assert found == (
        "444455556666 role ResearchScientistRole: its inline policies have 10,080 characters, and 233 more would be "
        "above IAM's 10,240 for a role. Name another DataScientistRole, or take policies away from this one"
    )


def test_a_full_data_scientist_role_is_no_problem_for_a_team_that_has_its_policy_there(cloud: Cloud) -> None:
    asked = small("housed", dataScientistRoleArn=OTHER_ROLE)
    assert outcome(cloud.onboard(asked)) == "onboarded"
    with filled(cloud, "ResearchScientistRole", up_to=10_000):
        assert outcome(cloud.onboard(asked)) == "onboarded"


def test_a_bucket_that_is_missing_is_named_with_its_account(cloud: Cloud) -> None:
    with without_bucket(cloud):
        found = problems(cloud, small("bucketless", datasets=[CHECKPOINTS]))
    assert found == (
        "777788889999 bucket example-corp-checkpoints: does not exist in account 777788889999. "
        "Correct the event's bucket or accountId"
    )


def test_a_bucket_in_another_region_is_named_with_both_regions(cloud: Cloud) -> None:
    with bucket_in("eu-west-1"):
        found = problems(cloud, small("faraway", datasets=[CHECKPOINTS]))
    assert found.startswith(
        "777788889999 bucket example-corp-checkpoints: is in eu-west-1, and the cluster is in us-west"
    )


def test_an_encrypted_bucket_wants_its_key_named(cloud: Cloud) -> None:
    keyless = {key: value for key, value in LABELS.items() if key != "kmsKeyArn"}
    found = problems(cloud, small("keyless", datasets=[keyless]))
    assert "is encrypted with arn:aws:kms:us-west-2:777788889999:key/11111111-2222-4333-8444-555555555555" in found
    assert "the event names no key" in found


def test_an_add_on_that_is_missing_is_named_with_the_command_that_installs_it(cloud: Cloud) -> None:
    for name in ("eks-pod-identity-agent", "amazon-sagemaker-hyperpod-taskgovernance"):
        with without_add_on(cloud, name):
            found = problems(cloud, small("addonless"))
        assert f"aws eks create-addon --cluster-name research-eks --addon-name {name}" in found


def test_a_cluster_that_takes_no_access_entries_is_named(cloud: Cloud) -> None:
    with authentication_mode("CONFIG_MAP"):
        found = problems(cloud, small("modeless"))
    assert "its authentication mode CONFIG_MAP takes no access entries" in found


def test_an_account_without_our_member_role_is_named(cloud: Cloud) -> None:
    elsewhere = {"bucket": "elsewhere", "accountId": "999900001111"}
    found = problems(cloud, small("memberless", datasets=[IMAGES, elsewhere]))
    assert "999900001111 role hyperpod-onboarding-data: AssumeRole was refused with AccessDenied" in found
    assert "arn:aws:iam::999900001111:role/hyperpod-onboarding-data" in found
    assert "Run: aws cloudformation deploy --template-file accounts/data.yaml" in found
    assert accounts.EXTERNAL_ID not in found


def test_a_quota_beyond_the_cluster_is_refused_with_the_numbers(cloud: Cloud) -> None:
    resources = [
        {"instanceType": "ml.p5.48xlarge", "count": 17},
        {"instanceType": "ml.g6.12xlarge", "accelerators": 33},
        {"instanceType": "ml.g5.12xlarge", "count": 1},
    ]
    found = problems(cloud, small("greedy", quota={"resources": resources}))
    assert found == (
        "quota.resources ml.g5.12xlarge: the cluster has no ml.g5.12xlarge; it has 8 ml.g6.12xlarge, "
        "16 ml.p5.48xlarge. Correct the instance type. "
        "quota.resources ml.p5.48xlarge: asks for 17 instances, and the cluster has 16. Ask for less. "
        "quota.resources ml.g6.12xlarge: asks for 33 accelerators, and the cluster has 32 in 8 instances. Ask for less"
    )


def test_all_problems_are_told_at_once(cloud: Cloud) -> None:
    elsewhere = {"bucket": "elsewhere", "accountId": "999900001111"}
    keyless = {key: value for key, value in LABELS.items() if key != "kmsKeyArn"}
    event = small("everything", dataScientistRoleArn=MISSING_ROLE, datasets=[elsewhere, CHECKPOINTS, keyless])
    with without_bucket(cloud), without_add_on(cloud, "eks-pod-identity-agent"), authentication_mode("CONFIG_MAP"):
        found = problems(cloud, event)
    for part in (
        "NobodysRole",
        "999900001111 role hyperpod-onboarding-data",
        "bucket example-corp-checkpoints: does not exist",
        "the event names no key",
        "addon-name eks-pod-identity-agent",
        "authentication mode CONFIG_MAP",
    ):
        assert part in found
