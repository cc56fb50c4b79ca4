"""What cannot be there, since that in which it would be is gone, is not there; all else that is amiss is said."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from botocore.exceptions import ClientError

from onboarding.resource import Context, Resource, State, look
from tests.unit.given import context


class Found(State):
    """That it is there."""


@dataclass(frozen=True)
class Elsewhere(Resource[Found]):
    """A thing whose reads end as they are told to."""

    kind: ClassVar[str] = "elsewhere"
    state: ClassVar[type[State]] = Found
    ends: ClassVar[Iterator[str]]

    @property
    def address(self) -> str:
        """Any."""
        return "elsewhere"

    def is_of(self, context: Context) -> bool:
        """Anybody's."""
        return True

    def read(self, context: Context) -> Found | None:
        """An error code, `there` or `nothing`."""
        end = next(self.ends)
        if end not in ("there", "nothing"):
            raise ClientError({"Error": {"Code": end, "Message": "does not exist"}}, "ListGrants")
        return Found() if end == "there" else None

    def create(self, context: Context, desired: Found) -> None:
        """Not asked for here."""

    def update(self, context: Context, current: Found, desired: Found) -> None:
        """Not asked for here."""

    def delete(self, context: Context, current: Found) -> None:
        """Not asked for here."""


def looked(*ends: str) -> Found | None:
    Elsewhere.ends = iter(ends)
    return look(Elsewhere(), context())


@pytest.mark.parametrize("code", ["NotFoundException", "ResourceNotFoundException", "NoSuchBucket"])
def test_what_is_in_something_that_is_gone_is_gone_as_well(code: str) -> None:
    assert looked(code, code) is None


def test_a_part_that_goes_while_it_is_read_is_looked_at_again() -> None:
    assert looked("ResourceNotFoundException", "nothing") is None
    assert looked("ResourceNotFoundException", "there") == Found()


@pytest.mark.parametrize("ends", [["AccessDenied"], ["ResourceNotFoundException", "AccessDenied"]])
def test_what_may_not_be_looked_at_is_not_taken_for_gone(ends: list[str]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        looked(*ends)
