"""Each rule of the policy for teams' pods is one that a test would miss."""

from copy import deepcopy

import pytest

from tests.contracts.admission import Object, Write, documents
from tests.contracts.pods import FORBIDDEN, POLICY, SPACE, refused


def caught(loose: Object) -> list[str]:
    """The forbidden pods that get in."""
    return [name for name, (item, _) in FORBIDDEN.items() if refused(item, loose) is None]


RULES = POLICY["spec"]["validations"]


@pytest.mark.parametrize("index", range(len(RULES)), ids=[rule["message"] for rule in RULES])
def test_without_a_rule_a_forbidden_pod_gets_in(index: int) -> None:
    loose = deepcopy(POLICY)
    del loose["spec"]["validations"][index]
    assert caught(loose) != []


def _looked_at(field: str, *above: str) -> str:
    """What collects one field of all containers."""
    path = [".".join(["each", *above, field][:end]) for end in range(2, len(above) + 3)]
    there = " && ".join(f"has({each})" for each in path)
    chain = " " if above else ""
    return f"+ variables.containers.filter(each, {there}){chain}.map(each, {path[-1]})"


def _of_the_pod(field: str) -> str:
    return f"+ (has(object.spec.{field}) ? object.spec.{field} : [])"


LOOSENINGS = {
    "containers that run first are not looked at": _of_the_pod("initContainers"),
    "debug containers are not": _of_the_pod("ephemeralContainers"),
    "the pod's own context is not": "+ (has(object.spec.securityContext) ? [object.spec.securityContext] : [])",
    "hostIPC is not": " && (!has(object.spec.hostIPC) || !object.spec.hostIPC)",
    "readiness probes are not": _looked_at("readinessProbe"),
    "startup probes are not": _looked_at("startupProbe"),
    "hooks at the start are not": _looked_at("postStart", "lifecycle"),
    "hooks at the end are not": _looked_at("preStop", "lifecycle"),
    "sockets are not": ' && (!has(each.tcpSocket) || !has(each.tcpSocket.host) || each.tcpSocket.host == "")',
    "SELinux users are not": ' && (!has(each.seLinuxOptions.user) || each.seLinuxOptions.user == "")',
    "SELinux roles are not": ' && (!has(each.seLinuxOptions.role) || each.seLinuxOptions.role == "")',
}
"""What is left out of an expression."""

_OWN = 'volume.hostPath.path == folder + "/" + request.namespace'
REPLACED = {
    "all below a listed folder": (
        _OWN,
        'volume.hostPath.path.startsWith(folder + "/")',
    ),
    "all that begins with a listed folder": (
        _OWN,
        "volume.hostPath.path.startsWith(folder)",
    ),
    "any team's folder": (
        _OWN,
        'volume.hostPath.path.matches("^" + folder + "/hyperpod-ns-[a-z-]+$")',
    ),
    "what is below its own folder": (
        _OWN,
        'volume.hostPath.path.startsWith(folder + "/" + request.namespace)',
    ),
}


def loosened(old: str, new: str) -> Object:
    loose = deepcopy(POLICY)
    found = [
        each
        for each in (*loose["spec"]["variables"], *loose["spec"]["validations"])
        if old in " ".join(each["expression"].split())
    ]
    for each in found:
        each["expression"] = " ".join(each["expression"].split()).replace(old, new)
    assert len(found) == 1
    return loose


@pytest.mark.parametrize("name", LOOSENINGS)
def test_a_forbidden_pod_gets_in_where(name: str) -> None:
    assert caught(loosened(LOOSENINGS[name], "")) != []


@pytest.mark.parametrize("name", REPLACED)
def test_a_foreign_folder_is_mounted_where_a_team_gets(name: str) -> None:
    assert any(each.startswith("hostPath /opt/dlami/nvme") for each in caught(loosened(*REPLACED[name])))


@pytest.mark.parametrize("index", [0, 1], ids=["pods", "debug containers"])
def test_a_forbidden_pod_gets_in_where_the_policy_is_not_asked_about(index: int) -> None:
    loose = deepcopy(POLICY)
    del loose["spec"]["matchConstraints"]["resourceRules"][index]
    assert caught(loose) != []


def test_a_policy_that_is_not_bound_holds_nobody() -> None:
    item, _ = FORBIDDEN["host network"]
    applied = [each for each in documents() if each["kind"] != "ValidatingAdmissionPolicyBinding"]
    assert Write("CREATE", "", "pods", SPACE, "trainer", item).refused([], applied) is None
