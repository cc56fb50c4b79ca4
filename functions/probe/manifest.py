"""The pod: it meets the "restricted" pod security standard, and has no way to credentials but the team's own."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from onboarding import names, ownership
from onboarding.request import PodAccount, TeamRequest
from onboarding.settings import Settings
from probe.attempts import Attempt, arguments
from probe.choices import Choices

CONTAINER: Final = "probe"
_NOBODY: Final = 65534
_OUTCOMES: Final = "/dev/termination-log"
"""The kubelet hands on the last 4,096 bytes of it with the pod's status: no right to read logs is needed (Kubernetes
documentation, "Determine the Reason for Pod Failure")."""

_PATIENCE_SECONDS: Final = 300
"""A grant of KMS may take that long (KMS developer guide, "Grants in AWS KMS")."""

_FENCE_PATIENCE_SECONDS: Final = 30
"""A choice: the VPC CNI tells of seconds until a new pod's policies are there, and of no bound."""

SCRIPT: Final = (Path(__file__).parent / "try.sh").read_text()


def manifest(
    request: TeamRequest, account: PodAccount, tried: Iterable[Attempt], settings: Settings, choices: Choices
) -> dict[str, Any]:
    """The pod of one of the team's service accounts that tries these things once."""
    resources = {"cpu": choices.cpu, "memory": choices.memory}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": names.PROBE,
            "namespace": names.namespace(request.team),
            "labels": {**ownership.marks(request.team, settings.stack), **_queue_labels(request.team, choices)},
        },
        "spec": {
            "serviceAccountName": account.name,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            "activeDeadlineSeconds": choices.seconds,
            **({"imagePullSecrets": [{"name": choices.pull_secret}]} if choices.pull_secret else {}),
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _NOBODY,
                "runAsGroup": _NOBODY,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": CONTAINER,
                    "image": choices.image,
                    "command": ["/bin/sh", "-c"],
                    "args": [SCRIPT, CONTAINER, *arguments(tried)],
                    "env": [{"name": name, "value": value} for name, value in _environment(settings, choices).items()],
                    "resources": {"requests": resources, "limits": resources},
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    "terminationMessagePath": _OUTCOMES,
                }
            ],
        },
    }


def tried_by(pod: dict[str, Any]) -> list[str]:
    """The arguments of a pod's script: what it tries, as attempts take them."""
    words: list[str] = _container(pod)["args"][2:]
    return words


def has_credentials(pod: dict[str, Any]) -> bool:
    """Whether EKS has seen the association when it admitted the pod (EKS user guide, "EKS Pod Identity")."""
    return any(variable["name"] == "AWS_CONTAINER_CREDENTIALS_FULL_URI" for variable in _container(pod).get("env", []))


def _container(pod: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in pod["spec"]["containers"] if each["name"] == CONTAINER)
    return found


def _queue_labels(team: str, choices: Choices) -> dict[str, str]:
    queue = {choices.queue_label: names.local_queue(team)} if choices.queue_label else {}
    priority = {"kueue.x-k8s.io/priority-class": choices.priority_class} if choices.priority_class else {}
    return {**queue, **priority}


def _environment(settings: Settings, choices: Choices) -> dict[str, str]:
    return {
        "OUTCOMES": _OUTCOMES,
        # Who is out of time says nothing: half of it is for trying again.
        "PATIENCE": str(min(_PATIENCE_SECONDS, choices.seconds // 2)),
        # Of what is fenced there are few tries; together they must leave time to be heard.
        "FENCE_PATIENCE": str(min(_FENCE_PATIENCE_SECONDS, choices.seconds // 20)),
        "AWS_REGION": settings.region,
        # The node's own role must not stand in for the team's.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "3",
        "AWS_PAGER": "",
        "HOME": "/tmp",  # noqa: S108 # inside the container
    }
