"""The log and the faults of Kubernetes calls."""

import pytest

from sandbox.cluster.api.calls import KubernetesCall
from sandbox.cluster.api.identity import Identity
from sandbox.cluster.observer import KubernetesObserver
from sandbox.runtime.call_log import CallLog
from sandbox.runtime.faults import Fault, Faults, Kind, Match
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, REGION

USERNAME = f"arn:aws:sts::{CLUSTER_ACCOUNT}:assumed-role/quota-role/quota"


def made(user_agent: str = "OpenAPI-Generator/34.1.0/python") -> KubernetesCall:
    return KubernetesCall(
        "create",
        "rbac.authorization.k8s.io",
        "rolebindings",
        "hyperpod-ns-vision",
        None,
        Identity(USERNAME, ("onboarding",)),
        user_agent,
    )


@pytest.fixture
def killed() -> list[str]:
    return []


@pytest.fixture
def observer(killed: list[str]) -> KubernetesObserver:
    faults = Faults(kill=killed.append)
    return KubernetesObserver(
        CallLog(), faults, CLUSTER_ACCOUNT, REGION, instance_of=lambda function: f"{function}-now"
    )


def test_a_call_is_logged_with_its_function_and_outcome(observer: KubernetesObserver) -> None:
    call = made()
    assert observer.before(call) is None
    assert observer.after(call, 201) is None
    (entry,) = observer.log.entries(service="kubernetes")
    assert (entry.call.operation, entry.call.function, entry.status) == ("create rolebindings", "quota", 201)
    assert (entry.call.resource, entry.call.principal) == ("hyperpod-ns-vision/rolebindings", USERNAME)


def test_the_user_agent_names_the_process_better(observer: KubernetesObserver) -> None:
    call = observer.call(made("kubernetes/34 app/fn-hyperpod-quota-9c"))
    assert (call.function, call.instance) == ("hyperpod-quota", "9c")


@pytest.mark.parametrize(
    ("kind", "status"), [(Kind.ERROR, 500), (Kind.THROTTLE, 429), (Kind.DENIED, 403), (Kind.LOST, 504)]
)
def test_a_fault_answers_before_the_effect(observer: KubernetesObserver, kind: Kind, status: int) -> None:
    observer.faults.add(Fault(Match("kubernetes", "create rolebindings"), kind))
    answer = observer.before(made())
    assert answer is not None
    assert answer.status == status
    assert observer.log.entries()[0].error == f"fault:{kind.value}"
    assert observer.before(made()) is None


def test_a_fault_replaces_the_answer_after_the_effect(observer: KubernetesObserver) -> None:
    observer.faults.add(Fault(Match("kubernetes"), Kind.ERROR, "after"))
    call = made()
    assert observer.before(call) is None
    answer = observer.after(call, 201)
    assert answer is not None
    assert answer.status == 500


def test_a_crash_kills_the_instance_that_runs_the_function(observer: KubernetesObserver, killed: list[str]) -> None:
    observer.faults.add(Fault(Match("kubernetes"), Kind.CRASH))
    assert observer.before(made()) is not None
    assert killed == ["quota-now"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_callback_lets_the_call_go_on(observer: KubernetesObserver, when: str) -> None:
    seen: list[str] = []
    observer.faults.add(Fault(Match(), Kind.CALLBACK, when, callback=lambda call: seen.append(call.operation)))  # type: ignore[arg-type]
    call = made()
    assert observer.before(call) is None
    assert observer.after(call, 201) is None
    assert seen == ["create rolebindings"]
    assert [(entry.status, entry.error) for entry in observer.log.entries()] == [(201, None)]
