"""What a pod in a team's namespace may be: public training pods run, and nothing reaches for the node."""

import pytest
import yaml

from onboarding.names import POD_POLICY, PROBE
from tests.contracts.admission import Object, Write
from tests.contracts.machines import ROOT
from tests.contracts.pods import (
    CONTAINER,
    FORBIDDEN,
    OF_ITS_NODE,
    PARAMETERS,
    SPACE,
    disk,
    pod,
    refused,
    security,
    with_parameters,
)
from tests.contracts.test_admission_policies import ADMITTED, POD

SAMPLES: list[Object] = yaml.safe_load((ROOT / "tests/contracts/training_pods.yaml").read_text())
NODES_MEMORY = "/dev/shm"  # noqa: S108 # the node's


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["name"] for sample in SAMPLES])
def test_a_public_sample_runs_as_published_or_with_the_change_that_its_refusal_names(sample: Object) -> None:
    why = refused(pod(sample["spec"]))
    if "refused" not in sample:
        assert why is None
        return
    assert str(why).startswith(f"{POD_POLICY}: {sample['refused']}")
    assert refused(pod({**sample["spec"], **sample["instead"]})) is None


@pytest.mark.parametrize("item", [POD, ADMITTED], ids=["as made", "as EKS admits it"])
def test_the_probes_pod_is_one_that_a_team_may_have(item: Object) -> None:
    asked = Write("CREATE", "", "pods", SPACE, PROBE, item)
    assert asked.refused([PROBE]) is None
    assert asked.refused(["system:masters"]) is None


@pytest.mark.parametrize("name", FORBIDDEN)
def test_no_pod_of_a_team_has(name: str) -> None:
    item, why = FORBIDDEN[name]
    said = str(refused(item))
    assert said.startswith(f"{POD_POLICY}: ")
    assert why in said


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_no_teams_namespace_is_left_to_others(name: str) -> None:
    item, _ = FORBIDDEN[name]
    assert refused({**item, "metadata": {**item["metadata"], "namespace": "kube-system"}}) is None


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [{**CONTAINER, "ports": [{"containerPort": 80, "hostPort": 0}]}]},
        {"containers": [security(capabilities={"add": ["NET_BIND_SERVICE", "IPC_LOCK"], "drop": ["ALL"]})]},
        {"containers": [security(privileged=False, procMount="Default", seLinuxOptions={"type": "container_t"})]},
        {"containers": [security(seccompProfile={"type": "Localhost", "localhostProfile": "profiles/mine"})]},
        {"containers": [{**CONTAINER, "livenessProbe": {"httpGet": {"path": "/health", "port": 8000}}}]},
        {"containers": [CONTAINER], "hostNetwork": False, "hostPID": False, "hostIPC": False},
        {"containers": [CONTAINER], "securityContext": {"sysctls": [{"name": "kernel.shm_rmid_forced", "value": "1"}]}},
        {"containers": [CONTAINER], **disk(f"/opt/dlami/nvme/{SPACE}")},
        {"containers": [CONTAINER], **disk(f"/mnt/k8s-disks/0/{SPACE}")},
    ],
)
def test_what_the_standard_and_the_parameters_allow_is_let_in(spec: Object) -> None:
    assert refused(pod(spec)) is None


def test_a_namespace_is_in_its_nodes_network_where_the_policy_names_it() -> None:
    ports = [{"containerPort": 29500, "hostPort": 29500}]
    item = pod({"containers": [{**CONTAINER, "ports": ports}], "hostNetwork": True})
    assert refused(item, with_parameters(hostNetworkNamespaces=f'["{SPACE}"]')) is None
    assert "node's network" in str(refused(item, with_parameters(hostNetworkNamespaces='["hyperpod-ns-speech"]')))
    ports[0]["hostPort"] = 22
    assert "hostPort" in str(refused(item, with_parameters(hostNetworkNamespaces=f'["{SPACE}"]')))


def test_a_shared_folder_is_mounted_whole_and_nothing_below_it() -> None:
    shared = with_parameters(sharedFolders=f'["{NODES_MEMORY}"]')
    assert refused(pod({"containers": [CONTAINER], **disk(NODES_MEMORY)}), shared) is None
    for path in (f"{NODES_MEMORY}/a-link", f"{NODES_MEMORY}/../..", f"{NODES_MEMORY}-x", "/dev"):
        assert OF_ITS_NODE in str(refused(pod({"containers": [CONTAINER], **disk(path)}), shared))


def test_the_parameters_are_one_capability_two_disks_and_nothing_else() -> None:
    assert PARAMETERS == {
        "moreCapabilities": '["IPC_LOCK"]',
        "ownFolders": '["/mnt/k8s-disks/0", "/opt/dlami/nvme"]',
        "sharedFolders": "[]",
        "hostNetworkNamespaces": "[]",
    }
