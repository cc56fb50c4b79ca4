"""docs/security.md gives a reason for every resource that is `*`."""

import re

import pytest

from tests.contracts.machines import ROOT
from tests.contracts.stack import as_list, of_type, statements, template

TEXT = (ROOT / "docs" / "security.md").read_text()
TABLE = TEXT[TEXT.index("As a whole resource") : TEXT.index("As a part of one")]


def unbounded(path: str) -> set[str]:
    """The actions that a template allows on everything."""
    roles = of_type("AWS::IAM::Role", path).values()
    policies = of_type("AWS::IAM::ManagedPolicy", path).values()
    found = [s for role in roles for s in statements(role)]
    found += [s for policy in policies for s in statements({"Policies": [policy]})]
    return {action for s in found if "*" in as_list(s["Resource"]) for action in as_list(s["Action"])}


PATHS = ("template.yaml", "accounts/data.yaml", "accounts/management.yaml", "accounts/scientists.yaml")


@pytest.mark.parametrize("path", PATHS)
def test_every_action_on_everything_has_its_reason(path: str) -> None:
    assert sorted(action for action in unbounded(path) if f"`{action}`" not in TABLE) == []


def test_no_reason_is_given_for_what_is_not_there() -> None:
    held = set().union(*(unbounded(path) for path in PATHS))
    assert set(re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", TABLE)) == held


def test_every_role_is_in_the_text() -> None:
    named = [role["RoleName"] for path in PATHS for role in of_type("AWS::IAM::Role", path).values()]
    stack = {name["Fn::Sub"].removeprefix("${AWS::StackName}-") for name in named if "Fn::Sub" in name}
    members = {template(path)["Parameters"]["RoleName"]["Default"] for path in PATHS if path.startswith("accounts/")}
    forwarding = {name for name in stack if name.startswith("${ForwardRoleName}")}
    assert forwarding
    for name in (stack - forwarding) | members | {"hyperpod-onboarding-forward-REGION"}:
        assert f"`{name}`" in TEXT, name


def test_every_test_that_the_threats_name_is_there() -> None:
    threats = TEXT[TEXT.index("## Threats") : TEXT.index("## Static checks")]
    named = set(re.findall(r"`(test_[a-z_]+)`", threats))
    assert named
    assert named - {path.stem for path in (ROOT / "tests").rglob("test_*.py")} == set()
