"""Runs of all that starts by itself or for many: the doors of other events, the sweep, a manifest."""

import json
from typing import Any

from onboarding import names
from onboarding.organization import PROFILE_TAG, TEAM_TAG
from proofs.permissions.teams import detail, expect, leave, started_by
from sandbox.cloud import ROOT, Cloud, Execution
from sandbox.scenery import accounts
from sandbox.scenery.administrator import console_quota

_ACCOUNT = {"ResourceId": accounts.SCIENTISTS_ACCOUNT}


def come_and_go_by_every_door(cloud: Cloud) -> None:
    """Accounts are made, moved and closed, quotas made and deleted by hand; a profile fills in what they do not say."""
    profile = {"Name": f"/{accounts.STACK}/profiles/plain", "Type": "String"}
    request = {key: value for key, value in detail("any", datasets=[]).items() if key != "team"}
    cloud.client("ssm").put_parameter(**profile, Value=json.dumps(request))
    organizations = cloud.client("organizations", accounts.MANAGEMENT_ACCOUNT)
    tags = {TEAM_TAG: "doors", PROFILE_TAG: "plain"}
    organizations.tag_resource(**_ACCOUNT, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    expect(_happened(cloud, _event("account-created")), "onboarded")
    _move(cloud, accounts.WATCHED_OU, accounts.OTHER_OU)
    expect(_happened(cloud, _event("account-closed")), "announced")
    _expect_swept(_started(cloud, "SweepArn", {}), drifted=1)
    expect(_happened(cloud, _event("account-created")), "ignored")
    _move(cloud, accounts.OTHER_OU, accounts.WATCHED_OU)
    leave(cloud, "doors")
    made, quota = _quota_made(cloud, "doors")
    expect(_happened(cloud, made), "onboarded")
    expect(_happened(cloud, _event("quota-deleted", requestParameters={"computeQuotaId": quota})), "announced")
    leave(cloud, "doors")
    organizations.untag_resource(**_ACCOUNT, TagKeys=list(tags))


def onboard_a_manifest(cloud: Cloud) -> None:
    """A line that is good, one that a profile fills in, one that fails, and one that is bad."""
    lines = [
        detail("listed", datasets=[]),
        {"team": "filled", "account": accounts.SCIENTISTS_ACCOUNT, "datasets": []},
        detail("failing", datasets=[], quota={"resources": [{"instanceType": "ml.p5.48xlarge", "count": 100}]}),
        {"team": "Not A Team"},
    ]
    key, bucket = "manifests/runs.jsonl", cloud.stack.outputs["FilesBucket"]
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body="\n".join(map(json.dumps, lines)).encode())
    execution = _started(cloud, "OnboardManyArn", {"key": key})
    counts = {"onboarded": 2, "failed": 1, "bad": 1, "left": 0}
    if execution.status != "SUCCEEDED" or not counts.items() <= execution.output.items():
        raise RuntimeError(f"the manifest ended as {execution.status}: {execution.cause or execution.output}")
    for team in ("listed", "filled"):
        leave(cloud, team)


def declare_a_team_in_a_stack(cloud: Cloud) -> None:
    """One that comes and goes; one that does not come, for its mark is looked for then, to be taken back; and one that
    is deleted while it comes, which waits its turn.
    """
    template = (ROOT / "docs" / "declared" / "team.yaml").read_text()
    given = {"TeamServiceToken": cloud.stack.outputs["TeamServiceToken"], "TeamName": "declared"}
    stack = cloud.declared_stack("declaring")
    if stack.create(template, given) != "CREATE_COMPLETE" or stack.delete() != "DELETE_COMPLETE":
        raise RuntimeError(f"the stack ended as {stack.status}: {stack.reason}")
    if stack.create(template, {**given, "Accelerated": "100"}) != "ROLLBACK_COMPLETE":
        raise RuntimeError(f"the stack ended as {stack.status}: it should have failed")
    if stack.create(template, given, cancelled=1.0) != "ROLLBACK_COMPLETE":
        raise RuntimeError(f"the stack ended as {stack.status}: it should have failed")


def sweep_after_the_cluster_came_back(cloud: Cloud) -> None:
    """All teams are as recorded."""
    (cluster,) = cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    event = _event("cluster-in-service")
    event["detail"]["ClusterArn"] = cluster["ClusterArn"]
    _expect_swept(started_by(cloud, lambda: cloud.happen(event), "SweepArn"), drifted=0)


def sweep_past_a_team_that_cannot_be_planned(cloud: Cloud) -> None:
    """What is recorded of it is no request any more."""
    table, key = cloud.stack.outputs["RegistryTable"], {"id": {"S": "team/garbled"}}
    dynamodb = cloud.client("dynamodb")
    dynamodb.put_item(TableName=table, Item={**key, "active": {"S": json.dumps({"team": "garbled"})}})
    _expect_swept(_started(cloud, "SweepArn", {}), drifted=1)
    dynamodb.delete_item(TableName=table, Key=key)


def sweep_and_repair(cloud: Cloud) -> None:
    """One team is not as recorded, and is brought back."""
    role = names.cluster_access_role("hyperpod", "resident")
    cloud.client("iam").delete_role_policy(RoleName=role, PolicyName="access")
    _expect_swept(_started(cloud, "SweepArn", {}), drifted=1)
    _expect_swept(_started(cloud, "SweepArn", {}), drifted=0)


def _expect_swept(execution: Execution, drifted: int) -> None:
    if execution.status != "SUCCEEDED" or execution.output["drifted"] != drifted:
        raise RuntimeError(f"the sweep ended as {execution.status}: {execution.cause or execution.output}")


def _started(cloud: Cloud, machine: str, given: dict[str, Any]) -> Execution:
    client, arn = cloud.client("stepfunctions"), cloud.stack.outputs[machine]
    return cloud.wait(client.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"])


def _happened(cloud: Cloud, event: dict[str, Any]) -> Execution:
    return started_by(cloud, lambda: cloud.happen(event))


def _event(name: str, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    event["detail"] |= changes
    return event


def _move(cloud: Cloud, source: str, destination: str) -> None:
    cloud.client("organizations", accounts.MANAGEMENT_ACCOUNT).move_account(
        AccountId=accounts.SCIENTISTS_ACCOUNT, SourceParentId=source, DestinationParentId=destination
    )


def _quota_made(cloud: Cloud, team: str) -> tuple[dict[str, Any], str]:
    """A quota by hand, what CloudTrail says of it, and its id."""
    quota = console_quota(cloud, team)
    found = cloud.client("sagemaker").describe_compute_quota(ComputeQuotaId=quota)
    (resource,) = found["ComputeQuotaConfig"]["ComputeQuotaResources"]
    resources = [{"instanceType": resource["InstanceType"], "count": resource["Count"]}]
    asked = {
        "name": found["Name"],
        "clusterArn": found["ClusterArn"],
        "computeQuotaConfig": {"computeQuotaResources": resources},
        "computeQuotaTarget": {"teamName": team, "fairShareWeight": found["ComputeQuotaTarget"]["FairShareWeight"]},
    }
    return _event("quota-created", requestParameters=asked), quota
