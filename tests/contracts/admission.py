"""The admission policies of accounts/, as an API server evaluates them (Kubernetes, "Validating Admission Policy")."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cel
import yaml

from tests.contracts.machines import ROOT

Object = dict[str, Any]
FILES = ("cluster-rbac.yaml", "cluster-probe.yaml")


@dataclass(frozen=True)
class Policy:
    """One policy, compiled: who it is about, and what it asks of them."""

    name: str
    conditions: tuple[cel.Program, ...]
    validations: tuple[tuple[cel.Program, str], ...]

    def denies(self, variables: Object) -> str | None:
        """Its message, or what fails in it, where it lets the request not in; `failurePolicy` is `Fail`."""
        try:
            if not all(condition.execute(variables) for condition in self.conditions):
                return None
            return next((message for rule, message in self.validations if rule.execute(variables) is not True), None)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            return f"failed: {error}"


@cache
def documents() -> tuple[Object, ...]:
    """What is applied to a cluster."""
    texts = ((ROOT / "accounts" / file).read_text() for file in FILES)
    return tuple(each for text in texts for each in yaml.safe_load_all(text))


@cache
def policies() -> tuple[Policy, ...]:
    """All policies that are bound, with Deny."""
    bound = [each["spec"] for each in documents() if each["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert [each["validationActions"] for each in bound] == [["Deny"]] * len(bound)
    names = {each["policyName"] for each in bound}
    return tuple(_compiled(each) for each in documents() if _is_policy(each) and each["metadata"]["name"] in names)


def _is_policy(document: Object) -> bool:
    return bool(document["kind"] == "ValidatingAdmissionPolicy")


def _compiled(document: Object) -> Policy:
    spec = document["spec"]
    (rule,) = spec["matchConstraints"]["resourceRules"]
    # Everything is asked about, so that what is matched need not be played here.
    assert [*rule["apiGroups"], *rule["apiVersions"], *rule["operations"], *rule["resources"]] == ["*", "*", "*", "*/*"]
    assert spec["failurePolicy"] == "Fail"
    conditions = tuple(cel.compile(each["expression"]) for each in spec["matchConditions"])
    validations = tuple((cel.compile(each["expression"]), each["message"]) for each in spec["validations"])
    return Policy(document["metadata"]["name"], conditions, validations)


@dataclass(frozen=True)
class Write:
    """A request that changes something."""

    operation: str
    """CREATE, UPDATE (a patch is one) or DELETE."""
    group: str
    resource: str
    """Plural, with the subresource behind a slash."""
    namespace: str
    name: str
    new: Object | None = None
    old: Object | None = None

    def refused(self, groups: Iterable[str]) -> str | None:
        """By which policy, and what it says, where somebody in these Kubernetes groups asks for it."""
        resource, _, subresource = self.resource.partition("/")
        request: Object = {
            "operation": self.operation,
            "resource": {"group": self.group, "version": "v1", "resource": resource},
            "userInfo": {"username": "somebody", "groups": [*groups, "system:authenticated"]},
        }
        # The API server leaves out what is empty (k8s.io/api/admission/v1, AdmissionRequest: omitempty).
        more = {"namespace": self.namespace, "name": self.name, "subResource": subresource}
        request |= {field: value for field, value in more.items() if value}
        variables = {"request": request, "object": self.new, "oldObject": self.old}
        for policy in policies():
            why = policy.denies(variables)
            if why is not None:
                return f"{policy.name}: {why}"
        return None


def write(operation: str, api_version: str, resource: str, item: Object, old: Object | None = None) -> Write:
    """A write of a whole object."""
    group = api_version.rpartition("/")[0]
    new = None if operation == "DELETE" else item
    before = item if operation == "DELETE" else old
    metadata = item["metadata"]
    return Write(operation, group, resource, metadata.get("namespace", ""), metadata["name"], new, before)
