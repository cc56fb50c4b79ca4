"""Add-ons of the cluster, as prerequisites."""

from typing import Any

import pytest

from onboarding.add_ons import POD_IDENTITY_AGENT, TASK_GOVERNANCE, add_on_findings
from onboarding.plan import Finding
from tests.unit.given import context


class Cluster:
    """Stands for Accounts, and for EKS, in a cluster whose add-on is in that state."""

    def __init__(self, status: str, *issues: str) -> None:
        self.add_on = {
            "status": status,
            "addonVersion": "v1.3.4-eksbuild.1",
            "health": {"issues": [{"code": "InsufficientNumberOfReplicas", "message": issue} for issue in issues]},
        }

    def client(self, service: str) -> "Cluster":
        """EKS."""
        assert service == "eks"
        return self

    def describe_addon(self, **_: str) -> dict[str, Any]:
        """Whatever it is called."""
        return {"addon": self.add_on}


def finding(status: str, *issues: str) -> Finding:
    here = context()
    there: Any = Cluster(status, *issues)
    (found,) = add_on_findings(type(here)(here.team, here.settings, there), POD_IDENTITY_AGENT)
    return found


@pytest.mark.parametrize("status", ["ACTIVE", "UPDATING"])
def test_an_add_on_at_work_is_met_and_shows_its_version(status: str) -> None:
    assert (finding(status).verdict, finding(status).state) == ("met", f"{status}, v1.3.4-eksbuild.1")


def test_an_add_on_that_ails_is_a_warning_with_its_issues() -> None:
    found = finding("DEGRADED", "one pod is down", "another, too")
    assert found.verdict == "warning"
    assert found.reason == ("the add-on is DEGRADED: one pod is down; another, too. It works on, and wants attention")


def governance(version: str) -> Finding:
    here, there = context(), Cluster("ACTIVE")
    there.add_on["addonVersion"] = version
    eks: Any = there
    (found,) = add_on_findings(type(here)(here.team, here.settings, eks), TASK_GOVERNANCE)
    return found


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("v1.4.9-eksbuild.1", "warning"),
        ("v0.9.0-eksbuild.1", "warning"),
        ("v1.5.0-eksbuild.1", "met"),
        ("v1.10.0-eksbuild.1", "met"),
        ("v2.0.0-eksbuild.1", "met"),
        ("tomorrows", "met"),
    ],
)
def test_task_governance_is_told_by_its_version_in_numbers(version: str, verdict: str) -> None:
    assert governance(version).verdict == verdict


@pytest.mark.parametrize("status", ["CREATING", "CREATE_FAILED", "DELETING", "DELETE_FAILED", "UPDATE_FAILED"])
def test_an_add_on_that_is_not_at_work_is_a_problem(status: str) -> None:
    assert finding(status).verdict == "problem"
