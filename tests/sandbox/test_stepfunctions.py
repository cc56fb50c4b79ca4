"""State machines as AWS would run them."""

import datetime
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.awslambda import invocation
from sandbox.aws.awslambda.configuration import FunctionConfig
from sandbox.aws.awslambda.functions import Lambdas
from sandbox.aws.gateway.operators import why_not
from sandbox.aws.stepfunctions import interpreter
from sandbox.aws.stepfunctions.expressions import evaluate
from sandbox.runtime.clock import Clock
from sandbox.runtime.processes import Processes
from tests.sandbox.engine_server import ACCOUNT, REGION, credentials, eventually

ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"
HANDLER = """
import os, time

class QuotaStuckError(Exception):
    pass

def handler(event, context):
    if event.get("do") == "raise":
        raise QuotaStuckError("no capacity")
    if event.get("do") == "crash":
        os._exit(1)
    time.sleep(event.get("seconds", 0))
    return {"did": event}
"""


class Engine:
    """Creates and runs state machines of the JSONata kind."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.states = client("stepfunctions")
        self.client = client
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self._made = 0

    def observe(self, execution_arn: str, event: dict[str, Any]) -> None:
        self.seen.append((execution_arn, event))

    def create(self, definition: dict[str, Any]) -> str:
        self._made += 1
        text = json.dumps({"QueryLanguage": "JSONata", **definition})
        made = self.states.create_state_machine(name=f"machine-{self._made}", definition=text, roleArn=ROLE)
        return str(made["stateMachineArn"])

    def start(self, definition: dict[str, Any], given: Any = None, **arguments: Any) -> str:
        arn = self.create(definition)
        started = self.states.start_execution(stateMachineArn=arn, input=json.dumps(given or {}), **arguments)
        return str(started["executionArn"])

    def finish(self, arn: str) -> dict[str, Any]:
        def ended() -> Any:
            execution = self.states.describe_execution(executionArn=arn)
            return execution if execution["status"] != "RUNNING" else None

        described: dict[str, Any] = eventually(ended)
        return described

    def run(self, definition: dict[str, Any], given: Any = None) -> dict[str, Any]:
        return self.finish(self.start(definition, given))

    def output(self, definition: dict[str, Any], given: Any = None) -> Any:
        execution = self.run(definition, given)
        assert execution["status"] == "SUCCEEDED", execution
        return json.loads(execution["output"])

    def value(self, template: Any, given: Any = None) -> Any:
        return self.output(one({"Type": "Pass", "Output": template}), given)

    def history(self, arn: str) -> list[str]:
        return [event["type"] for event in self.states.get_execution_history(executionArn=arn)["events"]]


def one(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A machine of one state, and others that it names."""
    return {"StartAt": "A", "States": {"A": state if "Next" in state else {**state, "End": True}, **more}}


def task(resource: str, **arguments: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments}


def fail(error: str, cause: str) -> dict[str, Any]:
    return {"Type": "Fail", "Error": error, "Cause": cause}


@pytest.fixture
def clock() -> Iterator[Clock]:
    made = Clock(speed=200)
    yield made
    made.stop()


@pytest.fixture
def engine(endpoint: str, client: Callable[[str], Any], clock: Clock) -> Iterator[Engine]:
    made = Engine(client)
    undo = interpreter.install(clock, credentials, why_not, endpoint, made.observe)
    yield made
    undo()


@pytest.fixture
def toy(endpoint: str, client: Callable[[str], Any], processes: Processes, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "app.py").write_text(HANDLER)
    lambdas = Lambdas(endpoint, credentials, processes)
    undo = invocation.install(lambdas, Clock())
    client("iam").create_role(RoleName="toy", AssumeRolePolicyDocument="{}")
    arn = client("lambda").create_function(
        FunctionName="toy", Role=f"arn:aws:iam::{ACCOUNT}:role/toy", Code={"ZipFile": b"none"}, Handler="app.handler",
        Runtime="python3.13",
    )["FunctionArn"]  # fmt: skip
    lambdas.register(FunctionConfig("toy", arn, "app.handler", tmp_path, {}, "toy", 5, 128))
    yield arn
    undo()
    lambdas.stop()


@pytest.fixture
def table(client: Callable[[str], Any]) -> str:
    client("dynamodb").create_table(
        TableName="teams", KeySchema=[{"AttributeName": "team", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "team", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    return "teams"


# Expressions


def test_strings_with_quotes_backslashes_and_line_ends_pass_through(engine: Engine) -> None:
    nasty = 'he said "hi"\n\\ {% $x %} é 😀'
    assert engine.value("{% $states.input.text & '!' %}", {"text": nasty}) == nasty + "!"


def test_variables_keep_any_value(engine: Engine) -> None:
    values = {"text": 'a "quoted" \\ text', "none": None, "list": [1, [2]], "map": {"a.b": 1.5}, "no": False}
    second = {"Type": "Pass", "Output": "{% $kept %}", "End": True}
    first = {"Type": "Pass", "Assign": {"kept": "{% $states.input %}"}, "Next": "B"}
    assert engine.output(one(first, B=second), values) == values


def test_literals_of_the_definition_keep_their_escapes(engine: Engine) -> None:
    assert engine.value({"a": 'x "y" \\ / é 😀'}) == {"a": 'x "y" \\ / é 😀'}


def test_assigned_literals_keep_their_escapes(engine: Engine) -> None:
    first = {"Type": "Pass", "Assign": {"text": 'x "y" \\ é'}, "Next": "B"}
    assert engine.output(one(first, B={"Type": "Pass", "Output": "{% $text %}", "End": True})) == 'x "y" \\ é'


def test_whole_numbers_stay_whole(engine: Engine) -> None:
    assert engine.value(["{% 4 / 2 %}", "{% $count([1, 2]) %}", "{% 2.50 %}"]) == [2, 2, 2.5]


def test_a_sequence_of_one_is_its_value(engine: Engine) -> None:
    assert engine.value("{% $states.input.l[x = 1].y %}", {"l": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}) == 2


def test_null_is_a_value(engine: Engine) -> None:
    assert engine.value(["{% $states.input.n %}", "{% $exists($states.input.n) %}"], {"n": None}) == [None, True]


def test_grouping_an_empty_array_leaves_it_empty() -> None:
    variables: dict[str, Any] = {"a": []}
    assert evaluate("$a{'x': 1}", variables) == {"x": 1}
    assert variables == {"a": []}


def test_step_functions_own_functions_work(engine: Engine) -> None:
    template = {
        "parse": "{% $parse('{\"a\": [1, null]}') %}",
        "hash": "{% $hash('a', 'SHA-256') %}",
        "uuid": "{% $length($uuid()) %}",
        "range": "{% $range(1, 5, 2) %}",
        "partition": "{% $partition([1, 2, 3], 2) %}",
    }
    assert engine.value(template) == {
        "parse": {"a": [1, None]},
        "hash": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "uuid": 36,
        "range": [1, 3, 5],
        "partition": [[1, 2], [3]],
    }


@pytest.mark.parametrize(
    "expression", ["$states.input.nothing", "$nothing", "$sum('a')", "$eval('1')", "function($x) { $x }", "1 +"]
)
def test_what_has_no_value_is_a_query_evaluation_error(engine: Engine, expression: str) -> None:
    execution = engine.run(one({"Type": "Pass", "Output": "{% " + expression + " %}"}))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_a_query_evaluation_error_can_be_caught(engine: Engine) -> None:
    state = {
        **task("dynamodb:getItem", TableName="{% $states.input.nothing %}"),
        "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B"}],
    }
    assert engine.output(one(state, B={"Type": "Pass", "Output": "caught", "End": True})) == "caught"


def test_output_sees_the_variables_from_before_the_state(engine: Engine) -> None:
    first = {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}
    second = {"Type": "Pass", "Assign": {"x": 2}, "Output": "{% $x %}", "Next": "C"}
    third = {"Type": "Pass", "Output": "{% [$states.input, $x] %}", "End": True}
    assert engine.output(one(first, B=second, C=third)) == [1, 2]


def test_the_context_names_execution_machine_and_state(engine: Engine) -> None:
    template = [
        "{% $states.context.Execution.Id %}",
        "{% $states.context.Execution.Name %}",
        "{% $states.context.Execution.StartTime %}",
        "{% $states.context.State.Name %}",
    ]
    identifier, name, start, state = engine.value(template)
    assert identifier == f"arn:aws:states:{REGION}:{ACCOUNT}:execution:machine-1:{name}"
    assert datetime.datetime.strptime(start, "%Y-%m-%dT%H:%M:%S.%fZ")
    assert state == "A"


# Flow


def test_choice_goes_by_its_condition(engine: Engine) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.n > 1 %}", "Next": "Many"}],
        "Default": "Few",
    }
    states = {
        "Many": {"Type": "Succeed", "Output": "many"},
        "Few": {"Type": "Succeed", "Output": "{% 'few ' & $string($states.input.n) %}"},
    }
    machine = {"StartAt": "A", "States": {"A": choice, **states}}
    assert engine.output(machine, {"n": 2}) == "many"
    assert engine.output(machine, {"n": 1}) == "few 1"


def test_fail_takes_error_and_cause_from_expressions(engine: Engine) -> None:
    execution = engine.run(
        {"StartAt": "A", "States": {"A": fail("{% $states.input.e %}", "{% 'since ' & $states.input.c %}")}},
        {"e": "Quota.Stuck", "c": '"none"'},
    )
    assert (execution["status"], execution["error"]) == ("FAILED", "Quota.Stuck")
    assert execution["cause"] == 'since "none"'


def mapped(**changes: Any) -> dict[str, Any]:
    return {"Type": "Map", "Items": "{% $states.input.items %}", "MaxConcurrency": 1, **changes}


def each(**states: Any) -> dict[str, Any]:
    return {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": next(iter(states)), "States": states}


def test_map_sees_outer_variables_item_and_index_and_keeps_order(engine: Engine) -> None:
    body = each(
        T={
            **task("dynamodb:getItem", TableName="none", Key={}),
            "Arguments": "{% $states.context.Map.Item.Index = 9 ? {} : $nothing %}",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.input %}", "Next": "P"}],
            "Next": "P",
        },
        P={"Type": "Pass", "Output": "{% [$outer, $states.input.v, $states.context.Map.Item.Index] %}", "End": True},
    )
    selector = {"v": "{% $states.context.Map.Item.Value * 10 %}"}
    second = mapped(ItemProcessor=body, ItemSelector=selector, MaxConcurrency=0, End=True)
    first = {"Type": "Pass", "Assign": {"outer": "o"}, "Next": "B"}
    assert engine.output(one(first, B=second), {"items": [3, 1, 2]}) == [["o", 30, 0], ["o", 10, 1], ["o", 20, 2]]


def test_map_of_one_at_a_time_runs_strictly_in_order(engine: Engine) -> None:
    body = each(W={"Type": "Wait", "Seconds": "{% $states.input %}", "End": True})
    arn = engine.start(one(mapped(ItemProcessor=body)), {"items": [9, 3, 6]})
    engine.finish(arn)
    events = [kind for kind in engine.history(arn) if kind.startswith(("MapIteration", "Wait"))]
    assert events == ["MapIterationStarted", "WaitStateEntered", "WaitStateExited", "MapIterationSucceeded"] * 3


def test_a_failing_iteration_ends_the_map_with_its_error_and_the_rest_does_not_run(engine: Engine) -> None:
    body = each(
        C={"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "F"}], "Default": "S"},
        S={"Type": "Succeed"},
        F=fail("{% 'Step' & $string($states.input) %}", "second"),
    )
    catch = [{"ErrorEquals": ["Step2"], "Assign": {"caught": "{% $states.errorOutput %}"}, "Next": "B"}]
    state = mapped(ItemProcessor=body, Catch=catch, Next="B")
    arn = engine.start(one(state, B={"Type": "Pass", "Output": "{% $caught %}", "End": True}), {"items": [1, 2, 3]})
    assert json.loads(engine.finish(arn)["output"]) == {"Error": "Step2", "Cause": "second"}
    assert engine.history(arn).count("MapIterationStarted") == 2


def test_an_empty_map_is_an_empty_list(engine: Engine) -> None:
    assert engine.output(one(mapped(ItemProcessor=each(S={"Type": "Succeed"}))), {"items": []}) == []


def test_parallel_is_a_try_block(engine: Engine) -> None:
    branch = {"StartAt": "X", "States": {"X": {"Type": "Pass", "Next": "Y"}, "Y": fail("Step.Failed", "that is why")}}
    catch = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "B"}]
    state = {"Type": "Parallel", "Branches": [branch], "Catch": catch, "Next": "B"}
    assert engine.output(one(state, B={"Type": "Pass", "End": True})) == {
        "Error": "Step.Failed",
        "Cause": "that is why",
    }


def test_a_parallel_in_a_map_is_retried_as_a_whole(engine: Engine) -> None:
    branch = {"StartAt": "X", "States": {"X": fail("Transient", "again")}}
    retry = [{"ErrorEquals": ["Transient"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    body = each(P={"Type": "Parallel", "Branches": [branch], "Retry": retry, "End": True})
    arn = engine.start(one(mapped(ItemProcessor=body)), {"items": [1]})
    execution = engine.finish(arn)
    assert (execution["status"], execution["error"]) == ("FAILED", "Transient")
    assert engine.history(arn).count("FailStateEntered") == 3


# Time


def test_waits_are_on_the_scaled_clock(engine: Engine, clock: Clock) -> None:
    before, started = clock.now(), time.monotonic()
    assert engine.run(one({"Type": "Wait", "Seconds": 60}))["status"] == "SUCCEEDED"
    assert clock.now() - before >= 60
    assert time.monotonic() - started < 5


def test_retries_back_off_up_to_their_longest_delay(engine: Engine, clock: Clock) -> None:
    retry = {"ErrorEquals": ["DynamoDB.ResourceNotFoundException"], "IntervalSeconds": 20, "BackoffRate": 2,
             "MaxDelaySeconds": 30, "MaxAttempts": 3, "JitterStrategy": "NONE"}  # fmt: skip
    before = clock.now()
    arn = engine.start(one({**task("dynamodb:getItem", TableName="none", Key={"k": {"S": "x"}}), "Retry": [retry]}))
    assert engine.finish(arn)["error"] == "DynamoDB.ResourceNotFoundException"
    assert engine.history(arn).count("TaskFailed") == 4
    assert clock.now() - before >= 20 + 30 + 30


def test_an_execution_times_out(engine: Engine) -> None:
    arn = engine.start({**one({"Type": "Wait", "Seconds": 86400}), "TimeoutSeconds": 60})
    execution = engine.finish(arn)
    assert (execution["status"], execution["error"]) == ("TIMED_OUT", "States.Timeout")
    assert execution["stopDate"] >= execution["startDate"]
    assert engine.history(arn)[-1] == "ExecutionTimedOut"


def test_a_nested_execution_times_out_on_the_scaled_clock(engine: Engine) -> None:
    inner = engine.create(one({"Type": "Wait", "Seconds": 86400}))
    state = {**task("states:startExecution.sync:2", StateMachineArn=inner, Input={}), "TimeoutSeconds": 60}
    assert engine.run(one(state))["error"] == "States.Timeout"


# Stopping


def test_a_stopped_execution_is_aborted_at_once(engine: Engine) -> None:
    arn = engine.start(one({"Type": "Wait", "Seconds": 86400}))
    engine.states.stop_execution(executionArn=arn, error="Operator", cause="enough")
    execution = engine.states.describe_execution(executionArn=arn)
    assert (execution["status"], execution["error"], execution["cause"]) == ("ABORTED", "Operator", "enough")
    assert engine.history(arn)[-1] == "ExecutionAborted"


def test_a_running_function_does_not_keep_a_stopped_execution_alive(engine: Engine, toy: str) -> None:
    state = task("lambda:invoke", FunctionName=toy, Payload={"seconds": 4})
    arn = engine.start(one({**state, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}, B={"Type": "Succeed"}))
    eventually(lambda: "TaskStarted" in engine.history(arn))
    started = time.monotonic()
    engine.states.stop_execution(executionArn=arn)
    assert engine.states.describe_execution(executionArn=arn)["status"] == "ABORTED"
    assert time.monotonic() - started < 2


# Tasks


def test_a_function_by_expression_gets_and_gives_its_payload(engine: Engine, toy: str) -> None:
    state = task("lambda:invoke", FunctionName="{% $states.input.arn %}", Payload="{% $states.input.payload %}")
    state["Output"] = "{% $states.result.Payload %}"
    payload = {"team": 'a "b"', "n": [1, None]}
    assert engine.output(one(state), {"arn": toy, "payload": payload}) == {"did": payload}


@pytest.mark.parametrize(("what", "error"), [("raise", "QuotaStuckError"), ("crash", "Runtime.ExitError")])
def test_a_functions_error_has_its_own_name(engine: Engine, toy: str, what: str, error: str) -> None:
    execution = engine.run(one(task("lambda:invoke", FunctionName=toy, Payload={"do": what})))
    assert execution["error"] == error
    assert json.loads(execution["cause"])["errorType"] == error


def test_a_task_times_out_in_real_seconds(engine: Engine, toy: str) -> None:
    quick = {**task("lambda:invoke", FunctionName=toy, Payload={"seconds": 0.2}), "TimeoutSeconds": 4}
    assert engine.run(one(quick))["status"] == "SUCCEEDED"
    slow = {**task("lambda:invoke", FunctionName=toy, Payload={"seconds": 3}), "TimeoutSeconds": 1}
    assert engine.run(one(slow))["error"] == "States.Timeout"


def test_an_unknown_function_is_a_lambda_error(engine: Engine) -> None:
    execution = engine.run(one(task("lambda:invoke", FunctionName="nobody", Payload={})))
    assert execution["error"] == "Lambda.ResourceNotFoundException"


def test_a_failed_condition_is_named_by_the_optimised_integration(engine: Engine, table: str) -> None:
    put = task(
        "dynamodb:putItem", TableName=table, Item={"team": {"S": "a"}}, ConditionExpression="attribute_not_exists(team)"
    )
    machine = one({**put, "Next": "B"}, B={**put, "End": True})
    execution = engine.run(machine)
    assert (execution["status"], execution["error"]) == ("FAILED", "DynamoDB.ConditionalCheckFailedException")
    assert "(Service: AmazonDynamoDBv2; Status Code: 400;" in execution["cause"]


def test_items_are_read_updated_and_deleted(engine: Engine, table: str) -> None:
    key = {"TableName": table, "Key": {"team": {"S": "a"}}}
    update = task(
        "dynamodb:updateItem", **key, UpdateExpression="SET #s = :s", ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "{% $states.context.Execution.Id %}"}},
    )  # fmt: skip
    get = {**task("dynamodb:getItem", **key), "Output": "{% $states.result.Item.status.S %}", "Next": "C"}
    delete = {**task("dynamodb:deleteItem", **key, ReturnValues="ALL_OLD"), "Output": "{% $states.input %}"}
    arn = engine.start(one({**update, "Next": "B"}, B=get, C={**delete, "End": True}))
    assert json.loads(engine.finish(arn)["output"]) == arn
    assert engine.client("dynamodb").scan(TableName=table)["Items"] == []


def test_events_are_put(engine: Engine) -> None:
    entry = {"Source": "hyperpod.teams", "DetailType": "Team Onboarded", "Detail": {"team": "{% $states.input.t %}"}}
    answer = engine.output(one(task("events:putEvents", Entries=[entry])), {"t": "vision"})
    assert answer["FailedEntryCount"] == 0


def test_a_nested_execution_gives_its_output(engine: Engine) -> None:
    inner = engine.create(one({"Type": "Pass", "Output": {"got": "{% $states.input.team %}"}}))
    state = task("states:startExecution.sync:2", StateMachineArn=inner, Input={"team": 'a "b"'}, Name="inner-1")
    answer = engine.output(one({**state, "Output": "{% $states.result %}"}))
    assert (answer["Status"], answer["Name"], answer["Output"]) == ("SUCCEEDED", "inner-1", {"got": 'a "b"'})


def test_a_nested_failure_tells_of_the_inner_cause(engine: Engine) -> None:
    inner = engine.create({"StartAt": "A", "States": {"A": fail("Quota.Stuck", "no capacity")}})
    execution = engine.run(one(task("states:startExecution.sync:2", StateMachineArn=inner, Input={})))
    assert execution["error"] == "States.TaskFailed"
    cause = json.loads(execution["cause"])
    assert (cause["Error"], cause["Cause"], cause["Status"]) == ("Quota.Stuck", "no capacity", "FAILED")


def test_a_long_description_of_a_failed_execution_is_cut_short(engine: Engine) -> None:
    inner = engine.create({"StartAt": "A", "States": {"A": fail("Quota.Stuck", "no capacity")}})
    nested = task("states:startExecution.sync:2", StateMachineArn=inner, Input={"long": "x" * 40_000})
    execution = engine.run(one(nested))
    assert execution["error"] == "States.TaskFailed"
    assert len(execution["cause"]) == 32_768
    with pytest.raises(json.JSONDecodeError):
        json.loads(execution["cause"])


def test_an_execution_with_much_data_can_be_described_only_without_it(engine: Engine) -> None:
    other = engine.start(one({"Type": "Pass"}), {"long": "x" * 262_000})
    whole = task("aws-sdk:sfn:describeExecution", ExecutionArn=other)
    assert engine.run(one(whole))["error"] == "States.DataLimitExceeded"
    alone = task("aws-sdk:sfn:describeExecution", ExecutionArn=other, IncludedData="METADATA_ONLY")
    answer = engine.output(one({**alone, "Output": "{% $states.result %}"}))
    assert (answer["Status"], "Input" in answer, "Output" in answer) == ("SUCCEEDED", False, False)


def test_a_name_in_use_is_refused_by_its_own_error(engine: Engine) -> None:
    inner = engine.create(one({"Type": "Pass"}))
    state = task("states:startExecution.sync:2", StateMachineArn=inner, Input={}, Name="once")
    execution = engine.run(one({**state, "Next": "B"}, B={**state, "End": True}))
    assert execution["error"] == "StepFunctions.ExecutionAlreadyExistsException"


def test_the_sdk_integration_speaks_pascal_case(engine: Engine) -> None:
    state = task("aws-sdk:sfn:describeExecution", ExecutionArn="{% $states.context.Execution.Id %}")
    answer = engine.output(one({**state, "Output": "{% $states.result %}"}))
    assert (answer["Status"], answer["Input"]) == ("RUNNING", "{}")
    assert answer["StartDate"].endswith("Z")


def test_an_sdk_error_is_named_after_service_and_exception(engine: Engine) -> None:
    gone = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:gone:gone"
    execution = engine.run(one(task("aws-sdk:sfn:describeExecution", ExecutionArn=gone)))
    assert execution["error"] == "Sfn.ExecutionDoesNotExistException"


# Executions


def test_executions_without_a_name_get_one_each(engine: Engine) -> None:
    machine = engine.create(one({"Type": "Pass"}))
    first = engine.states.start_execution(stateMachineArn=machine)["executionArn"]
    assert first != engine.states.start_execution(stateMachineArn=machine)["executionArn"]


def test_starting_twice_by_one_name_and_input_is_one_execution(engine: Engine) -> None:
    machine = engine.create(one({"Type": "Wait", "Seconds": 86400}))
    start = {"stateMachineArn": machine, "name": "once", "input": "{}"}
    first = engine.states.start_execution(**start)["executionArn"]
    assert engine.states.start_execution(**start)["executionArn"] == first
    with pytest.raises(engine.states.exceptions.ExecutionAlreadyExists):
        engine.states.start_execution(**{**start, "input": '{"other": 1}'})


def test_a_name_of_bad_characters_is_refused(engine: Engine) -> None:
    with pytest.raises(engine.states.exceptions.InvalidName):
        engine.start(one({"Type": "Pass"}), name="not a name")


def test_each_event_of_iterations_and_nested_executions_is_told(engine: Engine) -> None:
    inner = engine.create(one({"Type": "Pass"}))
    body = each(T={**task("states:startExecution.sync:2", StateMachineArn=inner, Input={}), "End": True})
    arn = engine.start(one(mapped(ItemProcessor=body)), {"items": [{"step": "roles"}]})
    engine.finish(arn)
    entered = [
        (execution == arn, event["stateEnteredEventDetails"]["name"], event["stateEnteredEventDetails"]["input"])
        for execution, event in engine.seen
        if event["type"].endswith("StateEntered")
    ]
    assert entered[1] == (True, "T", '{"step":"roles"}')
    assert (entered[2][0], entered[2][1]) == (False, "A")


def test_a_history_comes_in_pages_of_100_or_as_asked_and_backwards_too(engine: Engine) -> None:
    states: dict[str, Any] = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(60)}
    arn = engine.start({"StartAt": "S0", "States": {**states, "S60": {"Type": "Pass", "End": True}}})
    engine.finish(arn)
    first = engine.states.get_execution_history(executionArn=arn)
    assert [event["id"] for event in first["events"]] == [*range(1, 101)]
    second = engine.states.get_execution_history(executionArn=arn, nextToken=first["nextToken"])
    assert second["events"][0]["id"] == 101
    assert "nextToken" not in second
    whole = engine.states.get_execution_history(executionArn=arn, maxResults=1000)
    assert whole["events"][-1]["type"] == "ExecutionSucceeded"
    (last,) = engine.states.get_execution_history(executionArn=arn, maxResults=1, reverseOrder=True)["events"]
    assert last == whole["events"][-1]


def test_a_task_waits_days_for_its_token_which_is_answered_once(engine: Engine, table: str) -> None:
    key = {"TableName": table, "Key": {"team": {"S": "x"}}}
    waiting = {
        **task(
            "aws-sdk:dynamodb:updateItem.waitForTaskToken",
            **key,
            UpdateExpression="SET #t = :t",
            ExpressionAttributeNames={"#t": "token"},
            ExpressionAttributeValues={":t": {"S": "{% $states.context.Task.Token %}"}},
        ),
        "TimeoutSeconds": "{% $number('3') * 86400 %}",
    }
    arn = engine.start(one(waiting))
    items = engine.client("dynamodb")
    token = eventually(lambda: items.get_item(**key).get("Item", {}).get("token", {}).get("S"))
    assert engine.states.describe_execution(executionArn=arn)["status"] == "RUNNING"
    engine.states.send_task_success(taskToken=token, output='{"by": "me"}')
    assert json.loads(engine.finish(arn)["output"]) == {"by": "me"}
    for late in (token, "never heard of"):
        with pytest.raises((engine.states.exceptions.TaskTimedOut, engine.states.exceptions.InvalidToken)):
            engine.states.send_task_success(taskToken=late, output="{}")
    denied = engine.start(one(waiting))
    eventually(lambda: items.get_item(**key)["Item"]["token"]["S"] != token)
    engine.states.send_task_failure(
        taskToken=items.get_item(**key)["Item"]["token"]["S"], error="Denied", cause="not this year"
    )
    ended = engine.finish(denied)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Denied", "not this year")
