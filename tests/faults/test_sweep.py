"""A sample of the sweep: in every family of scenarios each fault once, at calls spread over the whole run."""

from collections.abc import Iterable, Iterator

import pytest

from tests.faults.cases import FAULTS, Case
from tests.faults.play import FAMILIES, player
from tests.faults.verdict import End


def sample(cases: Iterable[Case], shift: int) -> Iterator[Case]:
    """One case a fault, no two at the same place of the run; the same ones every time."""
    everything = list(cases)
    for number, fault in enumerate(FAULTS):
        fitting = [case for case in everything if case.fault == fault]
        yield fitting[(number + shift) % len(FAULTS) * len(fitting) // len(FAULTS)]


FOUND = (
    # Each of these has once ended otherwise than promised.
    "fresh/onboard_team/dynamodb:UpdateItem#3/abort",
    "fresh/onboard_team/dynamodb:UpdateItem#3/lasting-after",
    "last/eks_access_entry/eks:DeleteAccessEntry#1/error-after",
    "last/onboard_team/dynamodb:UpdateItem#2/lasting-after",
    "last/onboard_team/lambda:Invoke(resolve_team)#1/abort",
    "last/onboard_team/lambda:Invoke(resolve_team)#1/lasting-before",
    "last/onboard_team/states:StartExecution#1/throttle",
    "last/s3_access_point/dynamodb:GetItem#4/lasting-before",
    "last/s3_access_point/kms:ListGrants#2/lasting-before",
    "last/unwind_team/dynamodb:DeleteItem#1/lasting-after",
    "last/unwind_team/dynamodb:UpdateItem#1/lasting-before",
)


def test_what_the_sweep_has_found_stays_mended() -> None:
    with player(("fresh", "last")) as stage:
        cases = [case for recording in stage.recordings.values() for case in recording.cases if str(case) in FOUND]
        assert len(cases) == len(FOUND)
        results = [stage.play(case) for case in cases]
    assert [(str(r.case), r.complaints) for r in results if r.end is End.ELSE] == []


@pytest.mark.parametrize("family", FAMILIES, ids="-".join)
def test_whatever_fails_the_team_is_as_wanted_or_as_before_or_what_is_left_is_named(family: tuple[str, ...]) -> None:
    with player(family) as stage:
        cases = [case for recording in stage.recordings.values() for case in recording.cases]
        results = [stage.play(case) for case in sample(cases, shift=2 * FAMILIES.index(family))]
    assert [(str(r.case), r.complaints) for r in results if r.end is End.ELSE] == []
    assert len(results) == len(FAULTS)
