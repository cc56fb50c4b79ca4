"""What the admission policies of accounts/ let the functions' groups do, and what not, whoever directs a function."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from fsx_storage.file_system import FileSystem
from fsx_storage.mounting import wanted
from onboarding import names, ownership
from onboarding.accounts import Accounts
from onboarding.fence import Fence
from onboarding.kubernetes_object import KubernetesObject, ObjectState
from onboarding.names import POD_POLICY, PROBE, STACK_GROUP, STORAGE_GROUP
from onboarding.resource import Context
from onboarding.storage import Storage
from probe.forbidden_pods import FORBIDDEN_PODS
from probe.manifest import manifest
from quota_namespace import rbac
from quota_namespace.fence import fence
from tests.contracts.admission import Object, Write, documents, policies, write
from tests.unit.given import SETTINGS, dataset, request
from tests.unit.test_probe_pod_parts import CHOICES

TEAM = request(datasets=[dataset()])
SPACE = names.namespace(TEAM.team)
RBAC, QUEUES = "rbac.authorization.k8s.io/v1", "kueue.x-k8s.io"
STORAGE = Storage.model_validate(
    {"name": "data", "dataset": "example-corp-images", "path": "/vision/data"}, strict=False
)
FOLDER = wanted(STORAGE, FileSystem("fs-1", {}), SPACE, names.volume(TEAM.team, "data"))


def meta(name: str, namespace: str = "", **more: Any) -> Object:
    where = {"namespace": namespace} if namespace else {}
    return {"metadata": {"name": name, **where, "labels": ownership.marks(TEAM.team, SETTINGS.stack), **more}}


def changed(item: Object, *path: Any, to: Any) -> Object:
    """A copy of the object in which the field at the path is another."""
    copy = deepcopy(item)
    target: Any = copy
    for step in path[:-1]:
        target = target.setdefault(step, {}) if isinstance(target, dict) else target[step]
    target[path[-1]] = to
    return copy


ROLE = {**meta(f"{SPACE}-jobs", SPACE), "rules": rbac.namespaced_rules(TEAM)}
READER = {**meta(f"{SPACE}-queue-reader"), "rules": rbac.cluster_rules(TEAM.team)}
ROLE_BINDING = {**meta(f"{SPACE}-jobs", SPACE), **rbac.binding("Role", f"{SPACE}-jobs", TEAM.team)}
READER_BINDING = {
    **meta(f"{SPACE}-queue-reader"),
    **rbac.binding("ClusterRole", f"{SPACE}-queue-reader", TEAM.team),
}
ACCOUNT = meta(TEAM.service_account, SPACE)
LEVEL = "pod-security.kubernetes.io/enforce"
RESTRICTED = {LEVEL: "restricted", "activate-quota": "Enabled"}
NAMESPACE: Object = {"metadata": {"name": SPACE, "labels": RESTRICTED}}
MARKED: Object = {"metadata": {"name": SPACE, "labels": {**RESTRICTED, **ownership.marks(TEAM.team, SETTINGS.stack)}}}
FENCED: Object = {
    "metadata": {
        "name": SPACE,
        "labels": {
            **RESTRICTED,
            LEVEL: "baseline",
            f"{LEVEL}-version": "v1.33",
            "pod-security.kubernetes.io/audit": "privileged",
            "pod-security.kubernetes.io/audit-version": "latest",
            "hyperpod-onboarding/before-enforce": "restricted",
            "hyperpod-onboarding/before-enforce-version": "none",
            "hyperpod-onboarding/before-audit": "none",
            "hyperpod-onboarding/before-audit-version": "none",
        },
    }
}
FENCE = Fence(network=True, cpu="100m", memory="256Mi", pods=3000, claims=100, load_balancers=0)
PARTS: dict[str, Object] = {
    resource.object_kind: {**meta(names.FENCE, SPACE), **state.fields}
    for resource, state in fence(TEAM, Context(TEAM.team, replace(SETTINGS, fence=FENCE), Accounts(SETTINGS)))
    if isinstance(resource, KubernetesObject) and isinstance(state, ObjectState)
}
WHERE = {
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "LimitRange": ("v1", "limitranges"),
    "ResourceQuota": ("v1", "resourcequotas"),
}
VOLUME = {**meta(names.volume(TEAM.team, "data")), "spec": FOLDER.volume}
CLAIM = {**meta("data", SPACE), "spec": FOLDER.claim}
POD = manifest(TEAM, TEAM.pod_accounts[0], [], SETTINGS, CHOICES)
ADMITTED = changed(
    POD,
    "spec",
    "volumes",
    to=[
        {
            "name": "eks-pod-identity-token",
            "projected": {
                "sources": [
                    {
                        "serviceAccountToken": {
                            "audience": "pods.eks.amazonaws.com",
                            "expirationSeconds": 86400,
                            "path": "eks-pod-identity-token",
                        }
                    }
                ]
            },
        }
    ],
)
"""As amazon-eks-pod-identity-webhook leaves it, which comes before policies are asked."""


def of(name: str, api_version: str, resource: str, item: Object) -> list[Any]:
    """It is made, changed and deleted."""
    return [
        pytest.param(write("CREATE", api_version, resource, item), id=f"{name} made"),
        pytest.param(write("UPDATE", api_version, resource, item, item), id=f"{name} changed"),
        pytest.param(write("DELETE", api_version, resource, item), id=f"{name} deleted"),
    ]


def without_subjects(binding: Object) -> Object:
    """As the API server shows one that somebody has emptied (k8s.io/api/rbac/v1, RoleBinding: omitempty)."""
    return {field: value for field, value in binding.items() if field != "subjects"}


@pytest.mark.parametrize(
    "asked",
    [
        *of("Role", RBAC, "roles", ROLE),
        *of("RoleBinding", RBAC, "rolebindings", ROLE_BINDING),
        *of("ClusterRole", RBAC, "clusterroles", READER),
        *of("ClusterRoleBinding", RBAC, "clusterrolebindings", READER_BINDING),
        *of("service account", "v1", "serviceaccounts", ACCOUNT),
        *(
            pytest.param(
                write("UPDATE", RBAC, kind, without_subjects(item), item), id=f"{kind} bound to nobody given back"
            )
            for kind, item in (("rolebindings", ROLE_BINDING), ("clusterrolebindings", READER_BINDING))
        ),
        pytest.param(write("UPDATE", "v1", "namespaces", MARKED, NAMESPACE), id="namespace marked"),
        pytest.param(write("UPDATE", "v1", "namespaces", FENCED, NAMESPACE), id="namespace fenced"),
        pytest.param(write("UPDATE", "v1", "namespaces", NAMESPACE, FENCED), id="namespace as it was"),
        *(each for kind in WHERE for each in of(kind, *WHERE[kind], PARTS[kind])),
        pytest.param(write("DELETE", "v1", "namespaces", NAMESPACE), id="namespace deleted"),
        pytest.param(Write("CREATE", "authorization.k8s.io", "selfsubjectaccessreviews", "", ""), id="a question"),
    ],
)
def test_what_onboarding_writes_is_let_in(asked: Write) -> None:
    assert asked.refused([STACK_GROUP]) is None


def rule(group: str, resource: str, *verbs: str) -> Object:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}


FORBIDDEN = [
    rule("networking.k8s.io", "networkpolicies", "create"),
    rule("networking.k8s.io", "*", "delete"),
    rule("", "limitranges", "patch"),
    rule("", "resourcequotas", "delete"),
    rule("", "namespaces", "patch"),
    rule("", "serviceaccounts/token", "create"),
    rule("", "nodes/proxy", "get"),
    rule("", "persistentvolumes", "create"),
    rule("*", "pods", "get"),
    rule("", "*", "get"),
    rule("apps", "deployments", "*"),
    rule("", "secrets", "impersonate"),
    rule("rbac.authorization.k8s.io", "rolebindings", "create"),
    rule("storage.k8s.io", "storageclasses", "create"),
]
OTHERS_GROUP = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}]
NEIGHBOURS = [{**OTHERS_GROUP[0], "name": names.kubernetes_group("speech")}]
ELSEWHERE = "kube-system"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(write("CREATE", RBAC, "roles", {**ROLE, **meta(f"{ELSEWHERE}-jobs", ELSEWHERE)}), id="elsewhere"),
        pytest.param(write("DELETE", RBAC, "roles", {**ROLE, **meta("others", SPACE)}), id="another's Role"),
        *(
            pytest.param(write(operation, RBAC, "roles", {**ROLE, "rules": [*ROLE["rules"], more]}), id=f"{more}")
            for operation in ("CREATE", "UPDATE")
            for more in FORBIDDEN
        ),
        pytest.param(
            write("CREATE", RBAC, "rolebindings", changed(ROLE_BINDING, "roleRef", "name", to="admin")),
            id="a Role of others bound",
        ),
        pytest.param(
            write("CREATE", RBAC, "rolebindings", changed(ROLE_BINDING, "roleRef", "kind", to="ClusterRole")),
            id="a ClusterRole bound in a namespace",
        ),
        pytest.param(
            write("UPDATE", RBAC, "rolebindings", {**ROLE_BINDING, "subjects": OTHERS_GROUP}), id="bound to all"
        ),
        pytest.param(
            write("UPDATE", RBAC, "rolebindings", {**ROLE_BINDING, "subjects": NEIGHBOURS}), id="bound to a neighbour"
        ),
        pytest.param(
            write("CREATE", RBAC, "clusterrolebindings", {**READER_BINDING, "subjects": OTHERS_GROUP}),
            id="bound to all, in the whole cluster",
        ),
        pytest.param(
            write(
                "CREATE",
                RBAC,
                "clusterrolebindings",
                changed(READER_BINDING, "roleRef", "name", to="hyperpod-onboarding-grantable"),
            ),
            id="what is grantable, in the whole cluster",
        ),
        pytest.param(
            write("UPDATE", RBAC, "clusterroles", {**READER, "rules": [rule("", "namespaces", "get")]}),
            id="all namespaces read",
        ),
        pytest.param(
            write("UPDATE", RBAC, "clusterroles", {**READER, "rules": [rule(QUEUES, "clusterqueues", "patch")]}),
            id="queues changed",
        ),
        pytest.param(
            write("UPDATE", RBAC, "clusterroles", {**READER, "rules": [rule("", "serviceaccounts", "get")]}),
            id="service accounts read",
        ),
        pytest.param(
            write("UPDATE", RBAC, "clusterroles", {**meta("hyperpod-onboarding-grantable"), "rules": READER["rules"]}),
            id="the yardstick changed",
        ),
        pytest.param(
            write("DELETE", RBAC, "clusterroles", meta("cluster-admin")), id="a ClusterRole of others deleted"
        ),
        pytest.param(write("CREATE", "v1", "serviceaccounts", meta("mine", ELSEWHERE)), id="an account elsewhere"),
        pytest.param(write("DELETE", "v1", "serviceaccounts", meta("default", SPACE)), id="the default account"),
        pytest.param(write("CREATE", "v1", "serviceaccounts/token", ACCOUNT), id="a token of the team's account"),
        pytest.param(write("DELETE", "v1", "namespaces", meta(ELSEWHERE)), id="a namespace of others deleted"),
        *(
            pytest.param(
                write("UPDATE", "v1", "namespaces", changed(item, "metadata", "labels", *path, to=to), MARKED), id=name
            )
            for name, item, path, to in (
                ("all labels taken off", MARKED, (), {}),
                ("a level that is none", MARKED, (LEVEL,), "none"),
                ("a version that is none", MARKED, (f"{LEVEL}-version",), "never"),
                ("another of Pod Security", MARKED, ("pod-security.kubernetes.io/exempt",), "true"),
                ("task governance switched off", MARKED, ("activate-quota",), "Disabled"),
                ("the marks taken off", MARKED, (), RESTRICTED),
                ("a label of others", MARKED, ("istio-injection",), "enabled"),
            )
        ),
        *(
            pytest.param(write(operation, *WHERE[kind], {**PARTS[kind], **meta(*where)}), id=f"{kind} {where}")
            for operation in ("CREATE", "DELETE")
            for kind in WHERE
            for where in ((names.FENCE, ELSEWHERE), ("others", SPACE))
        ),
        pytest.param(
            write("CREATE", "kubeflow.org/v1", "pytorchjobs", meta("job", SPACE)),
            id="a job, though it may hand that out",
        ),
        pytest.param(Write("DELETE", RBAC.split("/")[0], "roles", SPACE, ""), id="all Roles at once"),
    ],
)
def test_what_a_quota_function_turned_bad_would_write_is_not(asked: Write) -> None:
    assert str(asked.refused([STACK_GROUP])).startswith("hyperpod-onboarding: ")
    assert asked.refused(["system:masters"]) is None


@pytest.mark.parametrize(
    "asked",
    [
        each
        for kind in WHERE
        for name in (names.FENCE, "own")
        for each in of(f"{kind} {name}", *WHERE[kind], {**PARTS[kind], **meta(name, SPACE)})
    ],
)
@pytest.mark.parametrize("group", [names.kubernetes_group(TEAM.team), f"system:serviceaccounts:{SPACE}"])
def test_no_part_of_a_fence_is_a_teams_to_write_nor_its_pods(asked: Write, group: str) -> None:
    assert str(asked.refused([group])).startswith("hyperpod-onboarding-fence: ")
    assert asked.refused(["system:masters"]) is None
    assert asked.refused(["system:serviceaccounts:kube-system"]) is None


def test_what_else_a_team_writes_is_none_of_the_fences_business() -> None:
    group = names.kubernetes_group(TEAM.team)
    assert write("CREATE", "v1", "configmaps", meta("own", SPACE)).refused([group]) is None
    assert write("CREATE", "networking.k8s.io/v1", "ingresses", meta("own", SPACE)).refused([group]) is None


@pytest.mark.parametrize(
    "asked", [*of("volume", "v1", "persistentvolumes", VOLUME), *of("claim", "v1", "persistentvolumeclaims", CLAIM)]
)
def test_what_storage_writes_is_let_in(asked: Write) -> None:
    assert asked.refused([STORAGE_GROUP]) is None


HOSTS = {**{k: v for k, v in VOLUME["spec"].items() if k != "csi"}, "hostPath": {"path": "/"}}


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(write("CREATE", "v1", "persistentvolumes", {**VOLUME, "spec": HOSTS}), id="a node's disk"),
        pytest.param(write("DELETE", "v1", "persistentvolumes", {**VOLUME, "spec": HOSTS}), id="not FSx's deleted"),
        pytest.param(
            write("CREATE", "v1", "persistentvolumes", changed(VOLUME, "spec", "csi", "driver", to="ebs.csi.aws.com")),
            id="another driver",
        ),
        pytest.param(
            write(
                "CREATE",
                "v1",
                "persistentvolumes",
                changed(VOLUME, "spec", "claimRef", "namespace", to=names.namespace("speech")),
            ),
            id="for another team",
        ),
        pytest.param(
            write("CREATE", "v1", "persistentvolumes", changed(VOLUME, "spec", "claimRef", to={})), id="for nobody"
        ),
        pytest.param(
            write("CREATE", "v1", "persistentvolumes", changed(VOLUME, "metadata", "name", to="theirs")), id="a name"
        ),
        pytest.param(
            write(
                "CREATE",
                "v1",
                "persistentvolumes",
                changed(VOLUME, "spec", "persistentVolumeReclaimPolicy", to="Delete"),
            ),
            id="to be deleted with its claim",
        ),
        pytest.param(write("CREATE", "v1", "persistentvolumeclaims", {**CLAIM, **meta("data", ELSEWHERE)}), id="where"),
        pytest.param(write("DELETE", "v1", "persistentvolumeclaims", meta("data", ELSEWHERE)), id="deleted elsewhere"),
        pytest.param(
            write(
                "CREATE",
                "v1",
                "persistentvolumeclaims",
                changed(CLAIM, "spec", "volumeName", to=names.volume("speech", "data")),
            ),
            id="another team's volume",
        ),
        pytest.param(write("CREATE", "v1", "pods", POD), id="a pod"),
    ],
)
def test_what_a_storage_function_turned_bad_would_write_is_not(asked: Write) -> None:
    assert str(asked.refused([STORAGE_GROUP])).startswith("hyperpod-onboarding-storage: ")
    assert asked.refused(["system:masters"]) is None


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(write("CREATE", "v1", "pods", POD), id="as made"),
        pytest.param(write("CREATE", "v1", "pods", ADMITTED), id="as EKS admits it"),
        pytest.param(write("DELETE", "v1", "pods", ADMITTED), id="deleted"),
        pytest.param(write("DELETE", "v1", "pods", changed(POD, "spec", to={"hostNetwork": True})), id="another's"),
    ],
)
def test_the_probes_pod_is_let_in(asked: Write) -> None:
    assert asked.refused([PROBE]) is None


CONTAINER = POD["spec"]["containers"][0]


def with_container(**changes: Any) -> Object:
    return changed(POD, "spec", "containers", to=[{**CONTAINER, **changes}])


@pytest.mark.parametrize(
    "pod",
    [
        pytest.param(changed(POD, "metadata", "namespace", to=ELSEWHERE), id="elsewhere"),
        pytest.param(changed(POD, "metadata", "name", to="mine"), id="a name"),
        *(
            pytest.param(changed(POD, "spec", field, to=True), id=field)
            for field in ("hostNetwork", "hostPID", "hostIPC", "automountServiceAccountToken")
        ),
        pytest.param(changed(POD, "spec", "nodeName", to="node-1"), id="a node chosen"),
        pytest.param(changed(POD, "spec", "serviceAccountName", to="default"), id="another account"),
        pytest.param(changed(POD, "spec", "volumes", to=[{"name": "x", "hostPath": {"path": "/"}}]), id="hostPath"),
        pytest.param(changed(POD, "spec", "volumes", to=[{"name": "x", "secret": {"secretName": "s"}}]), id="a secret"),
        pytest.param(
            changed(ADMITTED, "spec", "volumes", 0, "projected", "sources", to=[{"secret": {"name": "s"}}]),
            id="a secret projected",
        ),
        pytest.param(
            changed(
                ADMITTED,
                "spec",
                "volumes",
                0,
                "projected",
                "sources",
                to=[{"serviceAccountToken": {"audience": "https://kubernetes.default.svc", "path": "t"}}],
            ),
            id="a token for Kubernetes",
        ),
        pytest.param(changed(POD, "spec", "initContainers", to=[CONTAINER]), id="a container before it"),
        pytest.param(
            changed(POD, "spec", "containers", to=[CONTAINER, {**CONTAINER, "name": "x"}]), id="one beside it"
        ),
        pytest.param(changed(POD, "spec", "securityContext", to={}), id="perhaps root"),
        pytest.param(with_container(securityContext={}), id="no security context"),
        pytest.param(
            with_container(securityContext={**CONTAINER["securityContext"], "privileged": True}), id="privileged"
        ),
        pytest.param(
            with_container(securityContext={**CONTAINER["securityContext"], "allowPrivilegeEscalation": True}),
            id="escalation",
        ),
        pytest.param(
            with_container(
                securityContext={
                    **CONTAINER["securityContext"],
                    "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]},
                }
            ),
            id="a capability",
        ),
        pytest.param(with_container(envFrom=[{"secretRef": {"name": "s"}}]), id="a secret's variables"),
        pytest.param(
            with_container(env=[{"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
            id="a secret's variable",
        ),
    ],
)
def test_what_a_probe_function_turned_bad_would_run_is_not(pod: Object) -> None:
    asked = write("CREATE", "v1", "pods", pod)
    assert str(asked.refused([PROBE])).startswith("hyperpod-onboarding-probe: ")
    # Others' pods are the business of the policy for all pods of teams.
    assert (asked.refused(["system:masters"]) or POD_POLICY).split(": ")[0] == POD_POLICY


@pytest.mark.parametrize("what", FORBIDDEN_PODS)
def test_in_a_dry_run_the_probe_function_is_told_what_every_team_would_be(what: str) -> None:
    fields, container = FORBIDDEN_PODS[what]
    made = with_container(**container)
    pod = {**made, "spec": {**made["spec"], **fields}}
    asked = write("CREATE", "v1", "pods", pod, dry_run=True)
    assert str(asked.refused([PROBE])).startswith(f"{POD_POLICY}: ")
    without = [each for each in documents() if each["metadata"]["name"] != POD_POLICY]
    assert asked.refused([PROBE], without) is None
    assert str(write("CREATE", "v1", "pods", pod).refused([PROBE], without)).startswith(f"{PROBE}: ")


@pytest.mark.parametrize(("field", "to"), [("namespace", ELSEWHERE), ("name", "mine")])
def test_a_dry_run_too_is_for_its_own_pod_in_teams_namespaces(field: str, to: str) -> None:
    pod = changed(POD, "metadata", field, to=to)
    asked = write("CREATE", "v1", "pods", pod, dry_run=True)
    assert str(asked.refused([PROBE])).startswith(f"{PROBE}: ")


def test_the_probe_function_makes_nothing_else_and_changes_no_pod() -> None:
    for asked in (
        write("UPDATE", "v1", "pods", POD, POD),
        write("CREATE", "v1", "pods/exec", POD),
        write("CREATE", "v1", "serviceaccounts", ACCOUNT),
    ):
        assert "makes and deletes pods hyperpod-onboarding-probe" in str(asked.refused([PROBE]))


def test_there_is_a_policy_for_each_group_of_the_stack_and_two_for_teams() -> None:
    assert {policy.name for policy in policies()} == {STACK_GROUP, STORAGE_GROUP, PROBE, POD_POLICY, names.FENCE}
