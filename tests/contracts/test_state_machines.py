"""What the state machines refer to exists, and every wait of theirs is bounded."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from onboarding import errors, patience, step
from sandbox.aws.stepfunctions.expressions import evaluate
from tests.contracts.machines import (
    NAMES,
    ROOT,
    actions,
    definition,
    expressions,
    function_tasks,
    passing,
    retriers,
    source,
    states,
    step_payloads,
    tasks,
)
from tests.contracts.stack import of_type, statements, template

JSONATA = {"$count", "$exists", "$join", "$lookup", "$merge", "$not", "$number", "$parse", "$reverse", "$string"}
"""Functions on which every implementation agrees."""

OURS = {kind.__name__ for parent in (errors.Transient, errors.Final) for kind in parent.__subclasses__()}
FINAL = {kind.__name__ for kind in errors.Final.__subclasses__()}

OPTIONAL = {"ProbeFunctionArn": "HasProbe"}
"""Functions that a stack may go without, and the condition by which it has them."""

STEPPING = ("onboard_team", "unwind_team")
"""The machines that send something to steps."""

UNKNOWN_TO_LINTER = (
    r"Seconds is \"\{% .* %\}\" but should be an Integer",
    r"MaxConcurrency is \"\{% .* %\}\" but should be numeric",
    r'Field "InputType" not allowed in .*ReaderConfig',
    # The interpreter of the sandbox reads a percentage only with its decimal point.
    r"ToleratedFailurePercentage is 100\.0 but should be an Integer",
)
"""What statelint's grammar lacks of JSONata in Wait states and of a distributed Map (Amazon States Language)."""

both = pytest.mark.parametrize("machine", NAMES)


def substitutions(machine: str) -> dict[str, Any]:
    """What the template gives the machine."""
    found: dict[str, Any] = next(
        properties["DefinitionSubstitutions"]
        for properties in of_type("AWS::Serverless::StateMachine").values()
        if properties["DefinitionUri"] == f"statemachine/{machine}.asl.json"
    )
    return found


def steps_in_code() -> dict[str, Any]:
    """Folder to STEP of every function that has one."""
    found = {}
    for app in sorted((ROOT / "functions").glob("*/app.py")):
        module = importlib.import_module(f"{app.parent.name}.app")
        if hasattr(module, "STEP"):
            found[app.parent.name] = module.STEP
    return found


@both
def test_the_template_gives_every_substitution_and_no_other(machine: str) -> None:
    used = set(re.findall(r"\$\{(\w+)\}", source(machine)))
    assert used == set(substitutions(machine))


@both
def test_functions_are_named_by_substitutions_that_lead_to_functions(machine: str) -> None:
    functions = of_type("AWS::Serverless::Function")
    for name, value in substitutions(machine).items():
        if name.endswith("FunctionArn"):
            leads_to = {"Fn::GetAtt": [name.removesuffix("Arn"), "Arn"]}
            assert value in (leads_to, {"Fn::If": [OPTIONAL.get(name), leads_to, ""]})
            assert name.removesuffix("Arn") in functions


@both
def test_every_error_of_ours_that_is_retried_exists(machine: str) -> None:
    named = {error for _, retrier in retriers(machine) for error in retrier["ErrorEquals"] if "." not in error}
    assert named <= OURS


@both
def test_every_function_is_retried_after_each_transient_error_and_each_lost_answer(machine: str) -> None:
    for name, state in function_tasks(machine):
        named = [error for retrier in state["Retry"] for error in retrier["ErrorEquals"]]
        assert sorted(named) == sorted({*errors.TRANSIENT, *passing("lambda:invoke"), *passing("every task")}), name


@pytest.mark.parametrize("machine", ["onboard_team", "unwind_team"])
def test_who_only_has_to_wait_for_others_waits_longer_than_a_fault_may_last(machine: str) -> None:
    for name, state in function_tasks(machine):
        patient, impatient, *_ = state["Retry"]
        assert set(patient["ErrorEquals"]) == {"Busy", "Throttled", *passing("lambda:invoke", "wait")}, name
        assert patient["MaxAttempts"] > impatient["MaxAttempts"], name
        # Tries that come too often take from each other what a limit leaves over.
        assert patient["MaxDelaySeconds"] > impatient["MaxDelaySeconds"], name
        # The longest that a task may be retried, before its own time: well within the time of the whole machine.
        longest = patient["MaxAttempts"] * patient["MaxDelaySeconds"]
        assert longest < definition(machine)["TimeoutSeconds"], name


def test_a_fresh_account_is_waited_for_longer_where_it_is_first_reached() -> None:
    waits = [name for name, retrier in retriers("onboard_team") if retrier["ErrorEquals"] == ["AccountNotReady"]]
    assert sorted(waits) == ["Plan step", "Resolve team"]


@pytest.mark.parametrize("machine", STEPPING)
def test_what_was_just_made_is_looked_for_often_at_first_and_for_minutes(machine: str) -> None:
    for name, state in function_tasks(machine):
        (retrier,) = [retrier for retrier in state["Retry"] if "NotYetVisible" in retrier["ErrorEquals"]]
        assert retrier["ErrorEquals"] == ["NotYetVisible"], name
        delays = [
            min(retrier["MaxDelaySeconds"], retrier["IntervalSeconds"] * retrier["BackoffRate"] ** n)
            for n in range(retrier["MaxAttempts"])
        ]
        assert delays[0] <= 1, name
        # Half of it on average, by the jitter.
        assert sum(delays) / 2 >= 240, name


@both
def test_nothing_final_is_retried_and_no_retry_catches_all(machine: str) -> None:
    for name, retrier in retriers(machine):
        assert not FINAL & set(retrier["ErrorEquals"]), name
        assert not {"States.ALL", "States.TaskFailed"} & set(retrier["ErrorEquals"]), name


@both
def test_every_task_is_retried_with_jitter_and_bounds(machine: str) -> None:
    assert {name for name, state in tasks(machine)} == {name for name, state in tasks(machine) if state.get("Retry")}
    for name, retrier in retriers(machine):
        assert retrier["JitterStrategy"] == "FULL", name
        assert 1 <= retrier["MaxDelaySeconds"] <= 300, name
        assert 1 <= retrier["MaxAttempts"] <= 30, name
        assert retrier["BackoffRate"] > 1, name


def longest_of(state: dict[str, Any]) -> int:
    """A task's time-out in seconds, the longest that the template allows where a parameter says it."""
    seconds = state["TimeoutSeconds"]
    if seconds == "{% $number('${ApprovalDays}') * 86400 %}":
        return int(template()["Parameters"]["ApprovalDays"]["MaxValue"]) * 86400
    return int(seconds)


@both
def test_every_task_waits_longer_than_the_function_may_run(machine: str) -> None:
    longest = template()["Globals"]["Function"]["Timeout"]
    assert all("Timeout" not in properties for properties in of_type("AWS::Serverless::Function").values())
    for name, state in tasks(machine):
        assert longest_of(state) > 0, name
    for name, state in function_tasks(machine):
        assert state["TimeoutSeconds"] > longest, name


@both
def test_a_machine_waits_no_longer_than_its_own_time_out(machine: str) -> None:
    for name, state in tasks(machine):
        assert longest_of(state) < definition(machine)["TimeoutSeconds"] or machine == "unwind_team", name


@pytest.mark.parametrize(
    ("machine", "taking"), [("onboard_team", "Unwind for dead holder"), ("unwind_team", "Replace unwinder")]
)
def test_who_takes_over_waits_for_the_last_function_of_who_died(machine: str, taking: str) -> None:
    longest = template()["Globals"]["Function"]["Timeout"]
    # A Catch leads there too, for an execution that ended so long ago that it is forgotten.
    leading = [
        (name, state)
        for name, state in states(machine)
        if taking in (state.get("Next"), state.get("Default"), *(choice["Next"] for choice in state.get("Choices", [])))
    ]
    assert leading
    for name, state in leading:
        assert state["Type"] == "Wait", name
        assert state["Seconds"] > longest, name


def test_an_execution_waits_for_another_no_longer_than_it_may_last_itself() -> None:
    machine = definition("onboard_team")
    (looks,) = re.findall(r"heldLooks >= (\d+)", source("onboard_team"))
    waits = re.fullmatch(
        r"\{% \$heldLooks < (\d+) \? (\d+) : (\d+) %\}", machine["States"]["Wait for holder"]["Seconds"]
    )
    assert waits
    soon, short, long = map(int, waits.groups())
    whole = soon * short + (int(looks) - soon) * long
    assert whole <= machine["TimeoutSeconds"] / 2
    # The words of who gives up.
    assert whole == 4 * 3600
    assert "has held the team for four hours" in source("onboard_team")


def test_a_nested_unwinding_has_all_the_time_it_may_take() -> None:
    whole = definition("unwind_team")["TimeoutSeconds"]
    nested = [state for _, state in tasks("onboard_team") if "startExecution" in state["Resource"]]
    assert nested
    assert all(state["TimeoutSeconds"] >= whole for state in nested)


def test_who_starts_an_onboarding_gives_it_all_the_time_that_it_may_take() -> None:
    # Its work; a sweep asks for nothing that has to be approved, and a manifest's line waits for no one so long.
    whole = definition("onboard_team")["TimeoutSeconds"] - longest_of(
        definition("onboard_team")["States"]["Wait for approval"]
    )
    started = [
        (name, state)
        for machine in ("onboard_many", "sweep")
        for name, state in tasks(machine)
        if "startExecution" in state["Resource"] and name != "Plan team"
    ]
    assert {name for name, _ in started} == {"End team", "Onboard team", "Repair"}
    assert all(state["TimeoutSeconds"] >= whole for _, state in started)


def test_a_machine_has_time_for_the_longest_that_each_step_may_wait() -> None:
    longest = {
        found.name: max(kind.patience + patience.LONGEST_SECONDS for kind in found.kinds)
        for found in steps_in_code().values()
        if any(kind.asynchronous for kind in found.kinds) or found.name == "probe"
    }
    assert set(longest) == {"quota_namespace", "fsx_storage", "probe"}
    back = definition("unwind_team")["TimeoutSeconds"]
    assert sum(longest.values()) < back
    # Forward, and then back.
    assert sum(longest.values()) + back < definition("onboard_team")["TimeoutSeconds"]


@both
def test_expressions_use_only_functions_on_which_all_implementations_agree(machine: str) -> None:
    for expression in expressions(machine):
        assert set(re.findall(r"\$\w+(?=\()", expression)) <= JSONATA, expression


@both
def test_every_state_is_there_that_another_leads_to(machine: str) -> None:
    for name, state in states(machine):
        targets = [state.get("Next"), state.get("Default")]
        targets += [choice["Next"] for choice in state.get("Choices", [])]
        targets += [catcher["Next"] for catcher in state.get("Catch", [])]
        assert {target for target in targets if target} <= {known for known, _ in states(machine)}, name


def test_the_steps_of_the_machine_are_the_functions_that_are_steps() -> None:
    listed = definition("onboard_team")["States"]["Begin"]["Assign"]["steps"]
    assert {line["step"] for line in listed} == set(steps_in_code())
    for line in listed:
        logical = "".join(word.capitalize() for word in line["step"].split("_"))
        assert line["function"] == f"${{{logical}FunctionArn}}"


def test_a_step_is_named_as_its_folder() -> None:
    assert {folder: found.name for folder, found in steps_in_code().items()} == {f: f for f in steps_in_code()}


def test_no_two_kinds_of_resource_of_a_step_share_a_name() -> None:
    for found in steps_in_code().values():
        kinds = [kind.kind for kind in found.kinds]
        assert len(set(kinds)) == len(kinds), found.name


def test_unwinding_takes_the_recorded_plan_in_reverse_one_step_at_a_time() -> None:
    (roll_back,) = [state for _, state in states("unwind_team") if state["Type"] == "Map"]
    plan = [{"step": name, "function": name, "changes": [{"kind": "any"}]} for name in ("one", "iam_roles", "two")]
    assert unwound(plan) == list(reversed(plan))
    assert (roll_back["Items"], roll_back["MaxConcurrency"]) == ("{% $steps %}", 1)
    record = definition("onboard_team")["States"]["Record plan"]["Arguments"]
    assert record["ExpressionAttributeValues"][":plan"] == {"S": "{% $string($plan) %}"}


def test_roles_that_were_taken_away_come_back_before_what_names_them_and_each_change_goes_back_once() -> None:
    made: dict[str, Any] = {"kind": "role", "address": "made", "after": {}}
    changed: dict[str, Any] = {"kind": "role", "address": "changed", "before": {}, "after": {}}
    kept: dict[str, Any] = {"kind": "role", "address": "kept", "before": {}, "same": True}
    gone: dict[str, Any] = {"kind": "role", "address": "gone", "before": {}}
    roles = {"step": "iam_roles", "function": "roles", "changes": [made, gone, changed, kept]}
    grants = {"step": "s3_access_point", "function": "grants", "changes": [{**gone, "kind": "key-grant"}]}
    pods = {"step": "pod_identity", "function": "pods", "changes": []}
    assert unwound([roles, grants, pods]) == [
        {**roles, "changes": [gone]},
        pods,
        grants,
        {**roles, "changes": [made, changed, kept]},
    ]
    # Where all are gone, the step has nothing to do in its turn.
    assert unwound([{**roles, "changes": [gone]}, grants])[-1] == {**roles, "changes": []}


def unwound(plan: list[dict[str, Any]]) -> Any:
    """What of a recorded plan is rolled back, in this order."""
    _, going = definition("unwind_team")["States"]["Plan recorded?"]["Choices"]
    record = {"goal": {"S": "onboarded"}, "plan": {"S": json.dumps(plan)}}
    return evaluate(going["Assign"]["steps"].removeprefix("{% ").removesuffix(" %}"), {"record": record})


def test_a_leaving_team_loses_what_takes_long_after_its_access() -> None:
    _, going = definition("unwind_team")["States"]["Plan recorded?"]["Choices"]
    plan = "$parse($record.plan.S)"
    forward = f"[$reverse([{plan}[$not(slow = true)]]), $reverse([{plan}[slow = true]])]"
    assert going["Assign"]["steps"].startswith(f"{{% $record.goal.S in ['gone', 'less'] ? {forward} : ")
    steps = definition("onboard_team")["States"]["Begin"]["Assign"]["steps"]
    assert [step["step"] for step in steps if step.get("slow")] == ["quota_namespace", "fsx_storage"]


def test_the_steps_are_applied_one_at_a_time_in_the_order_of_the_plan() -> None:
    apply = definition("onboard_team")["States"]["Apply"]
    assert (apply["Items"], apply["MaxConcurrency"]) == ("{% $plan %}", 1)


@pytest.mark.parametrize("machine", ["onboard_many", "sweep"])
def test_a_machine_counts_what_its_map_has_done_and_may_start_and_stop_it(machine: str) -> None:
    (mapped,) = [state for _, state in states(machine) if "ItemReader" in state]
    inside = mapped["ItemProcessor"]["States"].values()
    (mark,) = set.intersection(*(set(state["Output"]) for state in inside if state["Type"] == "Succeed"))
    assert any(f"$states.result[{mark} = " in assigned for assigned in mapped["Assign"].values())
    logical = "".join(word.capitalize() for word in machine.split("_"))
    role, name = of_type("AWS::IAM::Role")[f"{logical}Role"], machine.replace("_", "-")
    trusted = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"]
    ends = {arn["Fn::Sub"].split("stateMachine:")[1].removeprefix("${AWS::StackName}-") for arn in trusted}
    assert ends == {name, f"{name}/*"}
    stopped = [
        arn for found in statements(role) if "states:StopExecution" in found["Action"] for arn in found["Resource"]
    ]
    ends = {arn["Fn::Sub"].split("execution:")[1].removeprefix("${AWS::StackName}-") for arn in stopped}
    assert {f"{name}:*", f"{name}/*"} <= ends


def test_a_step_that_the_stack_goes_without_is_not_called() -> None:
    assert "$steps[`function` != '' and " in definition("onboard_team")["States"]["Plan"]["Items"]
    for name, condition in OPTIONAL.items():
        function = template()["Resources"][name.removesuffix("Arn")]
        assert function["Condition"] == condition


@pytest.mark.parametrize("machine", STEPPING)
def test_a_step_is_told_for_how_long_it_has_been_waited_for_and_says_when_to_look_again(machine: str) -> None:
    (inside,) = [
        state["ItemProcessor"]["States"]
        for _, state in states(machine)
        if "Let it settle" in state.get("ItemProcessor", {}).get("States", {})
    ]
    (payload,) = [payload for payload in step_payloads(machine) if "waited" in payload]
    assert (payload["awaited"], payload["waited"]) == ("{% $awaited %}", "{% $waited %}")
    taken = inside["Take step"]["Assign"]
    assert (taken["awaited"], taken["waited"]) == ("", 0)
    assert inside["Let it settle"]["Seconds"] == "{% $states.input.lookAgain %}"
    assert inside["Let it settle"]["Assign"] == {
        "awaited": "{% $states.input.awaited %}",
        "waited": "{% $states.input.waited + $states.input.lookAgain %}",
    }
    assert "$states.input.waited >= $states.input.patience" in str(inside["Settled?"])


def test_a_probe_gives_up_before_the_machine_does() -> None:
    (pod,) = steps_in_code()["probe"].kinds
    assert template()["Parameters"]["ProbeSeconds"]["MaxValue"] < pod.patience


@pytest.mark.parametrize("machine", STEPPING)
def test_a_step_knows_every_action_and_field_that_it_is_sent(machine: str) -> None:
    known = set(re.findall(r'case "([\w ]+)":', Path(step.__file__).read_text()))
    assert step_payloads(machine)
    for payload in step_payloads(machine):
        assert actions(payload) <= known
        assert set(payload) <= set(step.StepInput.model_fields)


def test_every_action_of_a_step_is_sent_by_a_machine() -> None:
    known = set(re.findall(r'case "([\w ]+)":', Path(step.__file__).read_text()))
    assert known == {
        action for machine in STEPPING for payload in step_payloads(machine) for action in actions(payload)
    }


@both
def test_the_linter_finds_nothing(machine: str) -> None:
    linter = Path(sys.executable).with_name("statelint")
    found = subprocess.run([linter, ROOT / "statemachine" / f"{machine}.asl.json"], capture_output=True, text=True)
    lines = [line for line in found.stdout.splitlines() if line.startswith(" ")]
    left = [line for line in lines if not any(re.search(known, line) for known in UNKNOWN_TO_LINTER)]
    assert left == []
    assert found.returncode == 0 or lines, found.stderr
