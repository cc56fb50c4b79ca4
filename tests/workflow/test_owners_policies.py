"""What owners have in their buckets' policies can make every change impossible: they are told what to mend."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.call_log import Call, Entry
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.faults.runs import DELETED, ended, offboarded
from tests.workflow.teams import CHECKPOINTS, announced, outcome, small, with_folder
from tests.workflow.test_drift import reported, sweep
from tests.workflow.test_planning import problems

BUCKET = str(CHECKPOINTS["bucket"])
ARN = f"arn:aws:s3:::{BUCKET}"
OURS = f"777788889999 bucket {BUCKET} statement HyperpodOnboarding111122223333AccessPoints"
MEND = (
    f"Run: aws s3api get-bucket-policy --bucket {BUCKET} --query Policy --output text > policy.json && "
    f"${{EDITOR:-vi}} policy.json && aws s3api put-bucket-policy --bucket {BUCKET} --policy file://policy.json"
)

Document = dict[str, Any]


def reading(team: str, **changes: Any) -> Document:
    """A team that reads below a prefix of its own in the bucket."""
    return small(team, datasets=[{**CHECKPOINTS, "prefix": f"{team}/", "access": "read"}], **changes)


def owners(sid: str, **parts: Any) -> Document:
    """A statement of the owner."""
    everything = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    return {"Sid": sid, **everything, **parts}


def policy(cloud: Cloud) -> Document:
    """The bucket's policy; empty where it has none."""
    return dict(cloud.snapshot()[accounts.DATA_ACCOUNT]["buckets"][BUCKET]["policy"] or {"Statement": []})


def put(cloud: Cloud, statements: list[Document]) -> None:
    s3 = cloud.client("s3", accounts.DATA_ACCOUNT)
    if statements:
        document = {"Version": "2012-10-17", "Statement": statements}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))
    else:
        s3.delete_bucket_policy(Bucket=BUCKET)


def add(cloud: Cloud, *statements: Document) -> None:
    """The owner adds statements to those that are there."""
    put(cloud, [*policy(cloud)["Statement"], *statements])


def take_out(cloud: Cloud, *sids: str) -> None:
    """The owner takes statements out."""
    put(cloud, [statement for statement in policy(cloud)["Statement"] if statement["Sid"] not in sids])


def make_role(cloud: Cloud, sid: str, element: str = "Principal") -> str:
    """Adds a statement that names a new role; returns the role's id."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = cloud.client("iam", accounts.DATA_ACCOUNT)
    role = iam.create_role(RoleName=f"analytics-{sid}", AssumeRolePolicyDocument=document)["Role"]
    add(cloud, owners(sid, **{element: {"AWS": [f"arn:aws:iam::{accounts.DATA_ACCOUNT}:root", role["Arn"]]}}))
    return str(role["RoleId"])


def delete_role(cloud: Cloud, sid: str) -> None:
    """The role is gone, and the statement names its id."""
    cloud.client("iam", accounts.DATA_ACCOUNT).delete_role(RoleName=f"analytics-{sid}")


def make_dead(cloud: Cloud, sid: str, element: str = "Principal") -> str:
    """Adds a statement that names a role, and deletes that role; returns the id that is left of it."""
    identity = make_role(cloud, sid, element)
    delete_role(cloud, sid)
    return identity


def puts(cloud: Cloud, since: int) -> list[Entry]:
    """How the stack has tried to write bucket policies."""
    tried = cloud.calls.entries(operation="PutBucketPolicy")
    return [entry for entry in tried if entry.sequence > since and entry.call.principal != "operator"]


@contextmanager
def dead(cloud: Cloud, sid: str, element: str = "Principal") -> Iterator[str]:
    """A statement names a principal that was deleted, for a while."""
    identity = make_dead(cloud, sid, element)
    try:
        yield identity
    finally:
        take_out(cloud, sid)


def why_not(sid: str, identity: str) -> str:
    return (
        f"the bucket's policy cannot be changed: statement {sid} names {identity}, and S3 refuses the whole policy for "
        f"a principal that was deleted. Take it out of there. {MEND}"
    )


@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_the_plan_names_the_statement_whose_principal_is_dead(cloud: Cloud, element: str) -> None:
    with dead(cloud, "Former", element) as identity:
        assert problems(cloud, reading("late")) == f"{OURS}: {why_not('Former', identity)}"


def test_a_policy_that_need_not_change_is_no_obstacle_but_a_warning(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(reading("first"))) == "onboarded"
    with dead(cloud, "Former") as identity:
        execution = cloud.onboard(reading("beside"))
        assert outcome(execution) == "onboarded"
        ((_, said),) = announced(cloud, execution)
        assert said["warnings"] == [
            {
                "id": "S3-POLICY-PRINCIPAL",
                "resource": f"777788889999 bucket {BUCKET}",
                "reason": why_not("Former", identity),
                "looming": True,
            }
        ]
        # Nor is it one for a team that leaves others behind.
        assert outcome(offboarded(cloud, "beside")) == "offboarded"
    assert outcome(offboarded(cloud, "first")) == "offboarded"


def test_the_sweep_says_so_before_anybody_leaves(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(reading("staying"))) == "onboarded"
    with dead(cloud, "Former") as identity:
        said = reported(cloud, sweep(cloud))["staying"]
        assert (said["drift"], said["repaired"]) == ([], False)
        assert said["problem"] == f"777788889999 bucket {BUCKET}: {why_not('Former', identity)}"
    assert "staying" not in reported(cloud, sweep(cloud))
    assert outcome(offboarded(cloud, "staying")) == "offboarded"


def test_a_dry_run_of_leaving_warns_of_it(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(reading("asking"))) == "onboarded"
    with dead(cloud, "Former") as identity:
        execution = ended(cloud, {"team": "asking", "dryRun": True}, DELETED)
    assert outcome(execution) == "planned"
    warnings = [warning for step in execution.output["plan"] for warning in step["warnings"]]
    assert warnings == [{"id": "S3-POLICY-PRINCIPAL", "resource": OURS, "reason": why_not("Former", identity)}]
    assert outcome(offboarded(cloud, "asking")) == "offboarded"


def test_the_last_team_out_is_told_which_statement_to_mend_and_leaves_then(cloud: Cloud) -> None:
    before = cloud.snapshot()
    assert outcome(cloud.onboard(reading("last"))) == "onboarded"
    identity, calls = make_dead(cloud, "Former"), len(cloud.calls.entries())
    execution = offboarded(cloud, "last")
    assert execution.status == "FAILED"
    assert f"Left over: {OURS} (ServiceRefused: {why_not('Former', identity)})" in str(execution.cause)
    cloud.settle()
    # Twice by the execution, and twice by the backstop; nobody waits for it to pass.
    assert len(puts(cloud, calls)) == 4
    take_out(cloud, "Former")
    assert outcome(offboarded(cloud, "last")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_a_principal_that_dies_after_the_plan_is_named_at_once_and_everything_taken_back(cloud: Cloud) -> None:
    before, calls, found = cloud.snapshot(), len(cloud.calls.entries()), list[str]()

    def counting(call: Call) -> bool:
        return str(call.parameters.get("UpdateExpression", "")).startswith("ADD teams")

    kill = Fault(counting, Kind.CALLBACK, "after", callback=lambda _: found.append(make_dead(cloud, "Former")))
    cloud.faults.add(kill)
    execution = cloud.onboard(reading("unlucky"))
    assert (execution.status, execution.error) == ("FAILED", "ServiceRefused")
    assert why_not("Former", found[0]) in str(execution.cause)
    assert len(puts(cloud, calls)) == 1
    cloud.settle()
    take_out(cloud, "Former")
    assert difference(before, cloud.snapshot()) == []


def test_a_principal_that_dies_while_the_policy_is_written_is_found_by_the_next_try(cloud: Cloud) -> None:
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    identity = make_role(cloud, "Current")
    first = Match("s3", "PutBucketPolicy", f"{accounts.STACK}-s3-access-point")
    cloud.faults.add(Fault(first, Kind.CALLBACK, callback=lambda _: delete_role(cloud, "Current")))
    execution = cloud.onboard(reading("unluckier"))
    assert (execution.status, execution.error) == ("FAILED", "ServiceRefused")
    assert why_not("Current", identity) in str(execution.cause)
    assert len(puts(cloud, calls)) == 2
    cloud.settle()
    take_out(cloud, "Current")
    assert difference(before, cloud.snapshot()) == []


def test_a_folders_statement_is_written_as_well(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(reading("shelf"))) == "onboarded"
    dataset = {**CHECKPOINTS, "prefix": "shelf/", "access": "read"}
    with dead(cloud, "Former") as identity:
        found = problems(cloud, with_folder("shelf", dataset))
    assert found.startswith(f"777788889999 bucket {BUCKET} statement HyperpodOnboarding111122223333Link")
    assert found.endswith(f": {why_not('Former', identity)}")
    assert outcome(offboarded(cloud, "shelf")) == "offboarded"
