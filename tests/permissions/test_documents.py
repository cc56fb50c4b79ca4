"""docs/security.md gives a reason for every resource that is `*`."""

import re

import pytest

from tests.contracts.machines import ROOT
from tests.contracts.stack import as_list, of_type, statements

TEXT = (ROOT / "docs" / "security.md").read_text()
TABLE = TEXT[TEXT.index("As a whole resource") : TEXT.index("As a part of one")]


def unbounded(path: str) -> set[str]:
    """The actions that a template allows on everything."""
    roles = of_type("AWS::IAM::Role", path).values()
    policies = of_type("AWS::IAM::ManagedPolicy", path).values()
    found = [s for role in roles for s in statements(role)]
    found += [s for policy in policies for s in statements({"Policies": [policy]})]
    return {action for s in found if "*" in as_list(s["Resource"]) for action in as_list(s["Action"])}


@pytest.mark.parametrize("path", ["template.yaml", "accounts/data.yaml", "accounts/scientists.yaml"])
def test_every_action_on_everything_has_its_reason(path: str) -> None:
    assert sorted(action for action in unbounded(path) if f"`{action}`" not in TABLE) == []


def test_no_reason_is_given_for_what_is_not_there() -> None:
    paths = ("template.yaml", "accounts/data.yaml", "accounts/scientists.yaml")
    held = set().union(*(unbounded(path) for path in paths))
    assert set(re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", TABLE)) == held


def test_every_test_that_the_threats_name_is_there() -> None:
    threats = TEXT[TEXT.index("## Threats") : TEXT.index("## Static checks")]
    named = set(re.findall(r"`(test_[a-z_]+)`", threats))
    assert named
    assert named - {path.stem for path in (ROOT / "tests").rglob("test_*.py")} == set()
