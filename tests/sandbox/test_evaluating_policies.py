"""How the built-in API server asks admission policies (Kubernetes documentation, "Validating Admission Policy")."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import AdmissionregistrationV1Api, ApiException, CoreV1Api

from sandbox.cluster.api.api import KubernetesApi
from sandbox.cluster.server import start

EVERYTHING = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
ACCOUNTS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["serviceaccounts"]}
NO = [{"expression": "false", "message": "never"}]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[KubernetesApi]:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    found = start(lambda _: None)
    yield found
    found.stop()


def policy(api: KubernetesApi, bound: bool = True, rule: dict[str, Any] = ACCOUNTS, **spec: Any) -> None:
    client: Any = AdmissionregistrationV1Api(api.admin())
    body = {"matchConstraints": {"resourceRules": [rule]}, "validations": NO, **spec}
    client.create_validating_admission_policy({"metadata": {"name": "held"}, "spec": body})
    if bound:
        binding = {"policyName": "held", "validationActions": ["Deny"]}
        client.create_validating_admission_policy_binding({"metadata": {"name": "to-all"}, "spec": binding})


def made(api: KubernetesApi, name: str = "one", **metadata: Any) -> str | None:
    """What is said to whoever makes a service account; None where it is let in."""
    client: Any = CoreV1Api(api.admin())
    try:
        client.create_namespaced_service_account("default", {"metadata": {"name": name, **metadata}})
    except ApiException as error:
        return str(error.body)
    return None


def test_what_does_not_hold_is_refused_with_policy_binding_and_message(api: KubernetesApi) -> None:
    policy(api)
    assert "ValidatingAdmissionPolicy 'held' with binding 'to-all' denied request: never" in str(made(api))


def test_a_policy_without_binding_holds_nobody(api: KubernetesApi) -> None:
    policy(api, bound=False)
    assert made(api) is None


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (EVERYTHING, True),
        ({**ACCOUNTS, "resources": ["*"]}, True),
        ({**ACCOUNTS, "resources": ["pods"]}, False),
        ({**ACCOUNTS, "resources": ["serviceaccounts/token"]}, False),
        ({**ACCOUNTS, "operations": ["UPDATE", "DELETE"]}, False),
        ({**ACCOUNTS, "apiGroups": ["apps"]}, False),
    ],
)
def test_it_is_asked_about_what_its_rules_name(api: KubernetesApi, rule: dict[str, Any], refused: bool) -> None:
    policy(api, rule=rule)
    assert (made(api) is not None) is refused


def test_it_is_asked_about_changes_and_deletions_with_what_was_there_before(api: KubernetesApi) -> None:
    kept = [{"expression": 'oldObject.metadata.labels["kept"] != "yes"', "message": "is kept"}]
    policy(api, rule={**ACCOUNTS, "operations": ["UPDATE", "DELETE"]}, validations=kept)
    assert made(api, labels={"kept": "yes"}) is None
    client: Any = CoreV1Api(api.admin())
    with pytest.raises(ApiException, match="is kept"):
        client.delete_namespaced_service_account("one", "default")
    with pytest.raises(ApiException, match="is kept"):
        client.patch_namespaced_service_account("one", "default", {"metadata": {"labels": {"kept": "no"}}})


def test_conditions_pass_by_and_variables_are_reckoned_once_named(api: KubernetesApi) -> None:
    policy(
        api,
        matchConditions=[{"name": "not-mine", "expression": 'object.metadata.name != "mine"'}],
        variables=[
            {"name": "short", "expression": "size(object.metadata.name) < 4"},
            {"name": "fine", "expression": "variables.short"},
        ],
        validations=[{"expression": "variables.fine", "message": "too long"}],
    )
    assert made(api) is None
    assert made(api, "mine") is None
    assert "too long" in str(made(api, "another"))


def test_an_expression_that_fails_is_a_refusal(api: KubernetesApi) -> None:
    policy(api, validations=[{"expression": "object.spec.nowhere == 1", "message": "no"}])
    assert "failed: " in str(made(api))


@pytest.mark.parametrize(
    "spec",
    [
        {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}},
        {"failurePolicy": "Ignore"},
        {"matchConstraints": {"resourceRules": [EVERYTHING], "namespaceSelector": {"matchLabels": {"a": "b"}}}},
        {"validations": [{"expression": "object.", "message": "no"}]},
    ],
    ids=["parameters", "failures passed by", "a selector", "no expression"],
)
def test_a_policy_that_cannot_be_played_is_not_taken(api: KubernetesApi, spec: dict[str, Any]) -> None:
    with pytest.raises(ApiException, match="Invalid value") as caught:
        policy(api, **spec)
    assert caught.value.status == 422
