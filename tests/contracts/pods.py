"""Pods that no team may have, and what the policy for teams' pods says to them."""

from copy import deepcopy
from typing import Any

from onboarding import names
from onboarding.names import POD_POLICY
from tests.contracts.admission import Object, Write, documents

SPACE = names.namespace("vision")
(POLICY,) = (
    each
    for each in documents()
    if (each["kind"], each["metadata"]["name"]) == ("ValidatingAdmissionPolicy", POD_POLICY)
)
PARAMETERS = {each["name"]: each["expression"] for each in POLICY["spec"]["variables"][:4]}
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/main"
CONTAINER = {"name": "main", "image": "example/training"}
FROM_THE_KUBELET = {"httpGet": {"host": "169.254.169.254", "port": 80}}


def pod(spec: Object, namespace: str = SPACE, **metadata: Any) -> Object:
    return {"metadata": {"name": "trainer", "namespace": namespace, **metadata}, "spec": spec}


def refused(item: Object, loose: Object = POLICY) -> str | None:
    """What the policy, or a looser one in its place, says to a controller that makes the pod."""
    namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
    debugged = "ephemeralContainers" in item["spec"]
    asked = Write("UPDATE", "", "pods/ephemeralcontainers", namespace, name, item, item) if debugged else None
    asked = asked or Write("CREATE", "", "pods", namespace, name, item)
    applied = [loose if each is POLICY else each for each in documents()]
    return asked.refused(["system:serviceaccounts"], applied)


def with_parameters(**changed: str) -> Object:
    """The policy in which somebody has changed parameters."""
    policy = deepcopy(POLICY)
    for each in policy["spec"]["variables"]:
        each["expression"] = changed.get(each["name"], each["expression"])
    return policy


def security(**context: Any) -> Object:
    return {**CONTAINER, "securityContext": context}


IN_CONTAINERS: dict[str, tuple[Object, str]] = {
    "privileged": (security(privileged=True), "are not privileged"),
    "all capabilities": (security(capabilities={"add": ["ALL"]}), "capabilities"),
    "a foreign capability": (security(capabilities={"add": ["CHOWN", "SYS_ADMIN"]}), "capabilities"),
    "a capability by its long name": (security(capabilities={"add": ["CAP_SYS_PTRACE"]}), "capabilities"),
    "a port of the node": ({**CONTAINER, "ports": [{"containerPort": 80, "hostPort": 80}]}, "hostPort"),
    "a probe of another host": ({**CONTAINER, "readinessProbe": FROM_THE_KUBELET}, "probes and lifecycle"),
    "a live one": ({**CONTAINER, "livenessProbe": FROM_THE_KUBELET}, "probes and lifecycle"),
    "a first one": ({**CONTAINER, "startupProbe": {"tcpSocket": {"host": "10.0.0.1"}}}, "probes and lifecycle"),
    "a hook at the start": ({**CONTAINER, "lifecycle": {"postStart": FROM_THE_KUBELET}}, "probes and lifecycle"),
    "a hook at the end": ({**CONTAINER, "lifecycle": {"preStop": FROM_THE_KUBELET}}, "probes and lifecycle"),
    "no AppArmor": (security(appArmorProfile={"type": "Unconfined"}), "AppArmor"),
    "an SELinux type": (security(seLinuxOptions={"type": "spc_t"}), "SELinux"),
    "an SELinux user": (security(seLinuxOptions={"user": "system_u"}), "SELinux"),
    "an SELinux role": (security(seLinuxOptions={"role": "system_r"}), "SELinux"),
    "all of /proc": (security(procMount="Unmasked"), "procMount"),
    "no seccomp": (security(seccompProfile={"type": "Unconfined"}), "seccomp"),
    "a process of the host": (security(windowsOptions={"hostProcess": True}), "hostProcess"),
}


def disk(path: str) -> Object:
    return {"volumes": [{"name": "fine", "emptyDir": {}}, {"name": "disk", "hostPath": {"path": path}}]}


OF_ITS_NODE = "of its node a team's pod mounts its own folder alone"
IN_PODS: dict[str, tuple[Object, str]] = {
    "host network": ({"hostNetwork": True}, "node's network"),
    "host processes": ({"hostPID": True}, "hostPID"),
    "host memory": ({"hostIPC": True}, "hostIPC"),
    "no AppArmor": ({"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}, "AppArmor"),
    "an SELinux type": ({"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}, "SELinux"),
    "no seccomp": ({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, "seccomp"),
    "a sysctl": ({"securityContext": {"sysctls": [{"name": "kernel.core_pattern", "value": "|"}]}}, "sysctls"),
    "a process of the host": ({"securityContext": {"windowsOptions": {"hostProcess": True}}}, "hostProcess"),
    **{
        f"hostPath {path}": (disk(path), OF_ITS_NODE)
        for path in (
            "",
            "/",
            "/dev/shm",  # noqa: S108 # the node's
            "/opt/dlami/nvme",
            "/opt/dlami/nvme/",
            "/opt/dlami/nvme/kubelet/pods",
            "/opt/dlami/nvme-x",
            "/opt/dlami/nvme/../..",
            f"/opt/dlami/nvme/{SPACE}/../..",
            f"/opt/dlami/nvme/{SPACE}/a-link",
            f"/opt/dlami/nvme/{SPACE}/",
            f"/opt/dlami/nvme/{SPACE}-x",
            f"/opt/dlami/nvme//{SPACE}",
            f"/opt/dlami/nvme/{names.namespace('speech')}",
            f"opt/dlami/nvme/{SPACE}",
            "/opt/sagemaker",
            f"/opt/sagemaker/{SPACE}",
            "/var/run/containerd/containerd.sock",
        )
    },
}
PLACES = ("containers", "initContainers", "ephemeralContainers")


def beside(place: str, container: Object) -> Object:
    """A pod with the container beside one that is fine."""
    own: dict[str, list[Object]] = {"containers": [CONTAINER]}
    own[place] = [*own.get(place, []), {**container, "name": "other"}]
    return pod(own)


FORBIDDEN: dict[str, tuple[Object, str]] = {
    **{
        f"{name} in {place}": (beside(place, container), why)
        for name, (container, why) in IN_CONTAINERS.items()
        for place in PLACES
    },
    **{name: (pod({"containers": [CONTAINER], **spec}), why) for name, (spec, why) in IN_PODS.items()},
    "no AppArmor by the annotation of old": (
        pod(
            {"containers": [CONTAINER]},
            annotations={_APP_ARMOR: "unconfined"},
        ),
        "AppArmor",
    ),
}
