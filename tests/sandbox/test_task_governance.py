"""What task governance wants of pods, as the sandbox's Kubernetes has it."""

from typing import Any

import pytest

from sandbox.cluster.api.errors import ApiError
from sandbox.cluster.api.kinds import NAMESPACE, POD
from sandbox.cluster.builtin.admission import GOVERNED, QUEUE_LABEL, admit
from sandbox.cluster.builtin.storage import Store


def store(**labels: str) -> Store:
    """A store with the namespace `team`."""
    held = Store()
    held.create(NAMESPACE, {"metadata": {"name": "team", "labels": labels}})
    return held


def pod(**labels: str) -> dict[str, Any]:
    return {"metadata": {"name": "job", "namespace": "team", "labels": labels}}


def test_a_pod_without_queue_is_denied_in_a_governed_namespace() -> None:
    with pytest.raises(ApiError) as denied:
        admit(store(**GOVERNED), POD, "team", pod())
    assert (denied.value.code, denied.value.reason) == (422, "Invalid")
    assert "hyperpod-task-governance-admission-policy" in denied.value.message


def test_a_pod_with_a_queue_is_let_in() -> None:
    admit(store(**GOVERNED), POD, "team", pod(**{QUEUE_LABEL: "hyperpod-ns-team-localqueue"}))


@pytest.mark.parametrize("label", GOVERNED)
def test_a_namespace_without_both_labels_is_not_governed(label: str) -> None:
    admit(store(**{name: value for name, value in GOVERNED.items() if name != label}), POD, "team", pod())
