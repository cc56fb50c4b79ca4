"""A team whose scientists come from two accounts: who may ask for it, who gets in, and what is left."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from proofs.askers.people import ADMINISTRATORS_ACCOUNT, OTHER_ROLE, OWN_ROLE, PARAMETERS, asked, settle_in
from proofs.isolation.actors import Actors
from proofs.isolation.teams import OTHER_SCIENTISTS_ACCOUNT
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud, Options, running
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts, shares
from tests.faults.runs import offboarded
from tests.workflow.doors_shut import nobody_let_in
from tests.workflow.membership import as_it_was, closed_for_good
from tests.workflow.teams import IMAGES, announced, outcome, small

A, B, OTHER = accounts.CLUSTER_ACCOUNT, accounts.SCIENTISTS_ACCOUNT, OTHER_SCIENTISTS_ACCOUNT
SECOND_ROLE = f"arn:aws:iam::{B}:role/ResearchScientistRole"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options(parameters=PARAMETERS)) as started:
        settle_in(started)
        yield started


@pytest.fixture(scope="module")
def actors(cloud: Cloud) -> Actors:
    return Actors(cloud)


def of(team: str, *roles: str, **changes: Any) -> dict[str, Any]:
    """A small team of these roles."""
    event = small(team, scientists=[{"roleArn": role} for role in roles], **changes)
    del event["dataScientistRoleArn"]
    return event


def let_in(actors: Actors, team: str) -> list[str]:
    """Those of the roles that are let into the team's cluster access role."""
    role = f"arn:aws:iam::{A}:role/hyperpod-cluster-access-{team}"
    everybody = (OWN_ROLE, SECOND_ROLE, OTHER_ROLE, f"arn:aws:iam::{OTHER}:role/RobotScientistRole")
    return [each for each in everybody if actors.assume(actors.signed_in(each), role) is not None]


def test_the_scientists_of_all_its_roles_come_in_and_go_one_by_one(cloud: Cloud, actors: Actors) -> None:
    before = cloud.snapshot()
    event = of("mixed", OWN_ROLE, SECOND_ROLE, OTHER_ROLE)
    assert outcome(cloud.onboard(event)) == "onboarded"
    assert let_in(actors, "mixed") == [OWN_ROLE, SECOND_ROLE, OTHER_ROLE]
    assert cloud.registry()["team/mixed"]["account"] == {"S": B}
    assert outcome(cloud.onboard(of("mixed", OWN_ROLE, OTHER_ROLE))) == "onboarded"
    assert let_in(actors, "mixed") == [OWN_ROLE, OTHER_ROLE]
    assert outcome(asked(actors, B, {"team": "mixed"}, "Team Deleted")) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


def test_a_team_that_fails_is_taken_back_in_every_account(cloud: Cloud) -> None:
    before = cloud.snapshot()
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
    assert cloud.onboard(of("failing", OWN_ROLE, OTHER_ROLE)).status == "FAILED"
    assert difference(before, cloud.snapshot()) == []


def test_an_update_that_fails_gives_back_whom_it_had_left_out_and_keeps_out_whom_it_had_let_in(
    cloud: Cloud, actors: Actors
) -> None:
    assert outcome(cloud.onboard(of("steady", OWN_ROLE, SECOND_ROLE))) == "onboarded"
    cloud.faults.add(Fault(Match("eks", "UpdatePodIdentityAssociation"), Kind.DENIED))
    cloud.faults.add(Fault(Match("eks", "CreatePodIdentityAssociation"), Kind.DENIED))
    assert cloud.onboard(of("steady", OWN_ROLE, OTHER_ROLE, serviceAccount="trainer")).status == "FAILED"
    assert let_in(actors, "steady") == [OWN_ROLE, SECOND_ROLE]


def test_only_an_administrator_brings_in_scientists_of_another_account(cloud: Cloud, actors: Actors) -> None:
    both = of("guests", OWN_ROLE, OTHER_ROLE)
    refused = asked(actors, B, both)
    assert refused.error == "NotAuthorized"
    assert f"may not bring {OTHER} role DataScientistRole into team guests" in str(refused.cause)
    assert "team/guests" not in cloud.registry()
    assert outcome(asked(actors, B, of("guests", OWN_ROLE))) == "onboarded"
    assert asked(actors, B, both, "Team Updated").error == "NotAuthorized"
    assert outcome(asked(actors, ADMINISTRATORS_ACCOUNT, both, "Team Updated")) == "onboarded"


def test_the_owner_keeps_and_leaves_out_what_an_administrator_brought_in_and_the_guest_decides_nothing(
    cloud: Cloud, actors: Actors
) -> None:
    both = of("hosting", OWN_ROLE, OTHER_ROLE)
    assert outcome(cloud.onboard(both)) == "onboarded"
    assert asked(actors, OTHER, {"team": "hosting"}, "Team Deleted").error == "NotAuthorized"
    for order in ((OWN_ROLE, OTHER_ROLE), (OTHER_ROLE, OWN_ROLE), (OTHER_ROLE,)):
        assert asked(actors, OTHER, of("hosting", *order), "Team Updated").error == "NotAuthorized"
    # Nor does it give the team away by putting another first.
    assert asked(actors, B, of("hosting", OTHER_ROLE, OWN_ROLE), "Team Updated").error == "NotAuthorized"
    kept = of("hosting", OWN_ROLE, OTHER_ROLE, serviceAccount="trainer")
    assert outcome(asked(actors, B, kept, "Team Updated")) == "onboarded"
    assert let_in(actors, "hosting") == [OWN_ROLE, OTHER_ROLE]
    assert outcome(asked(actors, B, of("hosting", OWN_ROLE), "Team Updated")) == "onboarded"
    assert let_in(actors, "hosting") == [OWN_ROLE]
    assert asked(actors, B, both, "Team Updated").error == "NotAuthorized"


def test_a_team_leaves_though_a_guests_account_is_closed_and_what_is_left_there_is_named(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(of("widowed", OTHER_ROLE, OWN_ROLE))) == "onboarded"
    cloud.lambdas.recycle(f"{accounts.STACK}-iam-roles")
    with as_it_was(), closed_for_good(B):
        execution = offboarded(cloud, "widowed")
    assert outcome(execution) == "offboarded"
    left = [each["resource"] for each in execution.output["left"]]
    assert left == [f"{B} role DataScientistRole policy hyperpod-cluster-access-widowed"]
    assert "team/widowed" not in cloud.registry()


def test_a_team_leaves_out_a_guest_whose_account_is_closed_but_not_one_who_only_shuts_the_stack_out(
    cloud: Cloud, actors: Actors
) -> None:
    policy = f"{B} role DataScientistRole policy hyperpod-cluster-access-bereft"
    assert outcome(cloud.onboard(of("shut-out", OTHER_ROLE, OWN_ROLE))) == "onboarded"
    with nobody_let_in(cloud, B, "hyperpod-onboarding-scientists", "iam-roles"):
        # He is let in no more; what is in his account is left by name.
        refused = cloud.onboard(of("shut-out", OTHER_ROLE))
        assert (refused.error, policy.replace("bereft", "shut-out") in str(refused.cause)) == (
            "States.TaskFailed",
            True,
        )
        assert let_in(actors, "shut-out") == [OTHER_ROLE]
    assert outcome(cloud.onboard(of("shut-out", OTHER_ROLE))) == "onboarded"
    assert outcome(cloud.onboard(of("bereft", OTHER_ROLE, OWN_ROLE))) == "onboarded"
    with as_it_was(), closed_for_good(B):
        cloud.lambdas.recycle(f"{accounts.STACK}-iam-roles")
        execution = cloud.onboard(of("bereft", OTHER_ROLE))
    assert outcome(execution) == "onboarded"
    ((_, said),) = announced(cloud, execution)
    assert [each["resource"] for each in said["warnings"]] == [policy]
    assert let_in(actors, "bereft") == [OTHER_ROLE]


def test_data_must_be_shared_with_every_account_of_the_team(cloud: Cloud) -> None:
    ssm = cloud.client("ssm", accounts.DATA_ACCOUNT)
    before = shares.shared(ssm)
    try:
        shares.put(ssm, json.dumps([shares.entry(str(IMAGES["bucket"]))]))
        refused = cloud.onboard(of("sharing", OWN_ROLE, OTHER_ROLE))
        assert refused.error == "ProblemsFound"
        assert f"does not share it with team sharing of account {OTHER} for read" in str(refused.cause)
        assert f'"teams":["sharing"],"accounts":["{B}","{OTHER}"]' in str(refused.cause).replace("\\", "")
        # Not in one entry: each account may have its own.
        entries = [shares.entry(str(IMAGES["bucket"]), scientists=[each]) for each in (B, OTHER)]
        shares.put(ssm, json.dumps(entries))
        assert outcome(cloud.onboard(of("sharing", OWN_ROLE, OTHER_ROLE))) == "onboarded"
    finally:
        shares.put(ssm, json.dumps(before))


def test_a_role_that_its_account_does_not_list_is_named_with_the_command_of_that_account(cloud: Cloud) -> None:
    before = cloud.snapshot()
    unlisted = f"arn:aws:iam::{OTHER}:role/EventSender"
    refused = cloud.onboard(of("unlisted", OWN_ROLE, unlisted))
    assert refused.error == "ProblemsFound"
    assert f"accounts/scientists.yaml in account {OTHER}" in str(refused.cause)
    assert f"DataScientistRoleArns=...,{unlisted}" in str(refused.cause)
    assert difference(before, cloud.snapshot()) == []


def test_roles_of_such_long_names_that_no_trust_policy_takes_them_are_refused_in_numbers(cloud: Cloud) -> None:
    long = [f"arn:aws:iam::{B}:role/{'p' * 400}/Scientists{n}" for n in range(5)]
    refused = cloud.onboard(of("endless", OWN_ROLE, *long))
    assert "hyperpod-cluster-access-endless: its trust policy would have 2," in str(refused.cause)
    assert "characters of 2,048. Name fewer scientists, or roles with shorter paths" in str(refused.cause)


def test_the_other_form_of_the_same_role_changes_nothing(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("formal"))) == "onboarded"
    planned = cloud.onboard(of("formal", OWN_ROLE, dryRun=True))
    assert [each for step in planned.output["plan"] for each in step["changes"] if not each.get("same")] == []
    assert [kind for kind, _ in announced(cloud, planned)] == []
