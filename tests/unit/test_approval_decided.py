"""Which plans need approval, by which rules, and for what reasons."""

from typing import Any

import pytest

from onboarding.approval import Decision, Rules, decided, digest_of, rules
from onboarding.request import TeamRequest
from tests.unit.given import KEY, SCIENTISTS, dataset, request

ALL = Rules(first=True, widening=True, leaving=True, accelerators=32, buckets=frozenset({"example-corp-secret"}))
PLAN: list[dict[str, Any]] = [
    {"step": "iam_roles", "changes": [{"kind": "role", "address": "role x", "after": {"a": 1}}]}
]


def reasons(wanted: TeamRequest | None, previous: TeamRequest | None = None, by: Rules = ALL) -> tuple[str, ...]:
    return decided(PLAN, wanted, previous, by).reasons


def quota(**resource: Any) -> dict[str, Any]:
    return {"resources": [{"instanceType": "ml.p5.48xlarge", **resource}]}


def test_a_stack_without_rules_asks_for_nothing() -> None:
    assert rules({}) == Rules()
    for wanted in (None, request(), request(quota=quota(count=1000))):
        assert reasons(wanted, None, Rules()) == ()
        assert reasons(wanted, request(), Rules()) == ()


def test_the_rules_come_from_the_environment() -> None:
    environment = {
        "APPROVE_FIRST": "true",
        "APPROVE_WIDENING": "true",
        "APPROVE_LEAVING": "true",
        "APPROVE_ACCELERATORS_ABOVE": "32",
        "APPROVE_BUCKETS": "example-corp-secret",
    }
    assert rules(environment) == ALL
    assert rules({**environment, "APPROVE_ACCELERATORS_ABOVE": "0"}).accelerators == 0


def test_a_first_onboarding_and_a_leaving_are_told_by_their_rules_alone() -> None:
    assert reasons(request()) == ("the team is onboarded for the first time",)
    assert reasons(request(), None, Rules(leaving=True, widening=True)) == ()
    assert reasons(None, request()) == ("the team leaves",)
    assert reasons(None, request(), Rules(first=True, widening=True)) == ()


@pytest.mark.parametrize(
    ("asked", "had", "asks"),
    [
        (quota(count=4), None, False),
        (quota(count=5), None, True),
        (quota(accelerators=32), None, False),
        (quota(accelerators=33), None, True),
        (quota(vCpu=1000), None, False),
        (quota(acceleratorPartition={"type": "mig-1g.10gb", "count": 33}), None, True),
        (quota(count=5), quota(count=5), False),
        (quota(count=5), quota(count=6), False),
        (quota(count=6), quota(count=5), True),
        (quota(count=5), quota(count=1), True),
    ],
)
def test_accelerators_count_beyond_the_most_where_they_are_more_than_the_team_had(
    asked: dict[str, Any], had: dict[str, Any] | None, asks: bool
) -> None:
    previous = request(quota=had) if had else None
    found = reasons(request(quota=asked), previous, Rules(accelerators=32))
    assert bool(found) is asks
    assert all("more than 32" in reason for reason in found)


def test_an_instance_type_of_which_nothing_is_known_is_asked_about_unless_nothing_changes() -> None:
    unknown = request(quota={"resources": [{"instanceType": "ml.p99.48xlarge", "count": 1}]})
    assert "not known" in reasons(unknown, None, Rules(accelerators=32))[0]
    assert reasons(unknown, unknown, Rules(accelerators=32)) == ()


def test_a_dataset_of_a_listed_bucket_is_asked_about_unless_the_team_has_it() -> None:
    secret = request(datasets=[dataset(bucket="example-corp-secret")])
    only = Rules(buckets=ALL.buckets)
    assert reasons(secret, None, only) == ("dataset example-corp-secret is in a bucket that the stack lists",)
    assert len(reasons(secret, request(), only)) == 1
    assert reasons(secret, secret, only) == ()
    assert (
        len(reasons(request(datasets=[dataset(bucket="example-corp-secret", access="read-write")]), secret, only)) == 1
    )
    assert reasons(request(datasets=[dataset()]), None, only) == ()


OTHER = {"roleArn": f"arn:aws:iam::{SCIENTISTS}:role/Other"}
OWN = {"roleArn": f"arn:aws:iam::{SCIENTISTS}:role/DataScientistRole"}


@pytest.mark.parametrize(
    ("field", "less", "more"),
    [
        ("scientists", {"scientists": [OWN]}, {"scientists": [OWN, OTHER]}),
        ("datasets", {}, {"datasets": [dataset()]}),
        ("datasets", {"datasets": [dataset()]}, {"datasets": [dataset(access="read-write")]}),
        ("datasets", {"datasets": [dataset()]}, {"datasets": [dataset(kmsKeyArn=KEY)]}),
        ("access.policy", {"access": {"policy": "view"}}, {"access": {"policy": "edit"}}),
        ("access.groups", {}, {"access": {"groups": ["ml-readers"]}}),
        ("quota", {"quota": quota(count=1)}, {"quota": quota(count=2)}),
        ("quota", {"quota": quota(accelerators=8)}, {"quota": quota(accelerators=9)}),
    ],
)
def test_what_gives_more_widens_and_what_takes_away_does_not(
    field: str, less: dict[str, Any], more: dict[str, Any]
) -> None:
    def team(part: dict[str, Any]) -> TeamRequest:
        if "scientists" in part:
            return _without_role(part)
        return request(**part)

    assert reasons(team(more), team(less), Rules(widening=True)) == (f"{field} widens",)
    assert reasons(team(less), team(more), Rules(widening=True)) == ()
    assert reasons(team(more), team(more), Rules(widening=True)) == ()


def _without_role(part: dict[str, Any]) -> TeamRequest:
    quotas = {"resources": [{"instanceType": "ml.p5.48xlarge", "count": 4}]}
    return TeamRequest.model_validate({"team": "vision", "quota": quotas, **part})


@pytest.mark.parametrize(
    "change",
    [
        {"quota": {**quota(count=4), "fairShareWeight": 1}},
        {"quota": {**quota(count=4), "sharing": {"strategy": "LendAndBorrow", "borrowLimit": 500}}},
        {"quota": {"resources": [{"instanceType": "ml.g6.12xlarge", "count": 1}]}},
        {"quota": quota(accelerators=1)},
    ],
    ids=["weight", "borrowing", "another type", "not to be compared"],
)
def test_a_quota_that_is_not_plainly_less_widens(change: dict[str, Any]) -> None:
    assert reasons(request(**change), request(), Rules(widening=True)) == ("quota widens",)


def test_the_description_of_a_quota_gives_nobody_anything() -> None:
    described = request(quota={**quota(count=4), "description": "for people"})
    assert reasons(described, request(), Rules(widening=True)) == ()


def test_several_rules_give_several_reasons() -> None:
    found = reasons(request(quota=quota(count=5), datasets=[dataset(bucket="example-corp-secret")]))
    assert len(found) == 3


def test_what_was_approved_goes_on_and_another_plan_is_asked_about_again() -> None:
    digest = decided(PLAN, request(), None, ALL).digest
    assert decided(PLAN, request(), None, ALL, digest) == Decision(digest)
    other = [{**PLAN[0], "changes": [{**PLAN[0]["changes"][0], "after": {"a": 2}}]}]
    again = decided(other, request(), None, ALL, digest)
    assert again.digest != digest
    assert again.reasons == ("the plan has changed since it was approved", "the team is onboarded for the first time")
    # Where no rule asks any more, nothing is asked.
    assert decided(other, request(), request(), Rules(first=True), digest).reasons == ()


def test_the_digest_is_of_what_changes_and_of_the_request_and_of_nothing_else() -> None:
    digest = digest_of(PLAN, request())
    noted = [{**PLAN[0], "warnings": [{"reason": "x"}], "function": "arn"}]
    kept = [{**PLAN[0], "changes": [*PLAN[0]["changes"], {"kind": "role", "address": "role y", "same": True}]}]
    assert digest_of(noted, request()) == digest_of(kept, request()) == digest
    assert digest_of(PLAN, request(dryRun=True)) == digest
    assert digest_of(PLAN, request(serviceAccount="other")) != digest
    assert digest_of(PLAN, None) != digest
    assert digest_of([{**PLAN[0], "step": "pod_identity"}], request()) != digest
