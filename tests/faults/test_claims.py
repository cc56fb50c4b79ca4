"""One execution a team at a time, whoever sends what meanwhile; and whoever takes a claim over waits for its holder."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.aws.inventory import World, difference
from sandbox.cloud import Cloud, Execution
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.faults.runs import CREATED, all_of, begun, ended, offboarded, said_of, until
from tests.workflow.teams import outcome, small

# Slow enough that a function which outlives its execution by most of a minute outlives a whole execution here.

UNDER_WAY = "already under way"


def during(cloud: Cloud, matches: Match, kind: str, detail: dict[str, object]) -> list[Execution]:
    """Sends another event while a call of the first execution is under way; its execution, once that has ended."""
    seen: list[Execution] = []
    cloud.faults.add(Fault(matches, Kind.CALLBACK, callback=lambda _: seen.append(ended(cloud, detail, kind))))
    return seen


@contextmanager
def without_the_rule(cloud: Cloud) -> Iterator[None]:
    """The recovery rule is switched off for a while."""
    events, rule = cloud.client("events"), f"{accounts.STACK}-recovery"
    events.disable_rule(Name=rule)
    try:
        yield
    finally:
        events.enable_rule(Name=rule)


def stop_all(cloud: Cloud, machine: str) -> None:
    """Stops a machine's running executions."""
    client = cloud.client("stepfunctions")
    listed = client.list_executions(stateMachineArn=cloud.stack.outputs[machine], statusFilter="RUNNING")
    for execution in listed["executions"]:
        client.stop_execution(executionArn=execution["executionArn"])


def unwound_by_hand(cloud: Cloud, team: str, holder: Execution) -> Execution:
    """An operator starts unwind_team in the console."""
    answer = cloud.client("stepfunctions").start_execution(
        stateMachineArn=cloud.stack.outputs["UnwindTeamArn"], input=json.dumps({"team": team, "holder": holder.arn})
    )
    return cloud.wait(answer["executionArn"])


def assert_alone(cloud: Cloud, team: str, before: World) -> None:
    """The team can be taken away without a rest: what was made was made once."""
    cloud.settle()
    assert outcome(offboarded(cloud, team)) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_two_different_events_for_one_team_at_once_are_carried_out_one_after_the_other(cloud: Cloud) -> None:
    before = cloud.snapshot()
    wanted = [small("torn", serviceAccount=name) for name in ("trainer", "runner")]
    executions = all_of(cloud, *((CREATED, event) for event in wanted))
    assert [outcome(execution) for execution in executions] == ["onboarded"] * 2
    assert [kind for kind, _ in said_of(cloud, "torn")] == ["Team Onboarded"] * 2
    active = json.loads(cloud.registry()["team/torn"]["active"]["S"])
    association = f"hyperpod-ns-torn/{active['serviceAccount']}"
    there = cloud.snapshot()[accounts.CLUSTER_ACCOUNT]["eks"][accounts.EKS_CLUSTER]["associations"]
    assert [name for name in there if "hyperpod-ns-torn/" in name] == [association]
    assert_alone(cloud, "torn", before)


def test_the_same_event_twice_at_once_is_one_onboarding(cloud: Cloud) -> None:
    before = cloud.snapshot()
    executions = all_of(cloud, (CREATED, small("twice")), (CREATED, small("twice")))
    assert sorted(outcome(execution) for execution in executions) == [UNDER_WAY, "onboarded"]
    assert [kind for kind, _ in said_of(cloud, "twice")] == ["Team Onboarded"]
    assert_alone(cloud, "twice", before)


@pytest.mark.parametrize("operation", ["GetRole", "CreateRole"], ids=["is planned", "is applied"])
def test_a_replay_does_nothing_while_the_first_execution(cloud: Cloud, operation: str) -> None:
    before, team = cloud.snapshot(), f"again-{operation.lower()}"
    replays = during(cloud, Match("iam", operation), CREATED, small(team))
    execution = ended(cloud, small(team))
    assert [outcome(each) for each in (execution, *replays)] == ["onboarded", UNDER_WAY]
    assert replays[0].output["execution"] == execution.arn
    assert_alone(cloud, team, before)


@pytest.mark.parametrize("rule", [True, False], ids=["the rule", "the next execution"])
def test_a_function_that_outlives_its_execution_is_waited_for_by(cloud: Cloud, rule: bool) -> None:
    before, team = cloud.snapshot(), f"outlived-{rule}".lower()
    done: list[bool] = []

    def stop_and_go_on(_: Call) -> None:
        stop_all(cloud, "OnboardTeamArn")
        cloud.clock.sleep(50)
        done.append(True)

    cloud.faults.add(Fault(Match("iam", "CreateRole"), Kind.CALLBACK, callback=stop_and_go_on))
    if rule:
        assert cloud.wait(begun(cloud, small(team))).status == "ABORTED"
        cloud.settle()
    else:
        with without_the_rule(cloud):
            assert cloud.wait(begun(cloud, small(team))).status == "ABORTED"
            assert outcome(offboarded(cloud, team)) == "offboarded"
    until(cloud, lambda: bool(done), "the end of the function's call")
    cloud.clock.sleep(15)
    assert difference(before, cloud.snapshot()) == []


def test_a_function_that_outlives_its_unwinding_is_waited_for_by_the_next_one(cloud: Cloud) -> None:
    before, done = cloud.snapshot(), []

    def stop_and_go_on(_: Call) -> None:
        stop_all(cloud, "UnwindTeamArn")
        ends, made = cloud.clock.now() + 55, len(cloud.calls.entries(operation="CreateAccessEntry"))
        while cloud.clock.now() < ends and len(cloud.calls.entries(operation="CreateAccessEntry")) == made:
            cloud.clock.sleep(1)
        done.append(True)

    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
    cloud.faults.add(Fault(Match("eks", "DeleteAccessEntry"), Kind.CALLBACK, callback=stop_and_go_on))
    with without_the_rule(cloud):
        failed = ended(cloud, small("relay"))
        assert failed.status == "FAILED"
        assert outcome(unwound_by_hand(cloud, "relay", failed)) == "unwound"
        assert outcome(ended(cloud, small("relay"))) == "onboarded"
    until(cloud, lambda: bool(done), "the end of the function's call")
    cloud.clock.sleep(15)
    there = cloud.snapshot()[accounts.CLUSTER_ACCOUNT]["eks"][accounts.EKS_CLUSTER]["access_entries"]
    assert f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/hyperpod-cluster-access-relay" in there
    assert_alone(cloud, "relay", before)
