"""A pod proves a team's access, or shows what is wrong with it; and it is gone in every case."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from kubernetes.client import (
    AdmissionregistrationV1Api,
    ApiException,
    CoreV1Api,
    V1Container,
    V1ObjectMeta,
    V1Pod,
    V1PodSpec,
)

from onboarding import names
from probe.forbidden_pods import FORBIDDEN_PODS
from sandbox.aws.inventory import difference
from sandbox.aws.moto.installation import current
from sandbox.cloud import Cloud
from sandbox.cluster.nodes.network import Network
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from tests.workflow.teams import LABELS, announced, detail, outcome, small

PARAMETERS = {"Probe": "true", "ProbeService": "canary:8080"}
POINT = f"arn:aws:s3:{accounts.REGION}:{accounts.DATA_ACCOUNT}:accesspoint"
STACK = accounts.STACK


def pods(cloud: Cloud) -> list[str]:
    return [name for name in cloud.kubernetes.snapshot() if name.startswith("Pod/")]


def point_of(cloud: Cloud, team: str, bucket: str) -> str:
    points = cloud.snapshot()[accounts.DATA_ACCOUNT]["access points"]
    (name,) = [
        name
        for name, point in points.items()
        if (point["bucket"], point["tags"]["hyperpod-onboarding/team"]) == (bucket, team)
    ]
    return f"{POINT}/{name}"


def test_a_pod_proves_every_way_in_and_every_refusal(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("neighbour", probe=False))) == "onboarded"
    execution = cloud.onboard(detail("proven"))
    assert outcome(execution) == "onboarded"
    images, labels = (point_of(cloud, "proven", f"example-corp-{name}") for name in ("images", "labels"))
    checkpoints = point_of(cloud, "proven", "example-corp-checkpoints")
    proof = execution.output["probe"]
    assert proof["result"] == "proven"
    assert sorted(proof["tried"]) == sorted(
        [
            f"may list, get at {images}",
            f"may list, get at {labels}",
            f"may list, put, get, delete at {checkpoints}, which holds nothing of the team's yet",
            f"is refused list, get at {images} outside its prefix",
            f"is refused list, get, put at {checkpoints} outside its prefix",
            "is refused get, list at example-corp-images",
            "is refused get, list at example-corp-labels",
            "is refused get, list at example-corp-checkpoints",
            f"is refused get, list at {point_of(cloud, 'neighbour', 'example-corp-images')}",
        ]
    )
    assert proof["fence"] == {
        "holds": [
            "gets no credentials of its node from 169.254.169.254",
            "is kept from http://canary.hyperpod-ns-neighbour.svc:8080",
            *(f"the API server refuses a pod with {what}" for what in FORBIDDEN_PODS),
        ],
        "open": [],
        "unproven": [],
    }
    assert json.loads(cloud.registry()["team/proven"]["probe"]["S"]) == proof
    ((kind, said),) = announced(cloud, execution)
    assert (kind, said["probe"]) == ("Team Onboarded", proof)
    assert pods(cloud) == []
    assert cloud.snapshot()[accounts.DATA_ACCOUNT]["buckets"]["example-corp-checkpoints"]["objects"] == []


@pytest.fixture
def _network(cloud: Cloud) -> Iterator[None]:
    """The network as it was, whatever a test makes of it."""
    before = cloud.nodes.network
    yield
    cloud.nodes.network = before


@pytest.mark.usefixtures("_network")
@pytest.mark.parametrize(
    ("network", "credentials", "service"),
    [
        (Network(enforces=False), "open", "open"),
        (Network(enforces=False, hop_limit=1), "holds", "open"),
        (Network(enforces=False, hop_limit=1, tokens="optional", serving=False), "open", "unproven"),
        (Network(serving=False), "holds", "unproven"),
    ],
    ids=["nobody keeps to policies", "tokens stay on the node", "no token is needed", "nothing serves"],
)
def test_an_open_fence_is_told_and_rolls_no_team_back(
    cloud: Cloud, network: Network, credentials: str, service: str
) -> None:
    assert outcome(cloud.onboard(small("next", probe=False))) == "onboarded"
    cloud.nodes.network = network
    execution = cloud.onboard(small("open"))
    assert outcome(execution) == "onboarded"
    fence = execution.output["probe"]["fence"]
    for shown in ("holds", "open", "unproven"):
        assert any("169.254.169.254" in words for words in fence[shown]) is (shown == credentials)
        assert any(".svc:8080" in words for words in fence[shown]) is (shown == service)
    assert outcome(cloud.onboard(small("open", probe=False))) == "onboarded"


def test_a_team_without_the_networks_fence_is_tried_for_its_pods_alone(cloud: Cloud) -> None:
    fence = {"network": False}
    execution = cloud.onboard(small("unfenced", fence=fence))
    found = execution.output["probe"]["fence"]
    assert found["holds"] == [f"the API server refuses a pod with {what}" for what in FORBIDDEN_PODS]
    assert found["open"] == found["unproven"] == []


def test_a_cluster_that_lets_forbidden_pods_in_is_told_of(cloud: Cloud) -> None:
    api: Any = AdmissionregistrationV1Api(cloud.kubernetes.admin())
    binding = api.read_validating_admission_policy_binding(names.POD_POLICY).to_dict()
    api.delete_validating_admission_policy_binding(names.POD_POLICY)
    try:
        execution = cloud.onboard(small("unbound"))
    finally:
        spec = {"policyName": names.POD_POLICY, "validationActions": binding["spec"]["validation_actions"]}
        api.create_validating_admission_policy_binding({"metadata": {"name": names.POD_POLICY}, "spec": spec})
    assert outcome(execution) == "onboarded"
    assert execution.output["probe"]["fence"]["open"] == [
        f"the API server lets in a pod with {what}: kubectl apply -f accounts/cluster-pods.yaml"
        for what in FORBIDDEN_PODS
    ]
    assert pods(cloud) == []


def test_a_grant_that_takes_its_five_minutes_is_waited_for(cloud: Cloud) -> None:
    installation = current()
    before, installation.delays = installation.delays, replace(installation.delays, grant=280.0)
    try:
        execution = cloud.onboard(small("patient", datasets=[LABELS]))
    finally:
        installation.delays = before
    assert outcome(execution) == "onboarded"
    assert execution.output["probe"]["result"] == "proven"


def test_a_team_may_go_without_and_is_then_not_recorded_as_proven(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("without"))) == "onboarded"
    assert "probe" in cloud.registry()["team/without"]
    execution = cloud.onboard(small("without", probe=False))
    assert execution.output["probe"] is None
    assert "probe" not in cloud.registry()["team/without"]


def test_a_dry_run_shows_no_change_and_makes_no_pod(cloud: Cloud) -> None:
    execution = cloud.onboard(small("planned", dryRun=True))
    (step,) = [step for step in execution.output["plan"] if step["step"] == "probe"]
    assert [change.get("same") for change in step["changes"]] == [True]
    made = cloud.calls.entries(service="kubernetes", operation="create pods")
    assert [entry for entry in made if "hyperpod-ns-planned" in str(entry.call.resource)] == []


def test_a_pod_on_an_instance_that_may_not_fetch_its_credentials_proves_nothing_and_is_refused(cloud: Cloud) -> None:
    iam, role = cloud.client("iam"), {"RoleName": "hyperpod-execution", "PolicyName": "pod-identity"}
    policy = json.dumps(iam.get_role_policy(**role)["PolicyDocument"])
    iam.delete_role_policy(**role)
    try:
        execution = cloud.onboard(small("unfetched"))
    finally:
        iam.put_role_policy(**role, PolicyDocument=policy)
    assert execution.error == "ProbeRefused"
    assert "got no credentials" in str(execution.cause)
    assert pods(cloud) == []


@pytest.fixture
def _full(cloud: Cloud) -> Any:
    cloud.nodes.full = True
    yield
    cloud.nodes.full = False


@pytest.mark.usefixtures("_full")
def test_want_of_capacity_is_no_proof_and_no_failure(cloud: Cloud) -> None:
    execution = cloud.onboard(small("waits"))
    assert outcome(execution) == "onboarded"
    recorded = json.loads(cloud.registry()["team/waits"]["probe"]["S"])
    assert recorded["result"] == "inconclusive"
    assert recorded["reason"].startswith("the pod could not try: Unschedulable: 0/2 nodes are available")
    assert pods(cloud) == []


def test_an_image_that_cannot_be_pulled_is_no_proof(cloud: Cloud) -> None:
    pulled, cloud.nodes.images = cloud.nodes.images, ()
    execution = cloud.onboard(small("imageless"))
    cloud.nodes.images = pulled
    assert "ImagePullBackOff" in execution.output["probe"]["reason"]
    assert pods(cloud) == []


def test_somebody_elses_pod_of_that_name_makes_way(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("taken", probe=False))) == "onboarded"
    spec = V1PodSpec(containers=[V1Container(name="mine", image="busybox")])
    queued = {"kueue.x-k8s.io/queue-name": "hyperpod-ns-taken-localqueue"}
    pod = V1Pod(metadata=V1ObjectMeta(name="hyperpod-onboarding-probe", labels=queued), spec=spec)
    CoreV1Api(cloud.kubernetes.admin()).create_namespaced_pod("hyperpod-ns-taken", pod)
    execution = cloud.onboard(small("taken", access={"policy": "view"}))
    assert outcome(execution) == "onboarded"
    assert execution.output["probe"]["result"] == "proven"
    assert pods(cloud) == []


def test_a_pod_of_the_team_that_names_no_queue_is_denied(cloud: Cloud) -> None:
    assert outcome(cloud.onboard(small("queued", probe=False))) == "onboarded"
    core = CoreV1Api(cloud.kubernetes.admin())
    spec = V1PodSpec(containers=[V1Container(name="job", image="busybox")])
    with pytest.raises(ApiException, match="hyperpod-task-governance-admission-policy"):
        core.create_namespaced_pod("hyperpod-ns-queued", V1Pod(metadata=V1ObjectMeta(name="job"), spec=spec))
    queue = {"kueue.x-k8s.io/queue-name": "hyperpod-ns-queued-localqueue"}
    core.create_namespaced_pod("hyperpod-ns-queued", V1Pod(metadata=V1ObjectMeta(name="job", labels=queue), spec=spec))
    core.delete_namespaced_pod("job", "hyperpod-ns-queued")


def test_an_execution_that_is_stopped_leaves_no_pod(cloud: Cloud) -> None:
    before = cloud.snapshot()
    stopped: list[str] = []

    def stop(_: Call) -> None:
        stopped.append(cloud.executions()[0])
        cloud.client("stepfunctions").stop_execution(executionArn=stopped[0])

    cloud.faults.add(Fault(Match("kubernetes", "create pods"), Kind.CALLBACK, "after", callback=stop))
    execution = cloud.onboard(detail("stopped"))
    assert execution.status == "ABORTED"
    cloud.settle()
    assert stopped
    assert difference(before, cloud.snapshot()) == []
