"""ValidatingAdmissionPolicies, as an API server evaluates them (Kubernetes, "Validating Admission Policy").

By a CEL library: expressions without types, and an error in one is a refusal, as `failurePolicy: Fail` has it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import cel

from sandbox.cluster.api.kinds import KubernetesObject

_ERRORS: Final = (KeyError, RuntimeError, TypeError, ValueError)
_SPEC: Final = {"failurePolicy", "matchConditions", "matchConstraints", "validations", "variables"}
_BINDING: Final = {"policyName", "validationActions"}

Expressions = tuple[tuple[str, cel.Program], ...]
"""Each with its name, or with what is said where it does not hold."""


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
    new: KubernetesObject | None = None
    old: KubernetesObject | None = None
    dry_run: bool = False

    def request(self, username: str, groups: Iterable[str]) -> KubernetesObject:
        """What expressions see of it, and of who asks."""
        resource, _, subresource = self.resource.partition("/")
        # The API server leaves out what is empty (k8s.io/api/admission/v1, AdmissionRequest: omitempty).
        more = {"namespace": self.namespace, "name": self.name, "subResource": subresource}
        return {
            "operation": self.operation,
            "resource": {"group": self.group, "version": "v1", "resource": resource},
            "userInfo": {"username": username, "groups": list(groups)},
            # Always there (apiserver, CreateAdmissionRequest).
            "dryRun": self.dry_run,
        } | {field: value for field, value in more.items() if value}


@dataclass(frozen=True)
class Policy:
    """One policy, compiled: what it is asked about, and what it wants."""

    name: str
    rules: Sequence[Mapping[str, Sequence[str]]]
    conditions: Expressions
    variables: Expressions
    validations: Expressions

    def denies(self, write: Write, request: KubernetesObject) -> str | None:
        """Its message, or what fails in it, where it does not let the request in."""
        if not any(_is_about(rule, write) for rule in self.rules):
            return None
        given: dict[str, Any] = {"request": request, "object": write.new, "oldObject": write.old, "variables": {}}
        try:
            if not all(condition.execute(given) for _, condition in self.conditions):
                return None
            for name, variable in self.variables:
                given["variables"][name] = variable.execute(given)
            return next((message for message, rule in self.validations if rule.execute(given) is not True), None)
        except _ERRORS as error:
            return f"failed: {error}"


class Denial(NamedTuple):
    """By which policy and binding, and what it says."""

    policy: str
    binding: str
    why: str


def denials(objects: Iterable[KubernetesObject], write: Write, request: KubernetesObject) -> Iterator[Denial]:
    """Of each policy among these objects that is bound, and does not let the request in."""
    found = list(objects)
    policies = {each["metadata"]["name"]: each["spec"] for each in found if each["kind"] == "ValidatingAdmissionPolicy"}
    for binding in found:
        if binding["kind"] == "ValidatingAdmissionPolicyBinding" and binding["spec"]["policyName"] in policies:
            policy = compiled(binding["spec"]["policyName"], policies[binding["spec"]["policyName"]])
            why = policy.denies(write, request)
            if why is not None:
                yield Denial(policy.name, binding["metadata"]["name"], why)


def compiled(name: str, spec: KubernetesObject) -> Policy:
    """A policy. Raises ValueError for what cannot be played, and for an expression that is none."""
    return _compiled(name, json.dumps(spec, sort_keys=True))


def check_binding(spec: KubernetesObject) -> None:
    """Raises ValueError for what cannot be played."""
    _refuse_more(spec, _BINDING)
    if spec["validationActions"] != ["Deny"]:
        raise ValueError(f"validationActions {spec['validationActions']} are not played")


@lru_cache
def _compiled(name: str, text: str) -> Policy:
    spec = json.loads(text)
    _refuse_more(spec, _SPEC)
    _refuse_more(spec["matchConstraints"], {"resourceRules"})
    if spec.get("failurePolicy", "Fail") != "Fail":
        raise ValueError("failurePolicy Ignore is not played")

    def program(each: KubernetesObject, field: str) -> tuple[str, cel.Program]:
        return each[field], cel.compile(each["expression"])

    return Policy(
        name,
        spec["matchConstraints"]["resourceRules"],
        tuple(program(each, "name") for each in spec.get("matchConditions", ())),
        tuple(program(each, "name") for each in spec.get("variables", ())),
        tuple(program(each, "message") for each in spec["validations"]),
    )


def _refuse_more(given: KubernetesObject, known: set[str]) -> None:
    if more := sorted(set(given) - known):
        raise ValueError(f"{', '.join(more)}: not played")


def _is_about(rule: Mapping[str, Sequence[str]], write: Write) -> bool:
    """Whether a resource rule fits (k8s.io/api/admissionregistration/v1, RuleWithOperations)."""
    plural, _, subresource = write.resource.partition("/")
    forms = {write.resource, "*/*", f"{plural}/*", f"*/{subresource}" if subresource else "*"}
    return (
        not {"*", write.operation}.isdisjoint(rule["operations"])
        and not {"*", write.group}.isdisjoint(rule["apiGroups"])
        and not {"*", "v1"}.isdisjoint(rule["apiVersions"])
        and not forms.isdisjoint(rule["resources"])
    )
