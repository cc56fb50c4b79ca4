"""A team's first training job: it runs as it stands, and is what its people begin from."""

import shlex
from typing import Any, Final

import yaml

NAME: Final = "first-job"

IMAGE: Final = "public.ecr.aws/aws-cli/aws-cli:latest"
"""What the job needs: sh, ls and the AWS CLI. Nodes that reach no public registry need one of their own."""

_FOLDERS: Final = "/data"
_NOBODY: Final = 65534


def training_job(connect: dict[str, Any], policy: str) -> dict[str, Any]:
    """The manifest, by what the team's people are told (docs/event.md) and the access policy that they have.

    A Job; a PyTorchJob for a team with `view`, which lets its people make no other (accounts/cluster-rbac.yaml).
    """
    metadata = {"name": NAME, "namespace": connect["namespace"], "labels": _labels(connect)}
    template = {"metadata": {"labels": _labels(connect)}, "spec": _pod(connect)}
    if policy == "view":
        master = {"replicas": 1, "restartPolicy": "Never", "template": template}
        spec: dict[str, Any] = {"runPolicy": {"cleanPodPolicy": "None"}, "pytorchReplicaSpecs": {"Master": master}}
        return {"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": metadata, "spec": spec}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {"backoffLimit": 0, "template": template},
    }


def text(job: dict[str, Any]) -> str:
    """The manifest in YAML, scripts line by line."""
    return yaml.dump(job, Dumper=_Lines, sort_keys=False, width=1000)


def _labels(connect: dict[str, Any]) -> dict[str, str]:
    # On the pods too: task governance denies those that name no queue. Kueue takes none of a job
    # that it has queued for a job of its own (kubernetes-sigs/kueue, pod webhook, IsPodOwnerManagedByKueue).
    return {"kueue.x-k8s.io/queue-name": connect["queue"]}


def _pod(connect: dict[str, Any]) -> dict[str, Any]:
    """It meets the "restricted" Pod Security Standard, the strictest that a team's namespace may have."""
    amounts = {"cpu": "1", "memory": "1Gi"}
    spec = {
        "serviceAccountName": connect["serviceAccount"],
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "runAsGroup": _NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                # The training operator looks for the container of that name (kubeflow.org/v1, PyTorchJob).
                "name": "pytorch",
                "image": IMAGE,
                "command": ["/bin/sh", "-euc"],
                "args": [_script(connect)],
                "env": [
                    {"name": "AWS_REGION", "value": connect["region"]},
                    # The node's own role must not stand in for the team's.
                    {"name": "AWS_EC2_METADATA_DISABLED", "value": "true"},
                    {"name": "HOME", "value": "/tmp"},  # noqa: S108 # inside the container
                ],
                "resources": {"requests": amounts, "limits": dict(amounts)},
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                **({"volumeMounts": [_mount(claim) for claim in connect["claims"]]} if connect["claims"] else {}),
            }
        ],
    }
    volumes = [_volume(claim) for claim in connect["claims"]]
    return {**spec, "volumes": volumes} if volumes else spec


def _script(connect: dict[str, Any]) -> str:
    """Looks at each dataset through its access point and at each folder; ends with an error where one is closed."""
    lines = [
        "aws s3api list-objects-v2 "
        + shlex.join(["--bucket", each["accessPoint"], "--prefix", each.get("prefix", ""), "--max-keys", "1"])
        + " --no-paginate --query 'Contents[0].Key' --output text"
        for each in connect["datasets"]
    ]
    lines += [f"ls {shlex.quote(_folder(claim))}" for claim in connect["claims"]]
    return "\n".join([*lines, "echo 'Here your training begins.'", ""])


def _folder(claim: dict[str, Any]) -> str:
    return f"{_FOLDERS}/{claim['name']}"


def _mount(claim: dict[str, Any]) -> dict[str, Any]:
    read_only = {"readOnly": True} if claim["accessMode"] == "ReadOnlyMany" else {}
    return {"name": claim["name"], "mountPath": _folder(claim), **read_only}


def _volume(claim: dict[str, Any]) -> dict[str, Any]:
    return {"name": claim["name"], "persistentVolumeClaim": {"claimName": claim["name"]}}


class _Lines(yaml.SafeDumper):
    """Every value is written out where it stands, and one of several lines as it is read."""

    def ignore_aliases(self, data: object) -> bool:
        """No anchors: people copy parts of it."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Lines.add_representer(str, _text)
