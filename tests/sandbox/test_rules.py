"""Rules that start state machines."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.aws.eventbridge import rules
from sandbox.aws.eventbridge.target_input import event_input
from sandbox.aws.gateway.operators import why_not
from sandbox.aws.stepfunctions import interpreter
from sandbox.runtime.clock import Clock
from tests.sandbox.engine_server import ACCOUNT, REGION, credentials, eventually

ROLE = f"arn:aws:iam::{ACCOUNT}:role/rule"
PASS = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
FAIL = {
    "QueryLanguage": "JSONata",
    "StartAt": "A",
    "States": {"A": {"Type": "Fail", "Error": "Quota.Stuck", "Cause": "no capacity"}},
}
EVENT = {
    "version": "0",
    "id": "e1",
    "detail-type": "Team Created",
    "source": "hyperpod.teams",
    "account": ACCOUNT,
    "time": "2026-01-01T00:00:00Z",
    "region": REGION,
    "resources": [],
    "detail": {"team": 'vision "x"', "datasets": [{"bucket": "b"}], "dryRun": False},
}


@pytest.fixture(autouse=True)
def engine(endpoint: str) -> Iterator[None]:
    clock = Clock(speed=1000)
    undo_states = interpreter.install(clock, credentials, why_not, endpoint)
    undo_rules = rules.install(clock, credentials, why_not, endpoint)
    yield
    undo_rules()
    undo_states()
    clock.stop()


@pytest.fixture
def machine(client: Callable[[str], Any]) -> Callable[..., str]:
    def make(name: str, definition: dict[str, Any]) -> str:
        states = client("stepfunctions")
        made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
        return str(made["stateMachineArn"])

    return make


def rule(client: Callable[[str], Any], name: str, pattern: dict[str, Any], arn: str, **target: Any) -> None:
    events = client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, "RoleArn": ROLE, **target}])


def put(client: Callable[[str], Any], **detail: Any) -> str:
    entry = {"Source": "hyperpod.teams", "DetailType": "Team Created", "Detail": json.dumps(detail)}
    return str(client("events").put_events(Entries=[entry])["Entries"][0]["EventId"])


def execution(client: Callable[[str], Any], arn: str) -> dict[str, Any]:
    states = client("stepfunctions")

    def finished() -> Any:
        return [e for e in states.list_executions(stateMachineArn=arn)["executions"] if e["status"] != "RUNNING"]

    (found,) = eventually(finished)
    described: dict[str, Any] = states.describe_execution(executionArn=found["executionArn"])
    return described


def queue(client: Callable[[str], Any], *, open_to_events: bool = True) -> tuple[str, str]:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    if open_to_events:
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def dead_letter(client: Callable[[str], Any], url: str) -> dict[str, Any]:
    def received() -> Any:
        return client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages")

    (message,) = eventually(received)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    return {"body": json.loads(message["Body"]), **attributes}


def test_an_event_starts_an_execution_with_the_whole_event(
    client: Callable[[str], Any], machine: Callable[..., str]
) -> None:
    arn = machine("onboard", PASS)
    rule(client, "created", {"source": ["hyperpod.teams"]}, arn)
    event_id = put(client, team="vision")
    started = execution(client, arn)
    given = json.loads(started["input"])
    assert given["id"] == event_id
    assert given["detail"] == {"team": "vision"}
    assert given["detail-type"] == "Team Created"
    assert given["version"] == "0"
    assert given["time"].endswith("Z")
    assert set(given) == set(EVENT)
    assert started["name"].startswith(event_id)


def test_a_disabled_rule_does_not_fire(client: Callable[[str], Any], machine: Callable[..., str]) -> None:
    off, on = machine("off", PASS), machine("on", PASS)
    rule(client, "off", {"source": ["hyperpod.teams"]}, off)
    rule(client, "on", {"source": ["hyperpod.teams"]}, on)
    client("events").disable_rule(Name="off")
    put(client, team="vision")
    execution(client, on)
    assert client("stepfunctions").list_executions(stateMachineArn=off)["executions"] == []


def test_a_failed_execution_fires_a_rule_on_its_status_change(
    client: Callable[[str], Any], machine: Callable[..., str]
) -> None:
    failing, backstop = machine("failing", FAIL), machine("backstop", PASS)
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": [failing]},
    }
    rule(client, "backstop", pattern, backstop, InputPath="$.detail")
    started = client("stepfunctions").start_execution(stateMachineArn=failing, name="one", input='{"a": 1}')
    detail = json.loads(execution(client, backstop)["input"])
    assert isinstance(detail.pop("startDate"), int)
    assert isinstance(detail.pop("stopDate"), int)
    assert detail == {
        "executionArn": started["executionArn"],
        "stateMachineArn": failing,
        "name": "one",
        "status": "FAILED",
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": None,
        "error": "Quota.Stuck",
        "cause": "no capacity",
    }


def test_an_event_for_a_missing_machine_goes_to_the_dead_letter_queue(client: Callable[[str], Any]) -> None:
    url, arn = queue(client)
    gone = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:gone"
    rule(client, "created", {"source": ["hyperpod.teams"]}, gone, DeadLetterConfig={"Arn": arn})
    put(client, team="vision")
    message = dead_letter(client, url)
    assert message["body"]["detail"] == {"team": "vision"}
    assert message["RULE_ARN"] == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/created"
    assert message["TARGET_ARN"] == gone
    assert message["ERROR_CODE"] == "NO_RESOURCE"
    assert "ERROR_MESSAGE" in message


def test_a_role_that_cannot_be_assumed_is_no_permission(
    client: Callable[[str], Any], machine: Callable[..., str]
) -> None:
    url, arn = queue(client)
    nobody = ROLE.replace("/rule", "/nobody")
    rule(client, "r", {"source": ["hyperpod.teams"]}, machine("m", PASS), RoleArn=nobody, DeadLetterConfig={"Arn": arn})
    put(client, team="vision")
    assert dead_letter(client, url)["ERROR_CODE"] == "NO_PERMISSIONS"


def test_a_queue_that_eventbridge_may_not_use_gets_nothing(
    client: Callable[[str], Any], caplog: pytest.LogCaptureFixture
) -> None:
    url, arn = queue(client, open_to_events=False)
    gone = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:gone"
    rule(client, "created", {"source": ["hyperpod.teams"]}, gone, DeadLetterConfig={"Arn": arn})
    put(client, team="vision")
    eventually(lambda: "may not send" in caplog.text)
    assert "Messages" not in client("sqs").receive_message(QueueUrl=url)


def transformed(template: str, **paths: str) -> Any:
    target = {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    return json.loads(event_input(target, EVENT, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/bus/created", "now"))


def test_input_is_a_constant() -> None:
    assert event_input({"Input": '{"a": 1}'}, EVENT, "r/r", "now") == '{"a": 1}'


def test_input_path_is_a_part_of_the_event() -> None:
    assert json.loads(event_input({"InputPath": "$.detail.datasets[0].bucket"}, EVENT, "r/r", "now")) == "b"


def test_a_template_takes_values_as_json() -> None:
    paths = {"team": "$.detail.team", "sets": "$.detail.datasets", "dry": "$.detail.dryRun"}
    filled = transformed('{"team": <team>, "sets": <sets>, "dry": <dry>}', **paths)
    assert filled == {"team": 'vision "x"', "sets": [{"bucket": "b"}], "dry": False}


def test_a_template_takes_text_inside_quotes() -> None:
    assert transformed('{"name": "team <team>!"}', team="$.detail.team") == {"name": 'team vision "x"!'}


def test_a_variable_without_a_value_does_not_appear() -> None:
    assert transformed('{"a": <a>, "b": 1}', a="$.detail.nothing") == {"b": 1}


def test_reserved_variables_are_known() -> None:
    filled = transformed('{"rule": <aws.events.rule-name>, "all": <aws.events.event.json>}')
    assert filled == {"rule": "created", "all": EVENT}


def test_nobody_speaks_as_an_aws_service(client: Callable[[str], Any]) -> None:
    entry = {"DetailType": "AWS API Call via CloudTrail", "Detail": "{}"}
    answer = client("events").put_events(Entries=[{**entry, "Source": "aws.organizations"}, {**entry, "Source": "own"}])
    assert answer["FailedEntryCount"] == 1
    assert [each.get("ErrorCode") for each in answer["Entries"]] == ["NotAuthorizedForSourceException", None]
