"""Many teams by one manifest."""

import json
from typing import Any

import pytest

from sandbox.cloud import Cloud, Execution
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.workflow.maps import closed_to_items
from tests.workflow.teams import outcome, small

MACHINE = "OnboardManyArn"


def onboard_many(cloud: Cloud, name: str, text: str | None = None) -> Execution:
    """Puts a manifest, unless it is there, and onboards its teams."""
    key = f"manifests/{name}"
    if text is not None:
        cloud.client("s3").put_object(Bucket=cloud.stack.outputs["FilesBucket"], Key=key, Body=text.encode())
    answer = cloud.client("stepfunctions").start_execution(
        stateMachineArn=cloud.stack.outputs[MACHINE], input=json.dumps({"key": key})
    )
    return cloud.wait(answer["executionArn"])


def result(cloud: Cloud, name: str) -> list[dict[str, Any]]:
    """The result file beside the manifest."""
    key = f"manifests/{name}.result.json"
    body = cloud.client("s3").get_object(Bucket=cloud.stack.outputs["FilesBucket"], Key=key)["Body"]
    found: list[dict[str, Any]] = json.loads(body.read())
    return found


def onboarded(cloud: Cloud, name: str) -> int:
    """How many teams of a manifest are noted as onboarded."""
    found = cloud.client("s3").list_objects_v2(
        Bucket=cloud.stack.outputs["FilesBucket"], Prefix=f"manifests/{name}.results/"
    )
    return sum(each["Key"].endswith(".onboarded") for each in found.get("Contents", []))


def stop_all(cloud: Cloud, machine: str) -> None:
    """Stops a machine's running executions."""
    client = cloud.client("stepfunctions")
    listed = client.list_executions(stateMachineArn=cloud.stack.outputs[machine], statusFilter="RUNNING")
    for execution in listed["executions"]:
        client.stop_execution(executionArn=execution["executionArn"])


def manifest(*details: object) -> str:
    return "\n".join(detail if isinstance(detail, str) else json.dumps(detail) for detail in details)


def announcements(cloud: Cloud, kind: str, execution: Execution) -> list[dict[str, Any]]:
    entries = [
        json.loads(entry["Detail"])
        for call in cloud.calls.entries(service="events", operation="PutEvents")
        for entry in call.call.parameters["Entries"]
        if entry["DetailType"] == kind
    ]
    return [said for said in entries if said["execution"] == execution.arn]


def counts(execution: Execution) -> dict[str, int]:
    assert execution.status == "SUCCEEDED", execution.cause
    return {key: value for key, value in execution.output.items() if key != "report"}


def test_good_lines_are_onboarded_and_bad_ones_told_before_the_rest_begins(cloud: Cloud) -> None:
    teams = [small(f"many-{number}") for number in range(4)]
    bad = [small("Not A Team"), "{not json", small("many-twice"), small("many-twice")]
    cloud.faults.add(Fault(Match("iam", "CreateRole"), Kind.THROTTLE, times=6))
    before = len(cloud.executions())
    execution = onboard_many(cloud, "mixed.jsonl", manifest(*teams, *bad))
    assert counts(execution) == {"onboarded": 4, "failed": 0, "bad": 4, "left": 0}
    assert {f"team/many-{number}" for number in range(4)} <= set(cloud.registry())
    assert len(cloud.executions()) == before + 4
    (said,) = announcements(cloud, "Manifest Checked", execution)
    assert (said["toDo"], said["bad"]) == (4, 4)
    assert [line["line"] for line in said["badLines"]] == [5, 6, 7, 8]
    assert "detail.team is" in said["badLines"][0]["reason"]
    assert [line["result"] for line in result(cloud, "mixed.jsonl")] == ["onboarded"] * 4 + ["bad"] * 4


def test_a_team_that_fails_keeps_no_other_from_being_onboarded_and_a_restart_does_only_what_is_left(
    cloud: Cloud,
) -> None:
    missing = f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/ResearchScientistRole"
    teams = [small("left-0"), small("left-1", dataScientistRoleArn=missing), small("left-2")]
    fault = Fault(
        lambda call: call.operation == "CreatePodIdentityAssociation" and "left-1" in json.dumps(dict(call.parameters)),
        Kind.DENIED,
        times=None,
    )
    cloud.faults.add(fault)
    assert counts(onboard_many(cloud, "left.jsonl", manifest(*teams))) == {
        "onboarded": 2,
        "failed": 1,
        "bad": 0,
        "left": 0,
    }
    assert "CreatePodIdentityAssociation" in result(cloud, "left.jsonl")[1]["reason"]
    cloud.faults.clear()
    before = len(cloud.executions())
    again = onboard_many(cloud, "left.jsonl")
    assert counts(again) == {"onboarded": 3, "failed": 0, "bad": 0, "left": 0}
    assert len(cloud.executions()) == before + 1


def test_a_run_that_could_start_no_team_fails_and_reports_all_lines_as_left(cloud: Cloud) -> None:
    teams = [small(f"unstarted-{number}") for number in range(2)]
    with closed_to_items(cloud, "onboard-many"):
        execution = onboard_many(cloud, "unstarted.jsonl", manifest(*teams))
    assert (execution.status, execution.error) == ("FAILED", "Incomplete")
    assert execution.cause is not None
    assert execution.cause.startswith("0 of 2 teams were tried")
    assert [line["result"] for line in result(cloud, "unstarted.jsonl")] == ["left", "left"]
    again = onboard_many(cloud, "unstarted.jsonl")
    assert counts(again) == {"onboarded": 2, "failed": 0, "bad": 0, "left": 0}


def test_a_run_that_was_stopped_half_way_goes_on_with_what_is_left(cloud: Cloud) -> None:
    teams = [small(f"broken-off-{number}") for number in range(7)]
    stop = Fault(Match("s3", "PutObject", nth=5), Kind.CALLBACK, "after", callback=lambda _: stop_all(cloud, MACHINE))
    cloud.faults.add(stop)
    assert onboard_many(cloud, "broken-off.jsonl", manifest(*teams)).status == "ABORTED"
    cloud.settle()
    cloud.faults.clear()
    done = onboarded(cloud, "broken-off.jsonl")
    assert 0 < done < len(teams)
    before = len(cloud.executions())
    assert counts(onboard_many(cloud, "broken-off.jsonl"))["onboarded"] == len(teams)
    assert len(cloud.executions()) == before + len(teams) - done
    registry = cloud.registry()
    assert all(registry[f"team/{team['team']}"]["status"] == {"S": "active"} for team in teams)


def test_a_line_of_csv_is_filled_in_from_a_profile_and_what_it_says_wins(cloud: Cloud) -> None:
    account = accounts.SCIENTISTS_ACCOUNT
    text = f"team,account,serviceAccount\ncsv-0,{account},\ncsv-1,{account},trainer\n"
    assert counts(onboard_many(cloud, "sheet.csv", text))["onboarded"] == 2
    requests = [json.loads(cloud.registry()[f"team/csv-{number}"]["active"]["S"]) for number in range(2)]
    assert [request["serviceAccount"] for request in requests] == ["hyperpod-training", "trainer"]
    assert requests[0]["datasets"][1]["prefix"] == "csv-0/"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("list.jsonl", manifest("[", small("listed"), "]"), "Line 1 opens a list and does not close it"),
        ("twice.csv", "team,account,team\nlisted,444455556666,other\n", 'names "team" more than once'),
    ],
)
def test_a_manifest_of_which_some_lines_would_pass_by_chance_is_refused_whole(
    cloud: Cloud, name: str, text: str, says: str
) -> None:
    before = len(cloud.executions())
    execution = onboard_many(cloud, name, text)
    assert execution.error == "InvalidRequest"
    assert f"manifests/{name}: " in str(execution.cause)
    assert says in str(json.loads(str(execution.cause))["errorMessage"]).replace("\\", "")
    assert len(cloud.executions()) == before


def test_a_manifest_that_is_not_there_is_named(cloud: Cloud) -> None:
    execution = onboard_many(cloud, "nowhere.jsonl")
    assert execution.error == "InvalidRequest"
    assert "manifests/nowhere.jsonl" in str(execution.cause)


def test_a_team_that_is_onboarded_already_is_no_failure(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("known"))) == "onboarded"
    assert counts(onboard_many(cloud, "known.jsonl", manifest(small("known"))))["onboarded"] == 1
