"""Deliberately wrong policies, planted when the right ones have just been put: each is found by the team's own pod."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from sandbox.scenery.landscape import LABELS_KEY
from tests.workflow.teams import IMAGES, LABELS, small

PARAMETERS = {"Probe": "true"}

Change = Callable[[Cloud, Call], None]


def of_role(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Changes the statements of the data access role that has just been given its policy."""

    def changed(cloud: Cloud, call: Call) -> None:
        name = str(call.parameters["RoleName"])
        if "-data-access-" not in name:
            return
        iam = cloud.client("iam")
        document = iam.get_role_policy(RoleName=name, PolicyName="access")["PolicyDocument"]
        document["Statement"] = [s for s in document["Statement"] if change(s) is not False]
        iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=json.dumps(document))

    return changed


def of_point(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Changes the statements of the access point that has just been given its policy."""

    def changed(cloud: Cloud, call: Call) -> None:
        control, name = cloud.client("s3control", accounts.DATA_ACCOUNT), str(call.parameters["Name"])
        point = {"AccountId": accounts.DATA_ACCOUNT, "Name": name}
        document = json.loads(control.get_access_point_policy(**point)["Policy"])
        document["Statement"] = [s for s in document["Statement"] if change(s) is not False]
        control.put_access_point_policy(**point, Policy=json.dumps(document))

    return changed


def of_bucket(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Changes the stack's statement in the bucket's policy that has just been put."""

    def changed(cloud: Cloud, call: Call) -> None:
        s3, bucket = cloud.client("s3", accounts.DATA_ACCOUNT), str(call.parameters["Bucket"])
        document = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        for statement in document["Statement"]:
            if statement["Sid"].endswith("AccessPoints"):
                change(statement)
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))

    return changed


def no_prefix(statement: dict[str, Any]) -> None:
    statement.pop("Condition", None)


def without(action: str) -> Callable[[dict[str, Any]], bool]:
    def changed(statement: dict[str, Any]) -> bool:
        return statement["Action"] not in (action, [action])

    return changed


def any_way_in(statement: dict[str, Any]) -> None:
    statement.pop("Condition")


def on_the_bucket_too(statement: dict[str, Any]) -> None:
    listed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    statement["Resource"] = [*listed, "arn:aws:s3:::example-corp-images", "arn:aws:s3:::example-corp-images/*"]


def of_another_account(statement: dict[str, Any]) -> None:
    statement["Condition"]["StringEquals"]["s3:DataAccessPointAccount"] = accounts.CLUSTER_ACCOUNT


def unbounded(change: Change) -> Change:
    """Changes the role's policy, and takes off the boundary that would keep the role from it all the same."""

    def changed(cloud: Cloud, call: Call) -> None:
        change(cloud, call)
        name = str(call.parameters["RoleName"])
        if "-data-access-" in name:
            cloud.client("iam").delete_role_permissions_boundary(RoleName=name)

    return changed


def no_grant(cloud: Cloud, _: Call) -> None:
    kms = cloud.client("kms", accounts.DATA_ACCOUNT)
    for grant in kms.list_grants(KeyId=LABELS_KEY)["Grants"]:
        if grant["Name"].endswith("-nokey"):
            kms.revoke_grant(KeyId=LABELS_KEY, GrantId=grant["GrantId"])


def trusting_another_namespace(cloud: Cloud, call: Call) -> None:
    name = str(call.parameters["RoleName"])
    if "-data-access-" in name:
        iam = cloud.client("iam")
        document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        text = json.dumps(document).replace("hyperpod-ns-", "hyperpod-")
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=text)


WRONG: dict[str, tuple[dict[str, tuple[str, str, Change]], str]] = {
    "wide": (
        {
            "the role lists any prefix": ("iam", "PutRolePolicy", of_role(no_prefix)),
            "and the access point lets it": ("s3", "PutAccessPointPolicy", of_point(no_prefix)),
        },
        "should be refused and was let in",
    ),
    "undelegated": (
        {"the bucket delegates to another account": ("s3", "PutBucketPolicy", of_bucket(of_another_account))},
        "should be let in and was refused: An error occurred (AccessDenied)",
    ),
    "unreadable": (
        {"the role may not get objects": ("iam", "PutRolePolicy", of_role(without("s3:GetObject")))},
        "should be let in and was refused: An error occurred (AccessDenied) when calling the GetObject operation",
    ),
    "nokey": (
        {"the key has no grant for the role": ("kms", "CreateGrant", no_grant)},
        "should be let in and was refused: An error occurred (AccessDenied) when calling the GetObject operation",
    ),
    "untrusted": (
        {"the role trusts pods of another namespace": ("iam", "CreateRole", trusting_another_namespace)},
        "should be let in and got no credentials",
    ),
    "open": (
        {
            "the bucket lets the cluster's account in past access points": (
                "s3", "PutBucketPolicy", of_bucket(any_way_in),
            ),
            "and the role may, with no boundary left": (
                "iam", "PutRolePolicy", unbounded(of_role(on_the_bucket_too)),
            ),
        },
        "get at example-corp-images should be refused and was let in",
    ),
}  # fmt: skip
"""Name of a team to what is wrong for it, by service, operation and change; and what its pod finds."""


@pytest.mark.parametrize("team", WRONG)
def test_a_wrong_policy_is_found_and_everything_taken_back(cloud: Cloud, team: str) -> None:
    before = cloud.snapshot()
    changes, words = WRONG[team]
    for service, operation, change in changes.values():
        function = f"{accounts.STACK}-iam-roles" if service == "iam" else f"{accounts.STACK}-s3-access-point"

        def plant(call: Call, change: Change = change) -> None:
            change(cloud, call)

        match = Match(service, operation, function)
        cloud.faults.add(Fault(match, Kind.CALLBACK, "after", times=None, callback=plant))
    execution = cloud.onboard(small(team, datasets=[LABELS if team == "nokey" else IMAGES]))
    cloud.faults.clear()
    assert execution.status == "FAILED"
    assert (execution.error, words in str(execution.cause)) == ("ProbeRefused", True), execution.cause
    assert str(execution.cause).startswith(f"Step probe, cluster research-eks Pod hyperpod-ns-{team}/")
    assert difference(before, cloud.snapshot()) == []
