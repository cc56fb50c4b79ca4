"""All that the functions write in Kubernetes while teams come, change and go is let in by the policies of accounts/."""

from collections import Counter
from typing import Any

import pytest

from onboarding.names import PROBE, STACK_GROUP, STACK_GROUPS, STORAGE_GROUP
from sandbox.cloud import Cloud
from sandbox.cluster.api.identity import Identity
from sandbox.cluster.api.kinds import Kind
from sandbox.cluster.api.requests import Answer, Request, ResourcePath
from sandbox.cluster.builtin.server import BuiltinApi
from tests.contracts.admission import Write
from tests.faults.runs import offboarded
from tests.workflow.drifts import without_mark
from tests.workflow.teams import LABELS, outcome, with_folder

PARAMETERS = {"Probe": "true"}
_OPERATIONS = {"create": "CREATE", "update": "UPDATE", "patch": "UPDATE", "delete": "DELETE"}

Seen = list[tuple[frozenset[str], Write]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What has been written by the stack's groups, as admission hears of it."""
    seen: Seen = []
    answered = BuiltinApi._do

    def heard(api: BuiltinApi, request: Request, identity: Identity, kind: Kind, path: ResourcePath) -> Answer:
        groups = STACK_GROUPS & set(identity.groups)
        if not groups or request.verb not in _OPERATIONS:
            return answered(api, request, identity, kind, path)
        space = path.namespace if kind.namespaced else None
        name = path.name or str(request.document()["metadata"]["name"])
        before = api._store.find(kind, space, name)
        answer = answered(api, request, identity, kind, path)
        after = None if request.verb == "delete" else api._store.find(kind, space, name)
        operation = _OPERATIONS[request.verb]
        seen.append((groups, Write(operation, kind.group, path.resource, space or "", name, after, before)))
        return answer

    monkeypatch.setattr(BuiltinApi, "_do", heard)
    return seen


def test_every_write_of_onboarding_drift_change_and_leaving_is_let_in(cloud: Cloud, written: Seen) -> None:
    event: dict[str, Any] = with_folder("admitted", LABELS)
    assert outcome(cloud.onboard(event)) == "onboarded"
    without_mark(cloud, "admitted")
    event["storage"][0]["capacityGiB"] = 2400
    assert outcome(cloud.onboard({**event, "access": {"policy": "view"}, "serviceAccount": "trainer"})) == "onboarded"
    assert outcome(offboarded(cloud, "admitted")) == "offboarded"
    refused = [(write.operation, write.resource, write.name, write.refused(groups)) for groups, write in written]
    assert [each for each in refused if each[3]] == []
    counted = Counter((*groups, write.operation, write.resource) for groups, write in written)
    for resource in ("serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings"):
        assert counted[STACK_GROUP, "CREATE", resource]
        assert counted[STACK_GROUP, "DELETE", resource]
    assert counted[STACK_GROUP, "UPDATE", "namespaces"]
    for resource in ("persistentvolumes", "persistentvolumeclaims"):
        assert counted[STORAGE_GROUP, "CREATE", resource]
        assert counted[STORAGE_GROUP, "DELETE", resource]
    assert counted[PROBE, "CREATE", "pods"]
    assert counted[PROBE, "DELETE", "pods"]
