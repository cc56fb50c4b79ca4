"""A sample of the sweep: in every family of scenarios half of the faults, and all that the sweep has ever found."""

from collections.abc import Iterable, Iterator
from itertools import chain

import pytest

from proofs.faults.cases import FAULTS, Case
from proofs.faults.play import FAMILIES, player
from proofs.faults.verdict import End

FOUND = (
    # Each of these has once ended otherwise than promised.
    "fresh/onboard_team/dynamodb:UpdateItem#3/abort",
    "fresh/onboard_team/dynamodb:UpdateItem#3/lasting-after",
    "fresh/probe/kubernetes:delete-pods#1/lasting-before",
    "last/eks_access_entry/eks:DeleteAccessEntry#1/error-after",
    "last/onboard_team/dynamodb:UpdateItem#2/lasting-after",
    "last/onboard_team/lambda:Invoke(resolve_team)#1/abort",
    "last/onboard_team/lambda:Invoke(resolve_team)#1/lasting-before",
    "last/onboard_team/states:StartExecution#1/throttle",
    "last/s3_access_point/dynamodb:DeleteItem#1/lasting-before",
    "last/s3_access_point/kms:ListGrants#2/lasting-before",
    "last/unwind_team/dynamodb:DeleteItem#1/lasting-after",
    "last/unwind_team/dynamodb:UpdateItem#1/lasting-before",
    "unmounting/fsx_storage/fsx:DescribeDataRepositoryAssociations#1/throttle",
    "update/eks_access_entry/eks:DisassociateAccessPolicy#1/error-after",
)


def sample(cases: Iterable[Case], family: int) -> Iterator[Case]:
    """One case for every other fault, at places spread over the run; the same ones every time."""
    everything = list(cases)
    for number, fault in list(enumerate(FAULTS))[family % 2 :: 2]:
        fitting = [case for case in everything if case.fault == fault]
        yield fitting[(number + 2 * family) % len(FAULTS) * len(fitting) // len(FAULTS)]


@pytest.mark.parametrize("family", FAMILIES, ids="-".join)
def test_whatever_fails_the_team_is_as_wanted_or_as_before_or_what_is_left_is_named(family: tuple[str, ...]) -> None:
    with player(family) as stage:
        cases = [case for recording in stage.recordings.values() for case in recording.cases]
        found = [case for case in cases if str(case) in FOUND]
        assert {str(case) for case in found} == {name for name in FOUND if name.split("/")[0] in family}
        results = [stage.play(case) for case in chain(sample(cases, FAMILIES.index(family)), found)]
    assert [(str(r.case), r.complaints) for r in results if r.end is End.ELSE] == []
