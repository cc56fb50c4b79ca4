"""What a probe tries, the pod that tries it, and what its words mean."""

from dataclasses import replace
from typing import Any

import pytest

from onboarding.errors import ProbeRefused
from probe.attempts import Attempt, arguments, attempts, from_arguments
from probe.choices import Choices
from probe.manifest import has_credentials, manifest, tried_by
from probe.progress import progress_of
from probe.verdict import verdict
from tests.unit.given import DATA, SETTINGS, dataset, request

POINT = f"arn:aws:s3:us-west-2:{DATA}:accesspoint/hyperpod-"
CHOICES = Choices(
    image="registry.example.com/aws-cli:2",
    pull_secret="",
    cpu="1",
    memory="512Mi",
    queue_label="kueue.x-k8s.io/queue-name",
    priority_class="",
    seconds=600,
    roll_back_unproven=False,
    roll_back_open=False,
    service="",
)
READ = request(datasets=[dataset(prefix="curated/")])
WRITE = request(datasets=[dataset(prefix="vision/", access="read-write")])


def shown(found: list[Attempt]) -> list[str]:
    """Attempts in short: access points without account, Region and digest."""
    return [f"{a.expected} {a.verb} {a.target.rpartition('/')[2].rpartition('-')[0]} {a.key}".strip() for a in found]


def test_a_dataset_to_read_is_listed_and_read_and_closed_elsewhere() -> None:
    assert shown(attempts(READ, {}, SETTINGS)) == [
        "in list hyperpod-vision curated/",
        "in get hyperpod-vision",
        "refused get example-corp",
        "refused list hyperpod-vision",
        "refused get hyperpod-vision hyperpod-onboarding-probe-vision",
        "refused list example-corp",
    ]


def test_a_dataset_to_write_is_read_by_what_was_written_and_that_goes_again() -> None:
    assert shown(attempts(WRITE, {}, SETTINGS)) == [
        "in list hyperpod-vision vision/",
        "in put hyperpod-vision vision/hyperpod-onboarding-probe-vision",
        "in get hyperpod-vision vision/hyperpod-onboarding-probe-vision",
        "refused get example-corp vision/hyperpod-onboarding-probe-vision",
        "in delete hyperpod-vision vision/hyperpod-onboarding-probe-vision",
        "refused list hyperpod-vision",
        "refused get hyperpod-vision hyperpod-onboarding-probe-vision",
        "refused put hyperpod-vision hyperpod-onboarding-probe-vision",
        "any delete hyperpod-vision hyperpod-onboarding-probe-vision",
        "refused list example-corp",
    ]


def test_nothing_is_outside_of_a_whole_bucket() -> None:
    whole = request(datasets=[dataset()])
    assert shown(attempts(whole, {}, SETTINGS)) == [
        "in list hyperpod-vision",
        "in get hyperpod-vision",
        "refused get example-corp",
        "refused list example-corp",
    ]


@pytest.mark.parametrize(("prefix", "reads"), [("curated/", True), ("", True), ("raw/", False)])
def test_another_teams_access_point_is_read_only_where_it_would_lead_to_the_object(prefix: str, reads: bool) -> None:
    theirs = f"{POINT}speech-0123456789"
    found = shown(attempts(READ, {"example-corp-images": (theirs, prefix)}, SETTINGS))
    assert f"refused list hyperpod-speech {prefix}".strip() in found
    assert ("refused get hyperpod-speech" in found) is reads


def test_attempts_come_back_from_the_arguments_of_the_script() -> None:
    tried = attempts(WRITE, {}, SETTINGS)
    pod = manifest(WRITE, WRITE.pod_accounts[0], tried, SETTINGS, CHOICES)
    assert from_arguments(tried_by(pod)) == tried
    assert from_arguments(arguments(tried)) == tried


def spec(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = manifest(READ, READ.pod_accounts[0], [], SETTINGS, replace(CHOICES, **changes))
    return made


def test_the_pod_meets_the_restricted_pod_security_standard() -> None:
    pod = spec()["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] != 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert not {"hostNetwork", "hostPID", "hostIPC", "volumes"} & set(pod)


def test_the_pod_has_the_teams_service_account_and_no_other_way_to_credentials() -> None:
    pod = spec()["spec"]
    assert pod["serviceAccountName"] == "hyperpod-training"
    assert pod["automountServiceAccountToken"] is False
    assert {"name": "AWS_EC2_METADATA_DISABLED", "value": "true"} in pod["containers"][0]["env"]


@pytest.mark.parametrize(("seconds", "patience", "fences"), [(600, "300", "30"), (840, "300", "30"), (60, "30", "3")])
def test_tries_leave_the_pod_time_to_be_heard(seconds: int, patience: str, fences: str) -> None:
    found = {each["name"]: each["value"] for each in spec(seconds=seconds)["spec"]["containers"][0]["env"]}
    assert (found["PATIENCE"], found["FENCE_PATIENCE"]) == (patience, fences)


def test_queue_priority_and_pull_secret_are_the_stacks_choice() -> None:
    assert spec()["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "hyperpod-ns-vision-localqueue"
    assert "imagePullSecrets" not in spec()["spec"]
    plain = spec(queue_label="", priority_class="high-priority", pull_secret="registry")
    assert set(plain["metadata"]["labels"]) == {
        "hyperpod-onboarding/team",
        "hyperpod-onboarding/stack",
        "kueue.x-k8s.io/priority-class",
    }
    assert plain["spec"]["imagePullSecrets"] == [{"name": "registry"}]


def test_credentials_are_those_that_admission_puts_in() -> None:
    pod = spec()
    assert not has_credentials(pod)
    pod["spec"]["containers"][0]["env"].append({"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": "http://x"})
    assert has_credentials(pod)


def status(phase: str, **more: Any) -> dict[str, Any]:
    return {"status": {"phase": phase, **more}}


def state(**state: Any) -> list[dict[str, Any]]:
    return [{"name": "probe", "state": state}]


def test_a_pod_that_ended_says_what_it_left_and_when() -> None:
    terminated = {"exitCode": 0, "reason": "Completed", "message": "yn\n", "finishedAt": "2026-11-02T09:00:00Z"}
    found = progress_of(status("Succeeded", containerStatuses=state(terminated=terminated)))
    assert (found.ended, found.said, found.at) == (True, "yn\n", "2026-11-02T09:00:00Z")


@pytest.mark.parametrize(
    ("pod", "what"),
    [
        ({}, "is Pending"),
        (status("Running", containerStatuses=state(running={})), "is Running"),
        (
            status("Pending", containerStatuses=state(waiting={"reason": "ErrImagePull", "message": "not found"})),
            "ErrImagePull: not found",
        ),
        (
            status("Pending", conditions=[{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]),
            "SchedulingGated",
        ),
    ],
)
def test_a_pod_that_has_not_ended_says_why(pod: dict[str, Any], what: str) -> None:
    found = progress_of(pod)
    assert (found.what, found.ended, found.said) == (what, False, None)


@pytest.mark.parametrize(
    ("pod", "what"),
    [
        (status("Failed", reason="Evicted", message="The node was low."), "Evicted: The node was low."),
        (
            status("Failed", containerStatuses=state(terminated={"exitCode": 137, "reason": "OOMKilled"})),
            "ended with OOMKilled (137) and said nothing",
        ),
    ],
)  # fmt: skip
def test_a_pod_that_was_ended_has_said_nothing(pod: dict[str, Any], what: str) -> None:
    found = progress_of(pod)
    assert (found.what, found.ended, found.said) == (what, True, None)


TRIED = [
    Attempt("in", "list", "point", "curated/"),
    Attempt("in", "get", "point", ""),
    Attempt("refused", "get", "bucket", ""),
    Attempt("refused", "put", "point", "marker"),
    Attempt("any", "delete", "point", "marker"),
]


def test_all_as_it_should_is_proof_in_sentences() -> None:
    assert verdict(TRIED, "yynn-\n").tried == [
        "may list, get at point",
        "is refused get at bucket",
        "is refused put at point outside its prefix",
    ]


def test_an_empty_prefix_is_reported_as_such() -> None:
    assert verdict(TRIED, "e--n-").tried[0] == "may list at point, which holds nothing of the team's yet"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ynnn-\n1 An error occurred (AccessDenied): no", "get at point should be let in and was refused: An error"),
        ("yyyn-", "get at bucket should be refused and was let in"),
        ("c\n0 Error when retrieving credentials", "list at point, curated/, should be let in and got no credentials"),
        ("yxnn-\n1 Connect timeout", "get at point should be let in and failed: Connect timeout"),
        ("yyn", "only 3 of 5 things were tried"),
        ("", "only 0 of 5 things were tried"),
    ],
)
def test_anything_else_is_refused_with_the_pods_words(said: str, words: str) -> None:
    with pytest.raises(ProbeRefused) as refused:
        verdict(TRIED, said)
    assert words in refused.value.reason
