"""Limits of accounts, said before they are reached."""

from typing import Any

from onboarding.limits import near_limit
from s3_access_point import app as access_points
from tests.unit.given import OneAccount, context, dataset, request


class Pages:
    """Stands for S3 Control of an account with that many access points, a thousand a page."""

    def __init__(self, points: int) -> None:
        self.points, self.asked = points, 0

    def list_access_points(self, AccountId: str, NextToken: str = "0") -> dict[str, Any]:
        """One page."""
        self.asked += 1
        start = int(NextToken)
        end = min(start + 1000, self.points)
        page: dict[str, Any] = {"AccessPointList": [{}] * (end - start)}
        return {**page, "NextToken": str(end)} if end < self.points else page


def advice(pages: Pages) -> list[tuple[str, str]]:
    """Verdict and state of what the step says to a team with a dataset."""

    class Paged(OneAccount):
        def client(self, service: str, account: str | None = None) -> Any:
            """S3 Control; S3 is asked whether the account can be reached."""
            assert service in {"s3", "s3control"}
            return pages

    here = context()
    paged = type(here)(here.team, here.settings, Paged())  # type: ignore[arg-type]
    return [(each.verdict, each.state) for each in access_points.advise(request(datasets=[dataset()]), paged)]


def test_a_limit_is_warned_of_from_nine_tenths_on() -> None:
    assert near_limit("roles", 899, 1000, "ask").verdict == "met"
    warning = near_limit("roles", 900, 1000, "ask")
    assert (warning.verdict, warning.state) == ("warning", "900 of 1,000")
    assert warning.sentence == "900 of 1,000 are in use. Have the limit raised. Run: ask"


def test_access_points_are_counted_over_all_pages() -> None:
    pages = Pages(2500)
    assert advice(pages) == [("met", "2,500 of 10,000")]
    assert pages.asked == 3


def test_few_access_points_take_one_call() -> None:
    pages = Pages(999)
    assert advice(pages) == [("met", "999 of 10,000")]
    assert pages.asked == 1


def test_an_account_with_few_access_points_left_is_warned_of() -> None:
    assert advice(Pages(9_100)) == [("warning", "9,100 of 10,000")]
