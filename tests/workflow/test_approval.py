"""People in the loop: what has to be approved waits, and ends as it was unless somebody who may says yes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from proofs.askers.people import ADMINISTRATORS_ACCOUNT, PARAMETERS, person, put, settle_in
from proofs.isolation.actors import Actors
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Execution, Options, running
from sandbox.scenery import accounts
from tests.faults.runs import begun, until
from tests.workflow.teams import outcome, small

RULES = {"ApproveFirst": "true", "ApproveWidening": "true", "ApproveLeaving": "true", "ApprovalDays": "3"}
DAY = 86400


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters={**PARAMETERS, **RULES})) as started:
        settle_in(started)
        yield started


@pytest.fixture(scope="module")
def actors(cloud: Cloud) -> Actors:
    return Actors(cloud)


def waits(cloud: Cloud, team: str, detail: dict[str, Any] | None = None, kind: str = "Team Created") -> str:
    """ARN of an execution that waits for approval of what the cluster's account asks."""
    execution = begun(cloud, detail or small(team), kind)
    until(cloud, lambda: holder(cloud, team) == execution and "approvalToken" in record(cloud, team), "it waits")
    return execution


def record(cloud: Cloud, team: str) -> dict[str, Any]:
    return cloud.registry().get(f"team/{team}", {})


def holder(cloud: Cloud, team: str) -> str:
    return str(record(cloud, team).get("holder", {}).get("S", ""))


def decide(
    cloud: Cloud, actors: Actors, detail: dict[str, Any], kind: str = "Team Approved", by: str = ADMINISTRATORS_ACCOUNT
) -> Execution:
    """Puts a decision as somebody of that account, and how that ended."""
    before = set(cloud.executions("DecideArn"))
    assert put(actors, actors.signed_in(person(by)), detail, kind)
    until(cloud, lambda: bool(set(cloud.executions("DecideArn")) - before), "somebody hears of the decision")
    return cloud.wait((set(cloud.executions("DecideArn")) - before).pop())


def said(execution: Execution) -> str:
    """The sentence with which a decision ended."""
    return str((execution.output or {}).get("note") or execution.cause)


def onboarded(cloud: Cloud, actors: Actors, team: str) -> None:
    execution = waits(cloud, team)
    decide(cloud, actors, {"team": team})
    assert outcome(cloud.wait(execution)) == "onboarded"


def test_an_approved_plan_is_carried_out_after_days_and_who_when_and_which_is_recorded(
    cloud: Cloud, actors: Actors
) -> None:
    before = cloud.snapshot()
    execution = waits(cloud, "patient")
    waiting = json.loads(record(cloud, "patient")["approval"]["S"])
    assert waiting["reasons"] == ["the team is onboarded for the first time"]
    cloud.clock.sleep(2 * DAY)
    assert holder(cloud, "patient") == execution
    # Not even the rule by which Step Functions hears of nested executions: only the claim.
    assert {line.split(" / ")[1] for line in difference(before, cloud.snapshot())} == {"tables"}
    assert decide(cloud, actors, {"team": "patient", "reason": "we know them"}).output["outcome"] == "approved"
    assert outcome(cloud.wait(execution)) == "onboarded"
    item = record(cloud, "patient")
    approved = json.loads(item["approved"]["S"])
    assert approved["by"] == ADMINISTRATORS_ACCOUNT
    assert (approved["digest"], approved["reason"]) == (waiting["digest"], "we know them")
    assert approved["when"]
    assert not {"approval", "approvalToken", "holder"} & item.keys()


def test_who_waits_keeps_no_other_team_from_anything(cloud: Cloud, actors: Actors) -> None:
    first = waits(cloud, "waiting")
    onboarded(cloud, actors, "passing")
    decide(cloud, actors, {"team": "waiting"})
    assert outcome(cloud.wait(first)) == "onboarded"


def test_a_denied_team_ends_as_it_was_with_who_denied_it_and_why(cloud: Cloud, actors: Actors) -> None:
    before = cloud.snapshot()
    execution = waits(cloud, "denied")
    assert decide(cloud, actors, {"team": "denied", "reason": "not this year"}, "Team Denied").status == "SUCCEEDED"
    ended = cloud.wait(execution)
    assert (ended.status, ended.error) == ("FAILED", "Denied")
    assert f"denied by account {ADMINISTRATORS_ACCOUNT}: not this year" in str(ended.cause)
    assert record(cloud, "denied") == {}
    assert difference(before, cloud.snapshot()) == []


def test_nobody_s_answer_ends_as_it_was(cloud: Cloud, actors: Actors) -> None:
    execution = waits(cloud, "forgotten")
    cloud.clock.sleep(3 * DAY)
    ended = cloud.wait(execution)
    assert (ended.status, ended.error) == ("FAILED", "NotApproved")
    assert "nobody approved it within 3 days" in str(ended.cause)
    assert record(cloud, "forgotten") == {}
    assert "waits for no approval" in said(decide(cloud, actors, {"team": "forgotten"}))


def test_an_update_that_widens_and_is_denied_leaves_the_team_what_it_had(cloud: Cloud, actors: Actors) -> None:
    onboarded(cloud, actors, "wider")
    had, before = record(cloud, "wider"), cloud.snapshot()
    more = small("wider", quota={"resources": [{"instanceType": "ml.p5.48xlarge", "count": 2}]})
    execution = waits(cloud, "wider", more, "Team Updated")
    decide(cloud, actors, {"team": "wider"}, "Team Denied")
    assert cloud.wait(execution).error == "Denied"
    assert record(cloud, "wider") == had
    assert difference(before, cloud.snapshot()) == []


def test_an_update_that_gives_nothing_more_is_not_asked_about(cloud: Cloud, actors: Actors) -> None:
    onboarded(cloud, actors, "less")
    assert outcome(cloud.wait(begun(cloud, small("less", datasets=[]), "Team Updated"))) == "onboarded"


def test_an_execution_that_is_stopped_while_it_waits_leaves_nothing(cloud: Cloud, actors: Actors) -> None:
    before = cloud.snapshot()
    execution = waits(cloud, "stopped")
    cloud.client("stepfunctions").stop_execution(executionArn=execution)
    until(cloud, lambda: record(cloud, "stopped") == {}, "the claim is given up")
    assert difference(before, cloud.snapshot()) == []
    assert "waits for no approval" in said(decide(cloud, actors, {"team": "stopped"}))


def test_a_leaving_that_is_stopped_or_denied_while_it_waits_takes_nothing_away(cloud: Cloud, actors: Actors) -> None:
    onboarded(cloud, actors, "staying")
    had, before = record(cloud, "staying"), cloud.snapshot()
    stopped = waits(cloud, "staying", {"team": "staying"}, "Team Deleted")
    cloud.client("stepfunctions").stop_execution(executionArn=stopped)
    until(cloud, lambda: record(cloud, "staying") == had, "the claim is given up")
    denied = waits(cloud, "staying", {"team": "staying"}, "Team Deleted")
    decide(cloud, actors, {"team": "staying"}, "Team Denied")
    assert cloud.wait(denied).error == "Denied"
    assert record(cloud, "staying") == had
    assert difference(before, cloud.snapshot()) == []
    leaving = waits(cloud, "staying", {"team": "staying"}, "Team Deleted")
    decide(cloud, actors, {"team": "staying"})
    assert outcome(cloud.wait(leaving)) == "offboarded"


def test_a_newer_event_ends_the_wait_of_the_older_and_the_same_event_joins_it(cloud: Cloud, actors: Actors) -> None:
    older = waits(cloud, "replaced")
    assert outcome(cloud.wait(begun(cloud, small("replaced")))) == "already under way"
    newer = waits(cloud, "replaced", small("replaced", serviceAccount="trainer"))
    assert cloud.wait(older).error == "Superseded"
    decide(cloud, actors, {"team": "replaced"})
    assert outcome(cloud.wait(newer)) == "onboarded"
    assert json.loads(record(cloud, "replaced")["active"]["S"])["serviceAccount"] == "trainer"


def test_nobody_approves_what_he_asked_for_and_only_administrators_approve(cloud: Cloud, actors: Actors) -> None:
    execution = waits(cloud, "mine")
    own = decide(cloud, actors, {"team": "mine"}, by=accounts.CLUSTER_ACCOUNT)
    assert (own.status, own.error) == ("FAILED", "NotAuthorized")
    assert "asked for this itself" in said(own)
    # The bus does not even listen to others.
    keys = actors.signed_in(person(accounts.SCIENTISTS_ACCOUNT))
    assert put(actors, keys, {"team": "mine"}, "Team Approved") is None
    assert holder(cloud, "mine") == execution
    decide(cloud, actors, {"team": "mine"}, "Team Denied")
    assert cloud.wait(execution).error == "Denied"


def test_a_decision_counts_once(cloud: Cloud, actors: Actors) -> None:
    execution = waits(cloud, "once")
    assert decide(cloud, actors, {"team": "once"}).output["outcome"] == "approved"
    assert decide(cloud, actors, {"team": "once"}, "Team Denied").output["outcome"] == "ignored"
    assert outcome(cloud.wait(execution)) == "onboarded"
    assert decide(cloud, actors, {"team": "once"}).output["outcome"] == "ignored"


def test_a_decision_about_another_plan_decides_nothing(cloud: Cloud, actors: Actors) -> None:
    execution = waits(cloud, "other")
    wrong = decide(cloud, actors, {"team": "other", "digest": "0" * 64})
    assert wrong.error == "InvalidRequest"
    assert "another plan" in said(wrong)
    digest = json.loads(record(cloud, "other")["approval"]["S"])["digest"]
    decide(cloud, actors, {"team": "other", "digest": digest})
    assert outcome(cloud.wait(execution)) == "onboarded"


def test_what_has_changed_since_is_asked_about_again(cloud: Cloud, actors: Actors) -> None:
    onboarded(cloud, actors, "changing")
    more = small("changing", quota={"resources": [{"instanceType": "ml.p5.48xlarge", "count": 2}]})
    execution = waits(cloud, "changing", more, "Team Updated")
    first = json.loads(record(cloud, "changing")["approval"]["S"])
    eks = cloud.client("eks")
    cluster = eks.list_clusters()["clusters"][0]
    listed = eks.list_pod_identity_associations(clusterName=cluster, namespace="hyperpod-ns-changing")["associations"]
    eks.delete_pod_identity_association(clusterName=cluster, associationId=listed[0]["associationId"])
    decide(cloud, actors, {"team": "changing"})

    def asked_again() -> bool:
        waiting = record(cloud, "changing").get("approval", {}).get("S", "{}")
        return bool(json.loads(waiting).get("digest", first["digest"]) != first["digest"])

    until(cloud, asked_again, "it is asked again")
    again = json.loads(record(cloud, "changing")["approval"]["S"])
    assert again["reasons"] == ["the plan has changed since it was approved", *first["reasons"]]
    decide(cloud, actors, {"team": "changing"})
    assert outcome(cloud.wait(execution)) == "onboarded"
    assert json.loads(record(cloud, "changing")["approved"]["S"])["digest"] == again["digest"]
