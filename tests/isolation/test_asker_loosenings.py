"""That the matrix of askers notices: each rule behind it is loosened, and what should be refused is granted then.

The code runs in this process, on the registry and the accounts of a real sandbox.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from onboarding.errors import NotAuthorized
from onboarding.request import TeamRequest, recorded
from onboarding.shares import Share
from proofs.askers.asks import ASKS, Ask
from proofs.askers.people import ADMINISTRATORS_ACCOUNT
from proofs.isolation.actors import Actors
from proofs.isolation.teams import OTHER_SCIENTISTS_ACCOUNT
from quota_namespace import compute_quota, grantable
from resolve_team import app, authority, surroundings
from sandbox.cloud import SOURCE
from sandbox.scenery import accounts
from tests.isolation.in_process import Steps, settings_of, steps_of

B, OTHER, NOT_SAID = accounts.SCIENTISTS_ACCOUNT, OTHER_SCIENTISTS_ACCOUNT, ""
STEPS = ("iam_roles", "s3_access_point", "quota_namespace")


@dataclass(frozen=True)
class Asked:
    """The stack's answers, by code of this process."""

    actors: Actors
    steps: Steps

    def granted(self, ask: Ask, account: str) -> bool:
        """Whether an event of the account's would be done."""
        event = {"source": SOURCE, "detail-type": ask.kind, "account": account, "detail": ask.detail}
        if account == NOT_SAID:
            del event["account"]
        try:
            resolved = app.handler(event, None)
        except NotAuthorized:
            return False
        if resolved["leaving"]:
            return bool(resolved["outcome"] == "request")
        request = TeamRequest.model_validate(resolved["request"], strict=False)
        record = self.actors.cloud.registry().get(f"team/{request.team}", {})
        previous = recorded(json.loads(record["active"]["S"])) if record else None
        return all(self.steps.plans(step, request, previous) for step in STEPS)


@pytest.fixture(scope="module")
def asked(asking: Actors) -> Iterator[Asked]:
    stack = replace(settings_of(asking.cloud), administrators=frozenset({ADMINISTRATORS_ACCOUNT}))
    with steps_of(asking.cloud) as steps, pytest.MonkeyPatch.context() as patch:
        patch.setattr(surroundings, "settings", lambda: stack)
        patch.setattr(app, "_surroundings", surroundings.Surroundings())
        yield Asked(asking, steps)


def covering(**changes: Any) -> Callable[[Any], Any]:
    """Shares that are read as if each said this."""

    def loosened(covers: Any) -> Any:
        return lambda share, team, account, dataset: covers(share.model_copy(update=changes), team, account, dataset)

    return loosened


def nobody_asked(find: Any) -> Any:
    """An event that does not say who asks is an operator's."""
    return lambda event, stack: find(event, stack) if "account" in event else authority.operator(stack)


def leaving_for_all(granted: Any) -> Any:
    """Whoever asks, a team leaves."""

    def loosened(resolved: Any, asker: Any, registry: Any) -> Any:
        return authority.by(resolved, asker) if resolved.leaving else granted(resolved, asker, registry)

    return loosened


def of_any_role(granted: Any) -> Any:
    """Whose roles they are, is not looked at."""

    def loosened(resolved: Any, asker: Any, registry: Any) -> Any:
        unseen = replace(resolved, account=asker.account, request=None)
        return replace(granted(unseen, asker, registry), request=resolved.request)

    return loosened


LOOSENINGS: dict[str, tuple[Any, str, Callable[[Any], Any], str, str]] = {
    "who asks need not be said": (authority, "asker", nobody_asked, "a new team of account B", NOT_SAID),
    "everybody is an administrator": (
        authority.Asker, "is_administrator", lambda _: property(lambda self: True), "account B's team, changed", OTHER,
    ),
    "a team is whose event comes last": (
        authority, "_owner", lambda _: lambda record: None, "account B's team, for another account's scientists", OTHER,
    ),
    "a team's leaving is anybody's": (authority, "granted", leaving_for_all, "account B's team, to leave", OTHER),
    "a role is anybody's": (authority, "granted", of_any_role, "a new team of account B", OTHER),
    "guests are anybody's to bring in": (
        authority, "_foreign", lambda _: lambda *given: [], "a new team of account B's and another account's", B,
    ),
    "a fence is anybody's": (authority, "_fenced", lambda _: lambda asked, *_: asked, "a fence of its own", B),
    "shares name no account": (Share, "covers", covering(accounts="*"), "shared with another account", B),
    "shares name no team": (Share, "covers", covering(teams="*"), "shared with another team", B),
    "shares name no access": (Share, "covers", covering(access="read-write"), "read-write, shared for read", B),
    "shares name no folder": (Share, "covers", covering(prefix="*"), "above what is shared", B),
    "every rule is grantable": (grantable, "_covered", lambda _: lambda *asked: True, "a rule that is not", B),
    "a quota is whoever's comes first": (
        compute_quota, "refuse_ungiven", lambda _: lambda *given: None, "the same for another account",
        ADMINISTRATORS_ACCOUNT,
    ),
}  # fmt: skip
"""Loosening to module, attribute, what is done to it, and the question and the asker that must notice."""


@pytest.mark.parametrize("loosening", LOOSENINGS)
def test_the_matrix_of_askers_notices(asked: Asked, loosening: str) -> None:
    module, attribute, loosen, name, account = LOOSENINGS[loosening]
    ask = next(ask for ask in ASKS if ask.name == name)
    assert not asked.granted(ask, account)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, attribute, loosen(getattr(module, attribute)))
        assert asked.granted(ask, account)
    assert not asked.granted(ask, account)


def test_what_is_meant_to_be_granted_is(asked: Asked) -> None:
    """Otherwise whatever is refused here would show nothing."""
    granted = {
        ask.name: asked.granted(ask, B) for ask in ASKS if "account B" in ask.may and "stack lists" not in ask.name
    }
    assert [name for name, found in granted.items() if not found] == []
