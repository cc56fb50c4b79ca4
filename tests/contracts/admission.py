"""The admission policies of accounts/, as the sandbox's API server evaluates them."""

from collections.abc import Iterable
from functools import cache

import yaml

from sandbox.cluster.api.identity import AUTHENTICATED
from sandbox.cluster.api.kinds import KubernetesObject
from sandbox.cluster.builtin import admission_policies
from sandbox.cluster.builtin.admission_policies import Policy, compiled, denials
from sandbox.scenery.landscape import CLUSTER_FILES
from tests.contracts.machines import ROOT

Object = KubernetesObject


@cache
def documents() -> tuple[Object, ...]:
    """What is applied to a cluster."""
    texts = ((ROOT / "accounts" / file).read_text() for file in CLUSTER_FILES)
    return tuple(each for text in texts for each in yaml.safe_load_all(text))


@cache
def policies() -> tuple[Policy, ...]:
    """All policies that are bound, with Deny."""
    bound = [each["spec"] for each in documents() if each["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert [each["validationActions"] for each in bound] == [["Deny"]] * len(bound)
    named = {each["policyName"] for each in bound}
    found = [each for each in documents() if each["kind"] == "ValidatingAdmissionPolicy"]
    assert [each["spec"]["failurePolicy"] for each in found] == ["Fail"] * len(found)
    specs = {each["metadata"]["name"]: each["spec"] for each in found}
    return tuple(compiled(name, spec) for name, spec in specs.items() if name in named)


class Write(admission_policies.Write):
    """A request that changes something."""

    def refused(self, groups: Iterable[str], applied: Iterable[Object] | None = None) -> str | None:
        """By which policy, and what it says, where somebody in these Kubernetes groups asks for it; what is applied to
        the cluster are the files, or these documents.
        """
        request = self.request("somebody", [*groups, AUTHENTICATED])
        found = next(denials(documents() if applied is None else applied, self, request), None)
        return found and f"{found.policy}: {found.why}"


def write(
    operation: str, api_version: str, resource: str, item: Object, old: Object | None = None, *, dry_run: bool = False
) -> Write:
    """A write of a whole object."""
    group = api_version.rpartition("/")[0]
    new = None if operation == "DELETE" else item
    before = item if operation == "DELETE" else old
    metadata = item["metadata"]
    return Write(operation, group, resource, metadata.get("namespace", ""), metadata["name"], new, before, dry_run)
