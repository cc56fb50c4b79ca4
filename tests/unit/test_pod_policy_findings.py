"""What the plan says of the policy for teams' pods, however the cluster has it."""

from copy import deepcopy
from typing import Any
from unittest.mock import patch

import pytest

from onboarding.accounts import Accounts
from onboarding.errors import AccessDenied
from onboarding.names import POD_POLICY
from onboarding.plan import Finding
from onboarding.resource import Context
from quota_namespace.pod_policy import pod_policy_findings
from tests.unit.given import SETTINGS

Object = dict[str, Any]
APPLY = "kubectl apply -f accounts/cluster-pods.yaml"
POLICY: Object = {
    "spec": {
        "failurePolicy": "Fail",
        "variables": [
            {"name": "sharedFolders", "expression": '["/data"]'},
            {"name": "contexts", "expression": "variables.containers"},
        ],
    }
}
BINDING: Object = {"spec": {"policyName": POD_POLICY, "validationActions": ["Deny"]}}


def found(policy: Object | None, binding: Object | None, denied: bool = False) -> Finding:
    class Cluster:
        def get(self, path: str) -> Object | None:
            if denied:
                raise AccessDenied("no")
            kind, name = path.rsplit("/", 2)[1:]
            assert name == POD_POLICY
            return {"validatingadmissionpolicies": policy, "validatingadmissionpolicybindings": binding}[kind]

    with patch("quota_namespace.pod_policy.cluster_of", lambda _: Cluster()):
        (one,) = pod_policy_findings(Context("vision", SETTINGS, Accounts(SETTINGS)))
    return one


def test_a_policy_in_force_is_shown_with_its_parameters() -> None:
    one = found(POLICY, BINDING)
    assert (one.verdict, one.state) == ("met", 'in force: sharedFolders ["/data"]')
    assert found({"spec": {}}, BINDING).state == "in force: without parameters"


def changed(document: Object, **fields: Any) -> Object:
    copy = deepcopy(document)
    copy["spec"].update(fields)
    return copy


@pytest.mark.parametrize(
    ("policy", "binding", "state"),
    [
        (None, None, "missing"),
        (None, BINDING, "missing"),
        (POLICY, None, "not in force"),
        (changed(POLICY, failurePolicy="Ignore"), BINDING, "not in force"),
        (POLICY, changed(BINDING, validationActions=["Audit", "Warn"]), "not in force"),
        (POLICY, changed(BINDING, policyName="another"), "not in force"),
        (POLICY, changed(BINDING, matchResources={"namespaceSelector": {}}), "not in force"),
    ],
)
def test_one_that_holds_nobody_is_a_warning_with_the_command(
    policy: Object | None, binding: Object | None, state: str
) -> None:
    one = found(policy, binding)
    assert (one.verdict, one.state, one.mend) == ("warning", state, APPLY)


def test_a_function_that_may_not_look_says_so_and_which_file_lets_it() -> None:
    one = found(POLICY, BINDING, denied=True)
    assert (one.verdict, one.state) == ("warning", "not known")
    assert one.mend == "kubectl apply -f accounts/cluster-rbac.yaml"
