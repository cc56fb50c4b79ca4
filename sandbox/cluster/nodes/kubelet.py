"""Runs pods: told of each pod by the API server, it starts the container's process and reports how that goes."""

import datetime
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sandbox.cluster.api.api import KubernetesApi
from sandbox.cluster.api.kinds import KubernetesObject
from sandbox.cluster.nodes.aws_cli import PROXY, VPC_ENDPOINT
from sandbox.runtime.clock import Clock
from sandbox.runtime.processes import Process, Processes, Program

IMAGES = ("public.ecr.aws/aws-cli/aws-cli",)
"""The images that can be pulled, without their tags; all hold the AWS CLI."""

_GRACE_SECONDS = 5.0
"""Seconds of code."""
_MESSAGE_BYTES = 4096
_TERMINATION_LOG = "/dev/termination-log"


class PodIdentity(Protocol):
    """How pods come by credentials of their own."""

    def admit(self, pod: KubernetesObject) -> KubernetesObject:
        """A new pod as it is to be stored: with the way to its credentials, where it has any."""

    def mount(self, pod: KubernetesObject, folder: Path) -> Mapping[str, str]:
        """Puts a pod's files into the folder; path in the pod to path in this machine."""


@dataclass
class Kubelet:
    """All nodes of the cluster. `full` leaves new pods without a place; `vpc_endpoint` is how their VPC reaches S3."""

    kubernetes: KubernetesApi
    clock: Clock
    url: str
    """Where AWS answers."""
    processes: Processes
    identity: PodIdentity
    images: tuple[str, ...] = IMAGES
    full: bool = False
    vpc_endpoint: str = ""
    changed: Callable[[], None] = lambda: None
    """Called where a pod has come, has another status, or has gone."""
    _running: dict[str, Process] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: bool = False

    def __post_init__(self) -> None:
        """Listens to the API server."""
        self.kubernetes.attach(self)

    def admit(self, pod: KubernetesObject) -> KubernetesObject:
        """What EKS makes of a new pod before it is stored."""
        return self.identity.admit(pod)

    def created(self, pod: KubernetesObject) -> None:
        """A pod has been stored."""
        self.changed()
        with self._lock:
            if not self._stopped:
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                self._threads.append(self.clock.spawn(self._run, pod, name=f"pod {pod['metadata']['name']}"))

    def deleted(self, uid: str) -> None:
        """A pod has been taken away."""
        self.changed()
        with self._lock:
            process = self._running.get(uid)
        if process:
            # It may put away what it has made; a second signal is the clock's.
            process.terminate()
            self.clock.after(self.clock.computing(_GRACE_SECONDS), process.kill)

    def stop(self) -> None:
        """Ends every container."""
        with self._lock:
            self._stopped = True
            running, threads = list(self._running.values()), self._threads
        for process in running:
            process.kill()
        for thread in threads:
            # Its files go with it.
            thread.join(_GRACE_SECONDS)

    def _run(self, pod: KubernetesObject) -> None:
        container = pod["spec"]["containers"][0]
        if self.full:
            why = {"reason": "Unschedulable", "message": "0/2 nodes are available: 2 Insufficient cpu."}
            self._report(pod, "Pending", conditions=[{"type": "PodScheduled", "status": "False", **why}])
        elif container["image"].split(":")[0] not in self.images:
            why = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{container["image"]}"'}
            self._report(pod, "Pending", {"waiting": why})
        else:
            with tempfile.TemporaryDirectory(prefix="sandbox-pod-") as folder:
                self._contain(pod, container, Path(folder))

    def _contain(self, pod: KubernetesObject, container: dict[str, Any], folder: Path) -> None:
        started, said = _now(), folder / "termination-log"
        self._report(pod, "Running", {"running": {"startedAt": started}})
        process = self._start(pod, container, folder)
        process.ended.wait()
        code = process.returncode or 0
        with self._lock:
            self._running.pop(pod["metadata"]["uid"], None)
        message = said.read_bytes()[-_MESSAGE_BYTES:].decode(errors="replace") if said.exists() else ""
        terminated = {
            "exitCode": code if code >= 0 else 128 - code,
            "reason": "Completed" if code == 0 else "Error",
            "startedAt": started,
            "finishedAt": _now(),
            **({"message": message} if message else {}),
        }
        self._report(pod, "Succeeded" if code == 0 else "Failed", {"terminated": terminated})

    def _start(self, pod: KubernetesObject, container: dict[str, Any], folder: Path) -> Process:
        mounted = {
            **self.identity.mount(pod, folder),
            container.get("terminationMessagePath", _TERMINATION_LOG): str(folder / "termination-log"),
        }
        values = {variable["name"]: variable.get("value", "") for variable in container.get("env", [])}
        environment = {name: mounted.get(value, value) for name, value in values.items()}
        given = {
            "command": [*container.get("command", []), *container.get("args", [])],
            "folder": str(folder),
            "speed": self.clock.speed,
        }
        told = folder / "container.json"
        told.write_text(json.dumps(given))
        program = Program(
            module="sandbox.cluster.nodes.container",
            arguments=(str(told),),
            directory=folder,
            environment={
                **environment,
                "AWS_ENDPOINT_URL": self.url,
                PROXY: self.url,
                VPC_ENDPOINT: self.vpc_endpoint,
            },
            time=self.clock.process_time(self.url),
        )
        with open(os.devnull, "wb") as nowhere:
            process = self.processes.start(program, nowhere.fileno())
        with self._lock:
            self._running[pod["metadata"]["uid"]] = process
        if self._stopped:
            process.kill()
        return process

    def _report(self, pod: KubernetesObject, phase: str, state: dict[str, Any] | None = None, **more: Any) -> None:
        container = pod["spec"]["containers"][0]
        status: dict[str, Any] = {"phase": phase, **more}
        if state:
            about = {"name": container["name"], "image": container["image"], "imageID": "", "ready": "running" in state}
            status["containerStatuses"] = [{**about, "restartCount": 0, "state": state}]
        self.kubernetes.report(pod, status)
        self.changed()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
