"""New roles are unknown for a while, lists and deletions lag: waited for by the services' own words, not for ever."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.iam.models import iam_backends

from sandbox.aws.eks import access_entries, tokens
from sandbox.aws.inventory import World, difference
from sandbox.aws.moto.installation import current
from sandbox.cloud import Cloud
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.contracts.machines import retriers
from tests.faults.runs import offboarded, said_of
from tests.workflow.teams import CHECKPOINTS, IMAGES, LABELS, detail, outcome, text

FOREVER = 1e9

TRIES = 1 + max(
    retrier["MaxAttempts"] for _, retrier in retriers("onboard_team") if "NotYetVisible" in retrier["ErrorEquals"]
)
"""The first, and as many more as the state machine's Retry allows."""

WORDS = {
    "PutAccessPointPolicy": "Invalid principal in policy",
    "CreateGrant": "InvalidArnException",
    "CreateAccessEntry": "The specified principalArn is invalid: invalid principal",
    "CreatePodIdentityAssociation": "Role provided in the request does not exist",
}
"""Call that names a new role, and what the service says while it does not know it."""


@contextmanager
def lagging(**delays: float) -> Iterator[None]:
    """The services are this much behind, in sandbox seconds, for a while."""
    installation = current()
    before, installation.delays = installation.delays, replace(installation.delays, **delays)
    try:
        yield
    finally:
        installation.delays = before


@contextmanager
def unknown_for_good(team: str) -> Iterator[None]:
    """No service ever learns of the roles of this team; all others are known."""
    for account in accounts.ACCOUNTS.values():
        for role in iam_backends[account]["aws"].roles.values():
            if not role.name.endswith(f"-{team}"):
                vars(role)["born"] = -2 * FOREVER
    with lagging(role_visible=FOREVER):
        yield


def first(team: str) -> dict[str, Any]:
    return detail(team, datasets=[IMAGES, LABELS])


def second(team: str) -> dict[str, Any]:
    return detail(team, datasets=[IMAGES, CHECKPOINTS], access={"policy": "view"}, serviceAccount="trainer")


@pytest.fixture(scope="module")
def wanted(cloud: Cloud) -> list[World]:
    """The worlds without the team, with it, with it changed, and without it again, where nothing lags."""
    worlds = [cloud.snapshot()]
    for wish in (first("slowly"), second("slowly")):
        assert outcome(cloud.onboard(wish)) == "onboarded"
        worlds.append(cloud.snapshot())
    assert outcome(offboarded(cloud, "slowly")) == "offboarded"
    return [*worlds, cloud.snapshot()]


@pytest.mark.parametrize(
    "delays",
    [
        {"role_visible": 20.0},
        {"list_lag": 20.0},
        {"delete_lag": 20.0},
        {"role_visible": 15.0, "list_lag": 15.0, "delete_lag": 15.0},
    ],
    ids=["roles are unknown", "lists lag", "deletions lag", "all of it happens"],
)
def test_a_team_comes_changes_and_goes_while(cloud: Cloud, wanted: list[World], delays: dict[str, float]) -> None:
    before, onboarded, changed, after = wanted
    assert text(before) == text(after)
    with lagging(**delays):
        for wish, world in ((first("slowly"), onboarded), (second("slowly"), changed)):
            assert outcome(cloud.onboard(wish)) == "onboarded"
            assert difference(world, cloud.snapshot()) == []
        assert outcome(offboarded(cloud, "slowly")) == "offboarded"
    assert text(before) == text(cloud.snapshot())


def test_what_a_killed_function_made_is_found_once_lists_show_it(cloud: Cloud) -> None:
    before, team, operation = cloud.snapshot(), "killed", "CreatePodIdentityAssociation"
    with ExitStack() as exits:

        def kill(call: Call) -> None:
            exits.enter_context(lagging(list_lag=1e9))
            cloud.lambdas.kill(str(call.instance))

        cloud.faults.add(Fault(Match(operation=operation), Kind.CALLBACK, "after", callback=kill))
        # The next try does not see it, and would make another; only then do lists show it.
        cloud.faults.add(Fault(Match(operation=operation, nth=2), Kind.CALLBACK, callback=lambda _: exits.close()))
        assert outcome(cloud.onboard(detail(team, datasets=[]))) == "onboarded"
    tries = [e.error for e in cloud.calls.entries(operation=operation) if f"ns-{team}" in str(dict(e.call.parameters))]
    assert tries[1:] == ["ResourceInUseException"]
    assert outcome(offboarded(cloud, team)) == "offboarded"
    assert difference(before, cloud.snapshot()) == []


@pytest.mark.parametrize("operation", WORDS)
def test_a_role_that_stays_unknown_fails_after_so_many_tries_of(cloud: Cloud, operation: str) -> None:
    before, team, calls = cloud.snapshot(), f"unseen-{operation.lower()}"[:40], len(cloud.calls.entries())
    with ExitStack() as exits:
        hide = Fault(
            Match(operation=operation),
            Kind.CALLBACK,
            callback=lambda _: exits.enter_context(unknown_for_good(team)),
        )
        cloud.faults.add(hide)
        execution = cloud.onboard(detail(team, datasets=[LABELS]))
    assert (execution.status, execution.error) == ("FAILED", "NotYetVisible")
    assert WORDS[operation] in str(execution.cause)
    tries = [entry for entry in cloud.calls.entries(operation=operation) if entry.sequence > calls]
    assert len(tries) == TRIES
    assert difference(before, cloud.snapshot()) == []
    ((_, said),) = said_of(cloud, team)
    assert WORDS[operation] in said["reason"]


def test_other_words_under_the_same_code_are_not_waited_for(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    before, calls = cloud.snapshot(), len(cloud.calls.entries())
    true = vars(access_entries)["refuse"]
    words = "The specified principalArn is invalid: it is a service-linked role."
    monkeypatch.setattr(access_entries, "refuse", lambda *_: true(words))
    with unknown_for_good("wordy"):
        execution = cloud.onboard(detail("wordy", datasets=[]))
    assert (execution.status, execution.error) == ("FAILED", "ServiceRefused")
    assert words in str(execution.cause)
    tries = [e for e in cloud.calls.entries(operation="CreateAccessEntry") if e.sequence > calls]
    assert len(tries) == 1
    assert difference(before, cloud.snapshot()) == []


def test_a_deleted_role_of_the_same_name_leaves_no_dead_principal_behind(cloud: Cloud) -> None:
    with lagging(role_visible=20.0, delete_lag=20.0):
        for _ in range(2):
            assert outcome(cloud.onboard(detail("reborn", datasets=[IMAGES]))) == "onboarded"
            points = cloud.snapshot()[accounts.DATA_ACCOUNT]["access points"]
            principals = [
                statement["Principal"]["AWS"]
                for point in points.values()
                if point["tags"].get("hyperpod-onboarding/team") == "reborn"
                for statement in point["policy"]["Statement"]
            ]
            assert set(principals) == {f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/hyperpod-data-access-reborn"}
            assert outcome(offboarded(cloud, "reborn")) == "offboarded"


def test_a_function_that_was_frozen_for_long_makes_a_new_token(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(detail("before-frost", datasets=[IMAGES]))) == "onboarded"
    installation = current()
    # A token is as old as its whole second.
    installation.tokens_from = datetime.now(UTC) - timedelta(seconds=1)
    try:
        before = len(cloud.calls.entries())
        assert outcome(cloud.onboard(detail("after-frost", datasets=[IMAGES]))) == "onboarded"
    finally:
        installation.tokens_from = None
    assert [entry for entry in cloud.calls.entries()[before:] if entry.error and entry.call.service == "lambda"] == []


def test_an_access_entry_that_the_cluster_does_not_know_yet_is_waited_for(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{accounts.STACK}-quota-namespace"
    entry, refused = tokens._entry, list[str]()

    def not_yet(principal: str, cluster: str) -> access_entries.AccessEntry | None:
        # Each try of a function asks twice.
        if principal == role and len(refused) < 2 * 3:
            refused.append(principal)
            return None
        return entry(principal, cluster)

    monkeypatch.setattr(tokens, "_entry", not_yet)
    assert outcome(cloud.onboard(detail("just-let-in", datasets=[IMAGES]))) == "onboarded"
    assert len(refused) == 2 * 3
