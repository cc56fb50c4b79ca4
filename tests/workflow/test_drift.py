"""The sweep: what was missed or has drifted is found, and touched only where the stack says so."""

import json
from typing import Any, get_args

import pytest
from moto.cloudwatch.models import cloudwatch_backends
from moto.organizations.models import organizations_backends

from onboarding.organization import TEAM_TAG
from sandbox.aws.inventory import difference
from sandbox.aws.stepfunctions import maps
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.faults import Fault, Kind
from sandbox.scenery import accounts, shares
from tests.events import sample
from tests.workflow.drifts import DRIFTS, without_association
from tests.workflow.maps import closed_to_items
from tests.workflow.teams import changing, outcome, problems_in, small


def sweep(cloud: Cloud) -> Execution:
    """Runs a sweep to its end."""
    machine = cloud.stack.outputs["SweepArn"]
    answer = cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")
    execution = cloud.wait(answer["executionArn"])
    assert execution.status == "SUCCEEDED", execution.cause
    return execution


def reported(cloud: Cloud, execution: Execution) -> dict[str, dict[str, Any]]:
    """What a sweep said of each team that it found different."""
    entries = [
        entry
        for call in cloud.calls.entries(service="events", operation="PutEvents")
        for entry in call.call.parameters["Entries"]
        if entry["DetailType"] == "Team Drifted"
    ]
    details = [json.loads(entry["Detail"]) for entry in entries]
    return {said["team"]: said for said in details if said["sweep"] == execution.arn}


def record(cloud: Cloud, team: str, **fields: str) -> None:
    """Writes fields of a team's record by hand."""
    cloud.client("dynamodb").update_item(
        TableName=cloud.stack.outputs["RegistryTable"],
        Key={"id": {"S": f"team/{team}"}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in fields),
        ExpressionAttributeNames={f"#{name}": name for name in fields},
        ExpressionAttributeValues={f":{name}": {"S": value} for name, value in fields.items()},
    )


def test_a_sweep_of_teams_as_recorded_finds_and_changes_nothing(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("sound"))) == "onboarded"
    # The first one notes, once, that the team's account is in a watched unit.
    sweep(cloud)
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    execution = sweep(cloud)
    assert (execution.output["drifted"], reported(cloud, execution)) == (0, {})
    changes = [change for change in changing(cloud.calls.entries()[calls:]) if change.startswith(("iam", "eks", "s3"))]
    assert changes == ["s3:PutObject"]
    left = [line for line in difference(before, cloud.snapshot()) if "/ swept" not in line and "sweeps/" not in line]
    assert left == []


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_sweep_reports_by_team_and_resource_that(cloud: Cloud, drift: str) -> None:
    team = f"drift-{list(DRIFTS).index(drift)}"
    wanted, resources = DRIFTS[drift].event(team), DRIFTS[drift].resources
    assert outcome(cloud.onboard(wanted)) == "onboarded"
    DRIFTS[drift].make(cloud, team)
    broken = cloud.snapshot()
    execution = sweep(cloud)
    said = reported(cloud, execution)[team]
    assert said["repaired"] is False
    for resource in resources:
        assert any(resource in found["resource"] for found in said["drift"]), said["drift"]
    assert json.loads(cloud.registry()[f"team/{team}"]["drift"]["S"])["drift"] == said["drift"]
    touched = [
        line for line in difference(broken, cloud.snapshot()) if "registry" not in line and "sweeps/" not in line
    ]
    assert touched == []
    # And is told no more when it is as recorded again.
    assert outcome(cloud.onboard(wanted)) == "onboarded"
    assert team not in reported(cloud, sweep(cloud))
    assert "drift" not in cloud.registry()[f"team/{team}"]


def test_a_tagged_account_that_was_never_onboarded_is_reported(cloud: Cloud) -> None:
    account = organizations_backends[accounts.MANAGEMENT_ACCOUNT]["aws"].get_account_by_id(accounts.SCIENTISTS_ACCOUNT)
    account.tags[TEAM_TAG] = "overlooked"
    try:
        said = reported(cloud, sweep(cloud))["overlooked"]
    finally:
        del account.tags[TEAM_TAG]
    assert said["drift"] == []
    assert f"account {accounts.SCIENTISTS_ACCOUNT} is tagged with the team" in said["problem"]


def test_a_team_whose_execution_has_ended_half_way_is_reported(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("halfway"))) == "onboarded"
    (ended, *_) = cloud.executions()
    record(cloud, "halfway", holder=ended, status="onboarding")
    said = reported(cloud, sweep(cloud))["halfway"]
    assert said["problem"] == f"stuck as onboarding: its execution has ended SUCCEEDED, {ended}"
    assert outcome(cloud.onboard(small("halfway"))) == "onboarded"


def test_an_execution_that_was_given_much_can_be_looked_at_when_it_has_ended_half_way(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("laden"))) == "onboarded"
    # As much as an execution may be given: with anything else beside, more than a state may hold.
    given = json.dumps({"team": "Laden", "ballast": "x" * 262_000})
    machine = cloud.stack.outputs["OnboardTeamArn"]
    started = cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input=given)
    ended = cloud.wait(started["executionArn"])
    record(cloud, "laden", holder=ended.arn, status="onboarding")
    assert "its execution has ended FAILED" in reported(cloud, sweep(cloud))["laden"]["problem"]
    assert outcome(cloud.onboard(small("laden"))) == "onboarded"


def test_a_cause_that_is_cut_short_is_told_as_it_is(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("wordy"))) == "onboarded"
    recorded = cloud.registry()["team/wordy"]["active"]
    broken = {**json.loads(recorded["S"]), "ballast": "x" * 40_000}
    record(cloud, "wordy", active=json.dumps(broken))
    try:
        problem = reported(cloud, sweep(cloud))["wordy"]["problem"]
    finally:
        record(cloud, "wordy", active=recorded["S"])
    assert "ballast" in problem


def test_of_many_problems_the_first_25_are_told_and_how_many_more_there_are(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("troubled"))) == "onboarded"
    recorded = cloud.registry()["team/troubled"]["active"]
    known = json.loads(recorded["S"])
    missing = [{**known["datasets"][0], "prefix": f"{number}/"} for number in range(20)]
    types = [{"instanceType": f"ml.unknown{number}.48xlarge", "count": 1} for number in range(15)]
    broken = {**known, "datasets": missing, "quota": {**known["quota"], "resources": types}}
    ssm = cloud.client("ssm", accounts.DATA_ACCOUNT)
    before = json.dumps(shares.shared(ssm))
    shares.put(ssm, "[]")
    record(cloud, "troubled", active=json.dumps(broken))
    try:
        answer = problems_in(cloud.onboard({**broken, "dryRun": True}))
        said = reported(cloud, sweep(cloud))["troubled"]
    finally:
        record(cloud, "troubled", active=recorded["S"])
        shares.put(ssm, before)
    assert len(answer) == 20 + 15
    first = ". ".join(f"{each['resource']}: {each['reason']}" for each in answer[:25])
    assert said["problem"] == f"Step plan: {first}. And 10 more"
    assert said["findings"] == [each["id"] for each in answer]
    assert set(said["findings"]) == {"S3-SHARE", "QUOTA-INSTANCE-TYPE"}


def test_a_sweep_that_was_stopped_leaves_nothing_behind_and_the_next_one_finds_it_all(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("overslept"))) == "onboarded"
    without_association(cloud, "overslept")
    before = cloud.snapshot()
    client, machine = cloud.client("stepfunctions"), cloud.stack.outputs["SweepArn"]
    first: list[str] = []
    stop = Fault(
        lambda call: call.operation == "StartExecution" and call.principal != "operator",
        Kind.CALLBACK,
        callback=lambda _: client.stop_execution(executionArn=first[0]),
    )
    cloud.faults.add(stop)
    first.append(client.start_execution(stateMachineArn=machine, input="{}")["executionArn"])
    assert cloud.wait(first[0]).status == "ABORTED"
    cloud.settle()
    left = [line for line in difference(before, cloud.snapshot()) if "sweeps/" not in line]
    assert [line for line in left if "registry" not in line] == []
    assert "holder" not in cloud.registry()["team/overslept"]
    assert "overslept" in reported(cloud, sweep(cloud))


@pytest.mark.parametrize("left", get_args(maps.Leaving))
def test_a_sweep_that_could_look_at_nothing_fails_and_says_so(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, left: maps.Leaving
) -> None:
    monkeypatch.setattr(maps, "left_by_failure", left)
    if "team/unlooked" not in cloud.registry():
        assert outcome(cloud.onboard(small("unlooked"))) == "onboarded"
    machine = cloud.stack.outputs["SweepArn"]
    with closed_to_items(cloud, "sweep"):
        answer = cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")
        execution = cloud.wait(answer["executionArn"])
    assert (execution.status, execution.error) == ("FAILED", "Incomplete")
    teams = sum(item.startswith("team/") for item in cloud.registry())
    assert execution.cause is not None
    assert execution.cause.startswith(f"0 of {teams} teams were looked at")


def test_a_team_that_cannot_be_looked_at_is_reported_and_the_others_are_looked_at(cloud: Cloud) -> None:
    for team in ("unseen", "beside"):
        assert outcome(cloud.onboard(small(team))) == "onboarded"
    denied = Fault(
        lambda call: call.operation == "StartExecution" and "unseen" in json.dumps(dict(call.parameters)),
        Kind.DENIED,
        times=None,
    )
    cloud.faults.add(denied)
    execution = sweep(cloud)
    said = reported(cloud, execution)["unseen"]
    assert said["drift"] == []
    assert said["problem"].startswith("StepFunctions.")
    assert "swept" in cloud.registry()["team/beside"]


def test_what_a_sweep_finds_is_counted_by_a_metric(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("counted"))) == "onboarded"
    without_association(cloud, "counted")
    sweep(cloud)
    data = cloud_metrics()
    assert data[-1] >= 1


def cloud_metrics() -> list[float]:
    """The numbers of drifted teams that were put, oldest first."""
    data: list[Any] = cloudwatch_backends[accounts.CLUSTER_ACCOUNT][accounts.REGION].metric_data
    return [datum.value for datum in data if datum.name == "DriftedTeams"]


def test_the_cluster_in_service_starts_a_sweep(cloud: Cloud) -> None:
    before = set(cloud.executions("SweepArn"))
    event = sample("cluster-in-service")
    event["detail"]["ClusterArn"] = cloud.client("sagemaker").list_clusters()["ClusterSummaries"][0]["ClusterArn"]
    cloud.happen(event)
    while not (new := [arn for arn in cloud.executions("SweepArn") if arn not in before]):
        cloud.clock.sleep(1)
    assert cloud.wait(new[0]).status == "SUCCEEDED"
