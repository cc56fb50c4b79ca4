"""Who may ask for a team: the account of its scientists, or an administrator, by events as those accounts put them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from proofs.askers.people import (
    ADMINISTRATORS_ACCOUNT,
    OTHER_ROLE,
    OWN_ROLE,
    PARAMETERS,
    asked,
    person,
    put,
    settle_in,
)
from proofs.isolation.actors import Actors
from proofs.isolation.teams import OTHER_SCIENTISTS_ACCOUNT
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Execution, Options, running
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind
from sandbox.scenery import accounts
from tests.faults.runs import until
from tests.workflow.teams import IMAGES, outcome, small

A, B, OTHER = accounts.CLUSTER_ACCOUNT, accounts.SCIENTISTS_ACCOUNT, OTHER_SCIENTISTS_ACCOUNT


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters=PARAMETERS)) as started:
        settle_in(started)
        yield started


@pytest.fixture(scope="module")
def actors(cloud: Cloud) -> Actors:
    return Actors(cloud)


def theirs(team: str, **changes: Any) -> dict[str, Any]:
    """A team of the other account's scientists."""
    return small(team, **{"dataScientistRoleArn": OTHER_ROLE, **changes})


def steps_called_since(cloud: Cloud, count: int) -> set[str]:
    """Functions that were called since that many calls, beside those that a refusal takes."""
    called = {
        str(e.call.resource).rsplit(":", 1)[1] for e in cloud.calls.entries()[count:] if e.call.service == "lambda"
    }
    return called - {f"{accounts.STACK}-resolve-team", f"{accounts.STACK}-explain-failure"}


def test_the_event_names_the_account_of_whoever_put_it(cloud: Cloud, actors: Actors) -> None:
    execution = asked(actors, B, small("own", account=A))
    given = json.loads(cloud.client("stepfunctions").describe_execution(executionArn=execution.arn)["input"])
    assert (given["account"], given["detail"]["account"]) == (B, A)


def test_an_account_brings_changes_and_takes_away_its_own_team(cloud: Cloud, actors: Actors) -> None:
    before = cloud.snapshot()
    assert outcome(asked(actors, B, small("mine"))) == "onboarded"
    record = cloud.registry()["team/mine"]
    assert (record["account"], record["asker"]) == ({"S": B}, {"S": B})
    assert "asked" in record
    assert outcome(asked(actors, B, small("mine", serviceAccount="trainer"), "Team Updated")) == "onboarded"
    assert outcome(asked(actors, B, {"team": "mine"}, "Team Deleted")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []
    # Delivered twice, it is no mistake.
    assert outcome(asked(actors, B, {"team": "mine"}, "Team Deleted")) == "ignored"


@pytest.mark.parametrize("dry", [True, False], ids=["dry", "in earnest"])
def test_another_accounts_team_is_neither_taken_over_nor_changed_nor_deleted_nor_read(
    cloud: Cloud, actors: Actors, dry: bool
) -> None:
    if "team/kept" not in cloud.registry():
        assert outcome(asked(actors, B, small("kept"))) == "onboarded"
    before = cloud.snapshot()
    for kind, detail in (
        ("Team Updated", theirs("kept", dryRun=dry)),
        ("Team Updated", small("kept", serviceAccount="trainer", dryRun=dry)),
        ("Team Created", small("kept", dryRun=dry)),
        ("Team Deleted", {"team": "kept", "dryRun": dry}),
    ):
        calls = len(cloud.calls.entries())
        execution = asked(actors, OTHER, detail, kind)
        assert (execution.status, execution.error) == ("FAILED", "NotAuthorized")
        assert steps_called_since(cloud, calls) - {f"{accounts.STACK}-unwind-team"} == set()
        assert f"Account {OTHER} may not ask this of team kept" in str(execution.cause)
        assert B not in str(execution.cause)
    cloud.settle()
    assert difference(before, cloud.snapshot()) == []


def test_a_new_team_of_another_accounts_role_is_refused(cloud: Cloud, actors: Actors) -> None:
    before = cloud.snapshot()
    assert asked(actors, OTHER, small("lured")).error == "NotAuthorized"
    cloud.settle()
    assert difference(before, cloud.snapshot()) == []


def test_only_an_administrator_moves_a_team_and_then_it_is_the_others(cloud: Cloud, actors: Actors) -> None:
    assert outcome(asked(actors, B, small("moves"))) == "onboarded"
    assert asked(actors, B, theirs("moves"), "Team Updated").error == "NotAuthorized"
    assert outcome(asked(actors, ADMINISTRATORS_ACCOUNT, theirs("moves"), "Team Updated")) == "onboarded"
    record = cloud.registry()["team/moves"]
    assert (record["account"], record["asker"]) == ({"S": OTHER}, {"S": ADMINISTRATORS_ACCOUNT})
    assert asked(actors, B, {"team": "moves"}, "Team Deleted").error == "NotAuthorized"
    assert outcome(asked(actors, OTHER, {"team": "moves"}, "Team Deleted")) == "offboarded"


def test_a_change_that_fails_leaves_the_record_of_who_asked_before(cloud: Cloud, actors: Actors) -> None:
    assert outcome(asked(actors, B, small("steady"))) == "onboarded"
    before = cloud.registry()["team/steady"]
    missing = {"bucket": "example-corp-missing", "accountId": accounts.DATA_ACCOUNT}
    assert asked(actors, ADMINISTRATORS_ACCOUNT, small("steady", datasets=[IMAGES, missing])).error == "ProblemsFound"
    assert cloud.registry()["team/steady"] == before


def claims(call: Call) -> bool:
    """Whether an onboarding claims its team, or writes to its record otherwise."""
    return (call.service, call.operation) == ("dynamodb", "UpdateItem") and "onboard-team" in call.principal


@pytest.mark.parametrize("done", [False, True], ids=["while the first is at work", "when the first is done"])
def test_of_two_accounts_that_want_one_name_the_later_is_refused(cloud: Cloud, actors: Actors, done: bool) -> None:
    """The later one has been resolved, and let in, before the first has claimed the name."""
    team, firsts = "done" if done else "raced", list[Execution]()

    def first(_: Call) -> None:
        if done:
            firsts.append(asked(actors, B, small(team)))
        else:
            assert put(actors, actors.signed_in(person(B)), small(team))
            until(cloud, lambda: f"team/{team}" in cloud.registry(), "the first one's claim")

    cloud.faults.add(Fault(claims, Kind.CALLBACK, callback=first))
    later = asked(actors, OTHER, theirs(team))
    cloud.settle()
    assert later.error == "NotAuthorized"
    record = cloud.registry()[f"team/{team}"]
    assert (record["account"], record["asker"], record["status"]) == ({"S": B}, {"S": B}, {"S": "active"})
    assert json.loads(record["active"]["S"])["dataScientistRoleArn"] == OWN_ROLE
    planned = cloud.onboard(small(team, dryRun=True)).output["plan"]
    assert [change for step in planned for change in step["changes"] if not change.get("same")] == []


def test_an_event_that_does_not_say_who_asks_is_refused(cloud: Cloud) -> None:
    stepfunctions = cloud.client("stepfunctions")
    for account in ({}, {"account": None}, {"account": ""}, {"account": 111122223333}, {"account": "11112222333"}):
        event = {"source": "hyperpod.teams", "detail-type": "Team Created", "detail": small("whose"), **account}
        machine = cloud.stack.outputs["OnboardTeamArn"]
        started = stepfunctions.start_execution(stateMachineArn=machine, input=json.dumps(event))
        assert cloud.wait(started["executionArn"]).error == "NotAuthorized"
    assert "team/whose" not in cloud.registry()


def test_a_plan_that_names_what_is_no_teams_is_refused_whoever_invokes_the_step(cloud: Cloud) -> None:
    before = cloud.snapshot()
    identity = {"account": A, "name": "Administrator"}
    everything: dict[str, Any] = {"trust": {}, "permissions": None, "boundary": None}
    change = {"kind": "role", "identity": identity, "address": "", "after": everything}
    forged = {"action": "apply", "team": "vision", "changes": [change]}
    answer = cloud.client("lambda").invoke(FunctionName=f"{accounts.STACK}-iam-roles", Payload=json.dumps(forged))
    said = json.loads(answer["Payload"].read())
    assert said["errorType"] == "InvalidRequest"
    assert "role Administrator, which is nothing that the stack makes for team vision" in said["errorMessage"]
    assert difference(before, cloud.snapshot()) == []


def test_the_fence_of_a_team_is_administrators_to_say_and_stays_when_its_account_changes_the_team(
    cloud: Cloud, actors: Actors
) -> None:
    refused = asked(actors, B, small("fenced", fence={"network": False}))
    assert refused.error == "NotAuthorized"
    assert "may not ask for the fence of team fenced: only an administrator may" in str(refused.cause)
    assert "team/fenced" not in cloud.registry()
    assert outcome(asked(actors, ADMINISTRATORS_ACCOUNT, small("fenced", fence={"pods": 5}))) == "onboarded"
    quota = "ResourceQuota/hyperpod-ns-fenced/hyperpod-onboarding-fence"
    # Looser or off, and back to what all teams have, are all the same: not theirs to say.
    for fence in ({"pods": 6}, {"network": False}, {"pods": 5, "claims": 1_000}):
        assert asked(actors, B, small("fenced", fence=fence), "Team Updated").error == "NotAuthorized"
    same: list[dict[str, Any]] = [{"fence": {"pods": 5}}, {"fence": {}}, {}]
    for number, said in enumerate(same):
        changed = small("fenced", serviceAccount=f"trainer-{number}", **said)
        assert outcome(asked(actors, B, changed, "Team Updated")) == "onboarded"
        assert cloud.snapshot()["kubernetes"][quota]["spec"]["hard"]["pods"] == "5"
    assert outcome(asked(actors, ADMINISTRATORS_ACCOUNT, small("fenced"), "Team Updated")) == "onboarded"
    assert cloud.snapshot()["kubernetes"][quota]["spec"]["hard"]["pods"] == "3k"
