"""Nothing secret leaves: planted values are looked for in everything that whole runs write."""

import json
from collections.abc import Iterator

import pytest
from moto.sts.models import sts_backends

from onboarding.organization import PROFILE_TAG, TEAM_TAG
from proofs.permissions.teams import detail, started_by
from sandbox.cloud import Cloud, Execution, Options, running
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.events import sample

OWNERS_SECRET = "planted-secret-of-the-bucket-owner"
ACCOUNTS_SECRET = "planted-secret-in-a-tag-of-the-account"
PROFILES_SECRET = "planted-secret-in-a-profile"
MANIFESTS_SECRET = "planted-secret-in-a-manifest"
TELLTALES = (
    "k8s-aws-v1.",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "PRIVATE KEY",
    OWNERS_SECRET,
    ACCOUNTS_SECRET,
    PROFILES_SECRET,
    MANIFESTS_SECRET,
    "b@example.com",
    accounts.EXTERNAL_ID,
)
"""The last but one is the address that account B belongs to."""

MANIFEST = "manifests/told.jsonl"


@pytest.fixture(scope="module")
def written() -> Iterator[str]:
    """All that runs of every ending write: logs, histories, events, registry."""
    pieces: list[str] = []
    options = Options(
        on_log=lambda function, line: pieces.append(line),
        on_history=lambda execution, event: pieces.append(json.dumps(event, default=str)),
    )
    with running(options) as cloud:
        _plant(cloud)
        cloud.onboard({"team": accounts.EXTERNAL_ID[:3], "nonsense": True})
        for fault in (
            # First, while the function has no session to keep.
            Fault(Match("sts", "AssumeRole", "hyperpod-onboarding-iam-roles"), Kind.DENIED, times=None),
            Fault(Match("s3", "PutBucketPolicy"), Kind.DENIED, times=None),
            Fault(Match("kubernetes", "create roles"), Kind.DENIED, times=None),
        ):
            cloud.faults.add(fault)
            execution = cloud.onboard(detail("failing"))
            assert execution.status == "FAILED"
            pieces.append(str(execution.cause))
            cloud.faults.clear()
        cloud.onboard(detail("told"))
        _come_by_account(cloud)
        _onboard_manifest(cloud)
        _sweep(cloud)
        cloud.settle()
        pieces.append(json.dumps(cloud.registry()))
        pieces += _files(cloud)
        pieces += [json.dumps(e.call.parameters, default=str) for e in cloud.calls.entries(operation="PutEvents")]
        for machine in ("OnboardManyArn", "OnboardTeamArn", "SweepArn", "UnwindTeamArn"):
            pieces += [str(cloud.wait(arn)) for arn in cloud.executions(machine)]
        pieces.append("\n".join(_credentials()))
        yield "\n".join(pieces[:-1]) + "\0" + pieces[-1]


def _plant(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3", accounts.DATA_ACCOUNT), "example-corp-images"
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    owners = {"StringEquals": {"aws:Referer": OWNERS_SECRET}}
    policy["Statement"][0]["Condition"] = owners
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def _come_by_account(cloud: Cloud) -> None:
    """By a profile that is wrong, without the right to read the organization, and by a good profile."""
    organizations, account = cloud.client("organizations", accounts.MANAGEMENT_ACCOUNT), accounts.SCIENTISTS_ACCOUNT
    tags = {TEAM_TAG: "tagged", PROFILE_TAG: "wrong", "note": ACCOUNTS_SECRET}
    organizations.tag_resource(ResourceId=account, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    wrong = {"Name": f"/{accounts.STACK}/profiles/wrong", "Value": json.dumps({"password": PROFILES_SECRET})}
    cloud.client("ssm").put_parameter(**wrong, Type="String")
    event = sample("account-created")
    assert started_by(cloud, lambda: cloud.happen(event)).error == "InvalidRequest"
    organizations.untag_resource(ResourceId=account, TagKeys=[PROFILE_TAG])
    cloud.faults.add(Fault(Match("organizations", "DescribeAccount"), Kind.DENIED, times=None))
    assert started_by(cloud, lambda: cloud.happen(event)).error == "AccessDenied"
    cloud.faults.clear()
    assert started_by(cloud, lambda: cloud.happen(event)).status == "SUCCEEDED"


def _onboard_manifest(cloud: Cloud) -> None:
    """A good line, one that fails, and a bad one."""
    bad = {"team": "bad", "password": MANIFESTS_SECRET}
    lines = [detail("good", datasets=[]), detail("failing"), bad]
    body = "\n".join(map(json.dumps, lines)).encode()
    cloud.client("s3").put_object(Bucket=cloud.stack.outputs["FilesBucket"], Key=MANIFEST, Body=body)
    cloud.faults.add(Fault(Match("kms", "CreateGrant"), Kind.DENIED, times=None))
    execution = _started(cloud, "OnboardManyArn", {"key": MANIFEST})
    cloud.faults.clear()
    assert (execution.output["onboarded"], execution.output["failed"], execution.output["bad"]) == (1, 1, 1)


def _sweep(cloud: Cloud) -> None:
    """One that may not read the organization, and one that finds a team changed."""
    cloud.faults.add(Fault(Match("sts", "AssumeRole", f"{accounts.STACK}-list-teams"), Kind.DENIED, times=None))
    assert _started(cloud, "SweepArn", {}).status == "FAILED"
    cloud.faults.clear()
    cloud.client("iam").delete_role_policy(RoleName="hyperpod-cluster-access-good", PolicyName="access")
    assert _started(cloud, "SweepArn", {}).output["drifted"] == 1


def _started(cloud: Cloud, machine: str, given: dict[str, str]) -> Execution:
    client, arn = cloud.client("stepfunctions"), cloud.stack.outputs[machine]
    return cloud.wait(client.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"])


def _files(cloud: Cloud) -> list[str]:
    """Name and content of all that the stack has written into its bucket; the manifest itself is its author's."""
    s3, bucket = cloud.client("s3"), cloud.stack.outputs["FilesBucket"]
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"] if found["Key"] != MANIFEST]
    return [key + s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]


def _credentials() -> set[str]:
    found = set()
    for account in list(sts_backends):
        for session in sts_backends[account]["aws"].assumed_roles:
            found |= {str(session.secret_access_key), str(session.session_token)}
    return found


@pytest.mark.parametrize("telltale", TELLTALES)
def test_no_run_writes(written: str, telltale: str) -> None:
    assert telltale not in written.split("\0")[0]


def test_no_run_writes_a_credential(written: str) -> None:
    said, credentials = written.split("\0")
    assert len(credentials.split("\n")) > 10
    assert [each for each in credentials.split("\n") if each in said] == []


def test_the_runs_have_written_enough_to_be_searched(written: str) -> None:
    said = written.split("\0")[0]
    for expected in (
        '"message":"started"',
        "Team Onboarding Failed",
        "PutBucketPolicy was refused",
        "TaskStateEntered",
        "detail.password is not a field",
        "Team Drifted",
        "Manifest Done",
        "manifests/told.jsonl.result.json",
        "sweeps/",
    ):
        assert expected in said, expected
