"""The judge of the sweep: each way of ending otherwise than promised is seen."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from proofs.faults.cases import ABORT, CRASH_AFTER, DENIED, LASTING_BEFORE, Case, Site, cases
from proofs.faults.scenarios import TEAM
from proofs.faults.verdict import End, Seen, judge
from sandbox.aws.inventory import World
from sandbox.scenery import accounts

A, B, C = accounts.ACCOUNTS.values()
ROLE = f"{A} role hyperpod-data-access-{TEAM}"
POLICY = f"{B} role DataScientistRole policy hyperpod-cluster-access-{TEAM}"
DELETE_ROLE = Site("iam_roles", "iam", "DeleteRole")
GET_POLICY = Site("iam_roles", "iam", "GetRolePolicy")

Events = list[tuple[str, dict[str, Any]]]


def world(*, role: bool = False, policy: bool = False, record: dict[str, Any] | None = None) -> World:
    """An almost empty world, with or without what the team has."""
    empty: World = {
        account: {
            "roles": {},
            "policies": {},
            "buckets": {},
            "access points": {},
            "keys": {},
            "tables": {},
            "eks": {},
            "compute_quotas": {},
            "links": {},
        }
        for account in (A, B, C)
    }
    if role:
        empty[A]["roles"][f"hyperpod-data-access-{TEAM}"] = {"trust": "pods"}
    inline = {f"hyperpod-cluster-access-{TEAM}": {"Version": "2012-10-17"}} if policy else {}
    empty[B]["roles"]["DataScientistRole"] = {"trust": "scientists", "inline": inline}
    empty[A]["tables"]["registry"] = {} if record is None else {f"team/{TEAM}": record}
    return {**empty, "kubernetes": {}}


START = world()
GOAL = world(role=True, policy=True, record={"status": {"S": "active"}})


def left_over(*named: tuple[str, str]) -> list[dict[str, str]]:
    return [{"resource": resource, "reason": reason} for resource, reason in named]


def stuck(left: list[dict[str, str]], **there: bool) -> World:
    return world(**there, record={"status": {"S": "stuck"}, "left": {"S": json.dumps(left)}})


def seen(end: World, status: str, events: Events, site: Site = DELETE_ROLE, fault: str = CRASH_AFTER) -> Seen:
    return Seen(Case("fresh", site, fault), False, START, GOAL, end, status, events)


def failed(left: list[dict[str, str]] | None = None) -> Events:
    return [("Team Onboarding Failed", {"left": left or []})]


def test_the_goal_with_success_announced_is_as_wanted() -> None:
    assert judge(seen(GOAL, "SUCCEEDED", [("Team Onboarded", {})])).end is End.WANTED


def test_the_start_with_failure_announced_is_as_before_where_the_fault_lasts() -> None:
    assert judge(seen(START, "FAILED", failed(), fault=LASTING_BEFORE)).end is End.BEFORE


def test_a_passing_fault_may_not_keep_a_team_from_its_goal() -> None:
    verdict = judge(seen(START, "FAILED", failed()))
    assert verdict.end is End.ELSE
    assert "a passing fault kept the team from its goal" in verdict.complaints


ASKED: Events = [("Team Needs Approval", {"reasons": ["the team is onboarded for the first time"]})]


def asking(end: World, status: str, events: Events, fault: str = CRASH_AFTER) -> Seen:
    return replace(seen(end, status, events, fault=fault), asks=True)


def test_who_has_to_approve_is_asked_and_then_it_is_as_wanted() -> None:
    assert judge(asking(GOAL, "SUCCEEDED", [*ASKED, ("Team Onboarded", {})])).end is End.WANTED


def test_what_nobody_approved_is_as_before_where_the_fault_lasts() -> None:
    assert judge(asking(START, "FAILED", [*ASKED, *failed()], LASTING_BEFORE)).end is End.BEFORE


def test_a_team_that_came_and_nobody_was_asked_is_anything_else() -> None:
    verdict = judge(asking(GOAL, "SUCCEEDED", [("Team Onboarded", {})]))
    assert (verdict.end, verdict.complaints) == (End.ELSE, ("nobody was asked for approval",))


def test_asking_where_no_rule_wants_that_is_anything_else() -> None:
    verdict = judge(seen(GOAL, "SUCCEEDED", [*ASKED, ("Team Onboarded", {})]))
    assert verdict.end is End.ELSE
    assert "no rule wants that" in verdict.complaints[0]


def test_a_team_that_waits_while_nothing_runs_is_anything_else() -> None:
    waiting = world(role=True, policy=True, record={"status": {"S": "active"}, "approvalToken": {"S": "token"}})
    verdict = judge(replace(asking(waiting, "SUCCEEDED", [*ASKED, ("Team Onboarded", {})]), goal=waiting))
    assert verdict.end is End.ELSE
    assert "waits for approval, and nothing runs" in verdict.complaints[0]


def test_a_third_state_is_anything_else() -> None:
    verdict = judge(seen(world(role=True), "FAILED", failed()))
    assert verdict.end is End.ELSE
    assert any("roles" in complaint for complaint in verdict.complaints)


@pytest.mark.parametrize(
    ("end", "status", "events"),
    [
        (GOAL, "FAILED", [("Team Onboarded", {})]),
        (GOAL, "SUCCEEDED", []),
        (GOAL, "SUCCEEDED", failed()),
        (START, "SUCCEEDED", failed()),
        (START, "FAILED", []),
        (START, "FAILED", [("Team Onboarded", {})]),
        (START, "FAILED", failed(left_over((ROLE, "denied")))),
    ],
)
def test_status_and_event_must_agree_with_the_world(end: World, status: str, events: Events) -> None:
    assert judge(seen(end, status, events)).end is End.ELSE


def test_an_aborted_execution_may_have_come_to_either_end() -> None:
    assert judge(seen(GOAL, "ABORTED", [("Team Onboarded", {})], fault=ABORT)).end is End.WANTED
    assert judge(seen(START, "ABORTED", failed(), fault=ABORT)).end is End.BEFORE


def test_what_is_left_and_named_by_a_lasting_fault_is_stuck_and_named() -> None:
    left = left_over((ROLE, "DeleteRole was refused"))
    assert judge(seen(stuck(left, role=True), "FAILED", failed(left), fault=LASTING_BEFORE)).end is End.STUCK


def test_a_passing_fault_may_not_leave_a_team_stuck() -> None:
    left = left_over((ROLE, "DeleteRole was refused"))
    assert judge(seen(stuck(left, role=True), "FAILED", failed(left))).end is End.ELSE


def test_a_missing_name_is_anything_else() -> None:
    left = left_over((ROLE, "DeleteRole was refused"))
    verdict = judge(seen(stuck(left, role=True, policy=True), "FAILED", failed(left), fault=LASTING_BEFORE))
    assert verdict.end is End.ELSE
    assert f"the registry does not name {POLICY}" in verdict.complaints


def test_a_name_too_many_is_anything_else() -> None:
    left = left_over((ROLE, "DeleteRole was refused"), (POLICY, "DeleteRolePolicy was refused"))
    verdict = judge(seen(stuck(left, role=True), "FAILED", failed(left), fault=LASTING_BEFORE))
    assert verdict.end is End.ELSE
    assert f"the event names {POLICY}, which is as it should be" in verdict.complaints


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (f"{A} file system fs-1 link /{TEAM}/data", (A, "links", f"fs-1 /{TEAM}/data")),
        (
            f"cluster research-eks volume hyperpod-ns-{TEAM}.data for claim hyperpod-ns-{TEAM}/data",
            ("kubernetes", f"PersistentVolume/hyperpod-ns-{TEAM}.data"),
        ),
    ],
)
def test_a_resource_is_left_by_the_name_that_the_step_gives_it(address: str, place: tuple[str, ...]) -> None:
    left = left_over((address, "was refused"))
    end = stuck(left)
    where: Any = end
    for key in place[:-1]:
        where = where.setdefault(key, {})
    where[place[-1]] = {"tags": {}}
    complaints = judge(seen(end, "FAILED", failed(left), fault=LASTING_BEFORE)).complaints
    assert [one for one in complaints if address in one and " name" in one] == []


def test_a_lock_that_stays_on_a_bucket_is_covered_by_any_statement_of_it_that_is_named() -> None:
    for named, complains in ((f"{C} bucket images statement Ours", False), (ROLE, True)):
        left = left_over((named, "was refused"))
        end = stuck(left)
        end[A]["tables"]["registry"]["bucket/images"] = {"holder": {"S": TEAM}}
        complaints = judge(seen(end, "FAILED", failed(left), fault=LASTING_BEFORE)).complaints
        assert any("may have locked" in one for one in complaints) is complains
        assert any("which is as it should be" in one for one in complaints) is complains


def test_what_the_fault_lets_nobody_read_may_be_named() -> None:
    left = left_over((ROLE, "GetRolePolicy was refused"), (POLICY, "GetRolePolicy was refused"))
    end = stuck(left, role=True)
    assert judge(seen(end, "FAILED", failed(left), GET_POLICY, LASTING_BEFORE)).end is End.STUCK


def test_an_event_that_names_less_than_the_registry_is_anything_else() -> None:
    left = left_over((ROLE, "DeleteRole was refused"))
    verdict = judge(seen(stuck(left, role=True), "FAILED", failed(), fault=LASTING_BEFORE))
    assert f"the event does not name {ROLE}" in verdict.complaints


def test_another_team_harmed_is_anything_else() -> None:
    left = left_over((ROLE, "DeleteRole was refused"))
    end = deepcopy(stuck(left, role=True))
    end[A]["roles"]["hyperpod-data-access-speech"] = {"trust": "changed"}
    verdict = judge(seen(end, "FAILED", failed(left), fault=LASTING_BEFORE))
    assert f"{A} role hyperpod-data-access-speech is not the team's and was changed" in verdict.complaints


def test_a_team_that_leaves_never_gets_anything_back() -> None:
    left = left_over((ROLE, "DeleteRole was refused"))
    case = Case("last", DELETE_ROLE, LASTING_BEFORE)
    events = [("Team Offboarding Failed", {"left": left})]
    start = world(policy=True)
    verdict = judge(Seen(case, True, start, world(), stuck(left, role=True), "FAILED", events))
    assert f"{ROLE} was made while the team left" in verdict.complaints


def test_every_call_meets_every_fault_that_can_befall_it() -> None:
    found = [
        str(case) for case in cases("fresh", [DELETE_ROLE, GET_POLICY, Site("onboard_team", "events", "PutEvents")], [])
    ]
    assert len(found) == len(set(found)) == 9 + 7 + 6
    assert "fresh/iam_roles/iam:DeleteRole#1/denied" not in found
    assert "fresh/iam_roles/iam:GetRolePolicy#1/denied" in found
    assert "fresh/iam_roles/iam:DeleteRole#1/crash-after" in found
    assert "fresh/iam_roles/iam:GetRolePolicy#1/error-after" not in found
    assert "fresh/onboard_team/events:PutEvents#1/timeout" not in found


def lessened(told: list[str], record: dict[str, Any], left: list[dict[str, str]], **there: bool) -> Seen:
    """A team that had both is updated so that its policy is to go, which an event tells."""
    events: Events = [("Team Onboarding Failed", {"left": left, **({"narrowed": told} if told else {})})]
    before = world(role=True, policy=True, record={"status": {"S": "active"}})
    after = world(**there, record=record)
    goal = world(role=True, record={**ACTIVE, "more": {"S": "what is added"}})
    return Seen(Case("update", GET_POLICY, DENIED), False, before, goal, after, "FAILED", events)


ACTIVE: dict[str, Any] = {"status": {"S": "active"}}


def test_what_an_update_takes_away_alone_and_tells_is_less_and_named() -> None:
    assert judge(lessened([POLICY], ACTIVE, [], role=True)).end is End.LESS


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ([POLICY, ROLE], f"{ROLE} was to become less, is as before, and is not named"),
        ([ROLE], f"{POLICY} was changed, and was not to become less"),
    ],
)
def test_less_that_is_told_otherwise_is_anything_else(told: list[str], complaint: str) -> None:
    verdict = judge(lessened(told, ACTIVE, [], role=True))
    assert (verdict.end, complaint in verdict.complaints) == (End.ELSE, True)


@pytest.mark.parametrize(("named", "end"), [([ROLE], End.STUCK), ([], End.ELSE)])
def test_of_what_was_to_become_less_all_that_did_not_is_named(named: list[str], end: End) -> None:
    left = left_over(*((address, "was refused") for address in named))
    plan = [{"changes": [{"address": POLICY}, {"address": ROLE}]}]
    record = {
        "status": {"S": "stuck"},
        "left": {"S": json.dumps(left)},
        "goal": {"S": "less"},
        "plan": {"S": json.dumps(plan)},
    }
    assert judge(lessened([], record, left, role=True)).end is end
