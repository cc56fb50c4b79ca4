"""Who may reach what, as people are told it after an onboarding: from the policies, not from the event."""

from typing import Any

import pytest
from rich.console import Console

from cli.views.report import show_access
from onboarding import policy
from onboarding.plan import change_of
from s3_access_point import app as s3_access_point
from tests.unit.given import DATA, SETTINGS, context, dataset, request

READ = {"name": "evaluation", "datasets": [{"dataset": "example-corp-images/texts"}]}
WRITTEN = {"name": "training", "datasets": [{"dataset": "example-corp-images/texts", "access": "read-write"}]}


def told(*points: dict[str, Any]) -> list[list[str]]:
    """The table's rows of what is at these access points, in the order of the policies."""
    plan: list[dict[str, Any]] = [
        {"step": "iam_roles", "changes": []},
        {"step": "eks_access_entry", "changes": []},
        {"step": "s3_access_point", "changes": list(points)},
    ]
    console = Console(width=1000)
    with console.capture() as said:
        show_access(console, plan)
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in said.get().splitlines()]
    return [row for row in rows if len(row) == 3][1:]


def points_of(*accounts: dict[str, Any]) -> list[dict[str, Any]]:
    texts = dataset(prefix="texts/", access="read-write")
    team = request(datasets=[texts], **({"serviceAccounts": list(accounts)} if accounts else {}))
    desired = s3_access_point.desired(team, context())
    changes = [change_of(resource, None, state).record() for resource, state in desired]
    return [change for change in changes if change["kind"] == "access-point"]


def test_each_role_that_has_a_dataset_is_told_with_what_it_may() -> None:
    rows = told(*points_of(WRITTEN, READ))
    training, evaluation = "hyperpod-data-access-vision.training", "hyperpod-data-access-vision.evaluation"
    assert sorted(who for who, may, _ in rows if may == "s3:ListBucket") == [evaluation, training]
    assert [who for who, may, _ in rows if "s3:PutObject" in may] == [training]
    assert [who for who, may, _ in rows if may == "s3:GetObject"] == [evaluation]


def test_the_one_role_of_a_team_with_one_service_account_is_told_in_the_same_way() -> None:
    assert {who for who, *_ in told(*points_of())} == {"hyperpod-data-access-vision"}


@pytest.mark.parametrize(
    ("principal", "who"),
    [
        (f"arn:{SETTINGS.partition}:iam::{DATA}:root", f"arn:aws:iam::{DATA}:root"),
        (DATA, DATA),
        (f"arn:{SETTINGS.partition}:iam::{DATA}:role/path/Somebody", "Somebody"),
    ],
)
def test_whoever_else_is_let_in_is_told_too(principal: str, who: str) -> None:
    (point,) = points_of()
    for statement in policy.statements(point["after"]["policy"]):
        statement["Principal"] = {"AWS": principal}
    assert {told_of for told_of, *_ in told(point)} == {who}
