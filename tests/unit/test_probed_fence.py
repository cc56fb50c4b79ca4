"""What a probe tries of the fence, and what its words mean."""

from dataclasses import replace
from typing import Any

import pytest

from onboarding.fence import Fence
from onboarding.resource import Context
from probe import neighbours
from probe.attempts import Attempt
from probe.fence import METADATA, by_outcome, fence_attempts, network_parts
from probe.verdict import verdict
from tests.unit.given import SETTINGS, context, dataset, request

CREDENTIALS = Attempt("fenced", "credentials", METADATA, "")
REACH = Attempt("fenced", "reach", "http://canary.hyperpod-ns-speech.svc:8080", "")


@pytest.mark.parametrize(
    ("fenced", "service", "others", "tried"),
    [
        (False, "canary:8080", ["speech"], []),
        (True, "", ["speech"], [CREDENTIALS]),
        (True, "canary:8080", [], [CREDENTIALS]),
        (True, "canary:8080", ["speech"], [CREDENTIALS, REACH]),
        (True, "canary:8080", ["speech"] * 9, [CREDENTIALS, *[REACH] * 3]),
    ],
    ids=["no fence", "no service to try", "no neighbour", "all", "many neighbours"],
)
def test_only_what_can_show_something_is_tried(
    fenced: bool, service: str, others: list[str], tried: list[Attempt]
) -> None:
    assert fence_attempts(fenced, service, others) == tried


@pytest.mark.parametrize(
    ("attempt", "letter", "shown", "words", "decisive"),
    [
        (CREDENTIALS, "n", "holds", "gets no credentials of its node from 169.254.169.254", True),
        (CREDENTIALS, "y", "open", "gets the credentials of its node from 169.254.169.254: let the cluster", True),
        (CREDENTIALS, "x", "unproven", "could not be tried", True),
        (CREDENTIALS, "-", "unproven", "could not be tried", True),
        (REACH, "n", "holds", "is kept from http://canary.hyperpod-ns-speech.svc:8080", False),
        (REACH, "y", "open", "reaches http://canary.hyperpod-ns-speech.svc:8080: let the cluster", False),
        (REACH, "x", "unproven", "which shows nothing", False),
    ],
)
def test_a_letter_is_a_finding_with_its_mending_or_shows_nothing(
    attempt: Attempt, letter: str, shown: str, words: str, decisive: bool
) -> None:
    (part,) = network_parts([(attempt, letter)])
    assert (part.shown, part.decisive) == (shown, decisive)
    assert words in part.words
    assert by_outcome([part]) == {"holds": [], "open": [], "unproven": [], shown: [part.words]}


@pytest.mark.parametrize("letters", ["yy", "nn", "xx"])
def test_the_fence_has_no_say_in_what_is_proven_of_the_data(letters: str) -> None:
    data = [Attempt("in", "list", "point", ""), Attempt("refused", "list", "bucket", "")]
    found = verdict([*data, CREDENTIALS, REACH], f"yn{letters}")
    assert found.tried == ["may list at point", "is refused list at bucket"]
    assert len(found.fence) == 2


@pytest.mark.parametrize(
    ("stack", "theirs", "fenced"),
    [
        (True, None, ("speech",)),
        (False, None, ()),
        (True, {"network": False}, ()),
        (False, {"network": True}, ("speech",)),
    ],
)
def test_a_neighbour_without_the_fence_is_not_tried(
    monkeypatch: pytest.MonkeyPatch, stack: bool, theirs: dict[str, Any] | None, fenced: tuple[str, ...]
) -> None:
    more = {"fence": theirs} if theirs else {}
    monkeypatch.setattr(
        neighbours, "_onboarded", lambda *_: iter([request(team="speech", datasets=[dataset()], **more)])
    )
    here = context()
    settings = replace(SETTINGS, fence=Fence(network=stack))
    found = neighbours.neighbours(request(datasets=[dataset()]), Context(here.team, settings, here.accounts))
    assert found.fenced == fenced
    assert list(found.points) == ["example-corp-images"]
