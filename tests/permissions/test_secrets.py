"""Nothing secret leaves: planted values are looked for in everything that whole runs write."""

import json
from collections.abc import Iterator

import pytest
from moto.sts.models import sts_backends

from sandbox import places
from sandbox.cloud import Cloud, Options, running
from sandbox.gateway import Fault, Kind, Match
from sandbox.permissions.runs import detail

OWNERS_SECRET = "planted-secret-of-the-bucket-owner"
TELLTALES = ("k8s-aws-v1.", "X-Amz-Signature", "X-Amz-Security-Token", "PRIVATE KEY", OWNERS_SECRET, places.EXTERNAL_ID)


@pytest.fixture(scope="module")
def written() -> Iterator[str]:
    """All that runs of every ending write: logs, histories, events, registry."""
    pieces: list[str] = []
    options = Options(
        speed=100.0,
        on_log=lambda function, line: pieces.append(line),
        on_history=lambda execution, event: pieces.append(json.dumps(event, default=str)),
    )
    with running(options) as cloud:
        _plant(cloud)
        cloud.onboard({"team": places.EXTERNAL_ID[:3], "nonsense": True})
        for fault in (
            Fault(Match("s3", "PutBucketPolicy"), Kind.DENIED, times=None),
            Fault(Match("kubernetes", "create roles"), Kind.DENIED, times=None),
            Fault(Match("sts", "AssumeRole", "hyperpod-onboarding-iam-roles"), Kind.DENIED, times=None),
        ):
            cloud.faults.add(fault)
            pieces.append(str(cloud.onboard(detail("failing")).cause))
            cloud.faults.clear()
        cloud.onboard(detail("told"))
        cloud.settle()
        pieces.append(json.dumps(cloud.registry()))
        pieces += [json.dumps(e.call.parameters, default=str) for e in cloud.calls.entries(operation="PutEvents")]
        for machine in ("OnboardTeamArn", "UnwindTeamArn"):
            pieces += [str(cloud.wait(arn)) for arn in cloud.executions(machine)]
        pieces.append("\n".join(_credentials()))
        yield "\n".join(pieces[:-1]) + "\0" + pieces[-1]


def _plant(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3", places.DATA_ACCOUNT), "example-corp-images"
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    owners = {"StringEquals": {"aws:Referer": OWNERS_SECRET}}
    policy["Statement"][0]["Condition"] = owners
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


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
    ):
        assert expected in said, expected
