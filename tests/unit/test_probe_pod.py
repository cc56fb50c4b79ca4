"""The life of a probe's pod, look by look, on a cluster in memory."""

from dataclasses import replace
from typing import Any

import pytest

from onboarding import names
from onboarding.errors import AccessDenied, Busy, OnboardingError, ProbeInconclusive, ProbeRefused, ServiceRefused
from onboarding.fence import Fence
from onboarding.resource import Context, StillSettling
from probe import probe_pod
from probe.forbidden_pods import FORBIDDEN_PODS
from probe.neighbours import Neighbours
from probe.probe_pod import ADMITTED_TOO_EARLY_SECONDS, PodState, ProbePod
from tests.unit.given import SETTINGS, context, dataset, request
from tests.unit.test_probe_pod_parts import CHOICES

POD = ProbePod("research-eks", "hyperpod-ns-vision", names.PROBE)
TEAM = request(datasets=[dataset()])
COLLECTION = "/api/v1/namespaces/hyperpod-ns-vision/pods"
PATH = f"{COLLECTION}/{names.PROBE}"
POINT = "arn:aws:s3:us-west-2:777788889999:accesspoint/hyperpod-vision-8f3f09e650"
CREDENTIALS = {"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": "http://169.254.170.23/v1/credentials"}


class Pods(dict[str, dict[str, Any]]):
    """The cluster's pods by path; `associated` says whether admission puts the way to credentials in."""

    associated = True

    refusal: OnboardingError | None = ServiceRefused(
        "ValidatingAdmissionPolicy 'hyperpod-onboarding-pods' with binding 'hyperpod-onboarding-pods' denied request"
    )
    """What becomes of a dry run."""

    def create(self, path: str, body: dict[str, Any]) -> None:
        if path.endswith("?dryRun=All"):
            if self.refusal:
                raise self.refusal
            return
        if self.associated:
            body["spec"]["containers"][0]["env"].append(CREDENTIALS)
        self[f"{path}/{body['metadata']['name']}"] = body

    def delete(self, path: str) -> None:
        self.pop(path, None)

    def says(self, message: str) -> None:
        """The pod has ended with these words."""
        terminated = {"exitCode": 0, "message": message, "finishedAt": "2026-11-02T09:00:00Z"}
        states = [{"name": "probe", "state": {"terminated": terminated}}]
        self[PATH]["status"] = {"phase": "Succeeded", "containerStatuses": states}


@pytest.fixture
def pods(monkeypatch: pytest.MonkeyPatch) -> Pods:
    found = Pods()
    monkeypatch.setattr(probe_pod, "cluster_of", lambda _: found)
    monkeypatch.setattr(probe_pod, "choices", lambda: CHOICES)
    monkeypatch.setattr(probe_pod, "neighbours", lambda *_: Neighbours({}, ()))
    return found


def look(waited: int = 0) -> dict[str, Any]:
    return POD.outcome(TEAM, context(), waited)


def settling(waited: int = 0) -> str:
    with pytest.raises(StillSettling) as still:
        look(waited)
    return still.value.what


def test_it_is_made_waited_for_heard_and_taken_away(pods: Pods) -> None:
    assert settling() == "was started"
    assert settling(15) == "is Pending"
    pods.says("yynn")
    assert look(30) == {
        "result": "proven",
        "at": "2026-11-02T09:00:00Z",
        "tried": [
            f"may list, get at {POINT}",
            "is refused get, list at example-corp-images",
        ],
        "fence": {
            "holds": [f"the API server refuses a pod with {what}" for what in FORBIDDEN_PODS],
            "open": [],
            "unproven": [],
        },
    }
    assert pods == {}


def test_what_it_found_wrong_is_raised_when_it_has_gone(pods: Pods) -> None:
    settling()
    pods.says("ynnn\n1 An error occurred (AccessDenied)")
    with pytest.raises(ProbeRefused, match="should be let in and was refused"):
        look()
    assert pods == {}


def test_a_pod_that_was_admitted_too_early_is_followed_by_another(pods: Pods) -> None:
    pods.associated = False
    settling()
    assert settling(15) == "was admitted without credentials, and another one follows"
    assert pods == {}
    pods.associated = True
    assert [settling(30), settling(45)] == ["was started", "is Pending"]


def test_pods_that_never_get_credentials_are_refused(pods: Pods) -> None:
    pods.associated = False
    settling(ADMITTED_TOO_EARLY_SECONDS)
    with pytest.raises(ProbeRefused, match="no credentials"):
        look(ADMITTED_TOO_EARLY_SECONDS)
    assert pods == {}


@pytest.mark.parametrize("roll_back", [False, True])
def test_a_pod_that_cannot_try_is_given_up_in_time(
    pods: Pods, monkeypatch: pytest.MonkeyPatch, roll_back: bool
) -> None:
    monkeypatch.setattr(probe_pod, "choices", lambda: replace(CHOICES, roll_back_unproven=roll_back))
    settling()
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    pods[PATH]["status"] = {"phase": "Pending", "conditions": [condition]}
    assert settling(CHOICES.seconds - 15) == "Unschedulable"
    if roll_back:
        with pytest.raises(ProbeInconclusive, match="Unschedulable"):
            look(CHOICES.seconds)
    else:
        found = look(CHOICES.seconds)
        assert found == {"result": "inconclusive", "reason": "the pod could not try: Unschedulable"}
    assert pods == {}


def test_a_pod_on_its_way_out_is_waited_for(pods: Pods) -> None:
    settling()
    pods[PATH]["metadata"]["deletionTimestamp"] = "2026-11-02T09:00:00Z"
    assert settling() == "is being deleted"


def test_somebody_elses_pod_is_no_pod_and_makes_way(pods: Pods) -> None:
    pods[PATH] = {"metadata": {"name": names.PROBE, "labels": {}}}
    assert POD.read(context()) is None
    assert settling() == "is in the way of the stack's own, which follows"
    assert PATH not in pods
    assert POD.read(context()) is None
    settling()
    assert POD.read(context()) == PodState()


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"labels": {}}, "is in the way of the stack's own, which follows"),
        ({"labels": {}, "deletionTimestamp": "2026-11-02T09:00:00Z"}, "is being deleted"),
    ],
    ids=["made again and again", "held by a finalizer"],
)
def test_a_pod_that_does_not_make_way_has_no_say_in_the_teams_access(
    pods: Pods, metadata: dict[str, Any], why: str
) -> None:
    pods[PATH] = {"metadata": {"name": names.PROBE, **metadata}}
    assert settling(CHOICES.seconds - 15) == why
    pods[PATH] = {"metadata": {"name": names.PROBE, **metadata}}
    assert POD.read(context()) is None
    reason = f"the pod could not try: another pod of its name {why}"
    assert look(CHOICES.seconds) == {"result": "inconclusive", "reason": reason}


def ended(pods: Pods) -> dict[str, Any]:
    settling()
    pods.says("yynn")
    fence: dict[str, Any] = look(30)["fence"]
    assert pods == {}
    return fence


@pytest.mark.parametrize(
    ("answer", "shown", "words"),
    [
        (None, "open", "the API server lets in a pod with a privileged container: kubectl apply"),
        (Busy('pods "hyperpod-onboarding-probe" already exists'), "open", "lets in a pod with a privileged container"),
        (
            AccessDenied('violates PodSecurity "baseline:latest": privileged'),
            "holds",
            "refuses a pod with a privileged",
        ),
        (AccessDenied('User "probe" cannot create resource "pods"'), "unproven", "for another reason: User"),
        (
            ServiceRefused("ValidatingAdmissionPolicy 'hyperpod-onboarding-probe' denied"),
            "unproven",
            "denied: kubectl apply -f accounts/cluster-probe.yaml",
        ),
        (AccessDenied("exceeded quota: hyperpod-onboarding-fence"), "unproven", "for another reason: exceeded quota"),
    ],
)
def test_a_forbidden_pod_is_refused_for_what_it_is_or_that_shows_nothing(
    pods: Pods, answer: OnboardingError | None, shown: str, words: str
) -> None:
    pods.refusal = answer
    fence = ended(pods)
    assert words in fence.pop(shown)[0]
    assert [*fence.values()] == [[], []]


def test_an_answer_that_does_not_come_is_asked_for_again_while_the_pod_is_there(pods: Pods) -> None:
    settling()
    pods.says("yynn")
    refused, pods.refusal = pods.refusal, Busy("namespace is being terminated")
    with pytest.raises(Busy):
        look(30)
    pods.refusal = refused
    assert look(45)["result"] == "proven"


def test_where_the_stack_says_so_an_open_fence_rolls_back(pods: Pods, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_pod, "choices", lambda: replace(CHOICES, roll_back_open=True))
    assert ended(pods)["open"] == []
    pods.refusal = None
    settling()
    pods.says("yynn")
    with pytest.raises(ProbeRefused, match="the fence is open: the API server lets in a pod with a privileged"):
        look(30)
    assert pods == {}


@pytest.mark.parametrize(("letters", "rolls_back"), [("yn", True), ("ny", False), ("nx", False)])
def test_the_networks_fence_is_the_owners_to_keep_and_a_neighbours_service_is_no_veto(
    pods: Pods, monkeypatch: pytest.MonkeyPatch, letters: str, rolls_back: bool
) -> None:
    chosen = replace(CHOICES, roll_back_open=True, service="canary:8080")
    monkeypatch.setattr(probe_pod, "choices", lambda: chosen)
    monkeypatch.setattr(probe_pod, "neighbours", lambda *_: Neighbours({}, ("speech",)))
    here = context()
    fenced = Context(here.team, replace(SETTINGS, fence=Fence(network=True)), here.accounts)
    with pytest.raises(StillSettling):
        POD.outcome(TEAM, fenced, 0)
    assert pods[PATH]["spec"]["containers"][0]["args"][-8:] == [
        "fenced", "credentials", "169.254.169.254", "",
        "fenced", "reach", "http://canary.hyperpod-ns-speech.svc:8080", "",
    ]  # fmt: skip
    pods.says(f"yynn{letters}")
    if rolls_back:
        with pytest.raises(ProbeRefused, match=r"gets the credentials of its node from 169\.254\.169\.254"):
            POD.outcome(TEAM, fenced, 30)
    else:
        assert POD.outcome(TEAM, fenced, 30)["result"] == "proven"
