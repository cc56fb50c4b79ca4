"""What the sandbox's Kubernetes does, the same on the built-in server and on a real kube-apiserver."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kubernetes
import pytest
from kubernetes.client.exceptions import ApiException

from sandbox.cluster.server import Identity
from tests.apiserver.cluster import Cluster

# The client takes dictionaries for bodies; its types do not.
client: Any = kubernetes.client

GROUP = "rbac.authorization.k8s.io"
QUEUES = ("kueue.x-k8s.io", "v1beta2")
JOBS = {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get"]}
PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}


@contextmanager
def refused(status: int, reason: str, *parts: str) -> Iterator[None]:
    with pytest.raises(ApiException) as caught:
        yield
    body = json.loads(caught.value.body or "")
    assert (caught.value.status, body["kind"], body["reason"]) == (status, "Status", reason), body
    for part in parts:
        assert part in body["message"]


def core(cluster: Cluster) -> Any:
    return client.CoreV1Api(cluster.api.admin())


def rbac(cluster: Cluster) -> Any:
    return client.RbacAuthorizationV1Api(cluster.api.admin())


def queues(cluster: Cluster) -> Any:
    return client.CustomObjectsApi(cluster.api.admin())


def role(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "rules": list(rules)}


def binding(name: str, role_name: str, *subjects: dict[str, Any], kind: str = "Role") -> dict[str, Any]:
    reference = {"apiGroup": GROUP, "kind": kind, "name": role_name}
    return {"metadata": {"name": name}, "subjects": list(subjects), "roleRef": reference}


def user(name: str) -> dict[str, Any]:
    return {"kind": "User", "apiGroup": GROUP, "name": name}


def group(name: str) -> dict[str, Any]:
    return {"kind": "Group", "apiGroup": GROUP, "name": name}


def grant(cluster: Cluster, namespace: str, subject: dict[str, Any], *rules: dict[str, Any]) -> None:
    name = cluster.unique("grant")
    rbac(cluster).create_namespaced_role(namespace, role(name, *rules))
    rbac(cluster).create_namespaced_role_binding(namespace, binding(name, name, subject))


def may(api: kubernetes.client.ApiClient, verb: str, resource: str, namespace: str | None = None, **more: str) -> bool:
    attributes = {"verb": verb, "resource": resource, **more} | ({"namespace": namespace} if namespace else {})
    review = {"spec": {"resourceAttributes": attributes}}
    answer = client.AuthorizationV1Api(api).create_self_subject_access_review(review)
    return bool(answer.status.allowed)


def pod(name: str, **metadata: Any) -> dict[str, Any]:
    spec = {"serviceAccountName": "trainer", "containers": [{"name": "main", "image": "busybox"}]}
    return {"metadata": {"name": name, **metadata}, "spec": spec}


class TestObjects:
    def test_what_is_created_can_be_read_and_is_gone_once_deleted(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        made = core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "trainer"}})
        assert made.metadata.uid
        assert made.metadata.resource_version
        assert made.metadata.creation_timestamp
        read = core(cluster).read_namespaced_service_account("trainer", space)
        assert read.metadata.uid == made.metadata.uid
        core(cluster).delete_namespaced_service_account("trainer", space)
        with refused(404, "NotFound", 'serviceaccounts "trainer" not found'):
            core(cluster).read_namespaced_service_account("trainer", space)

    def test_a_second_object_of_one_name_already_exists(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        rbac(cluster).create_namespaced_role(space, role("r", PODS))
        with refused(409, "AlreadyExists", 'roles.rbac.authorization.k8s.io "r" already exists'):
            rbac(cluster).create_namespaced_role(space, role("r", PODS))

    def test_an_update_from_a_stale_version_is_a_conflict(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        seen = rbac(cluster).create_namespaced_role(space, role("r", PODS))
        seen.rules[0].verbs = ["get"]
        rbac(cluster).replace_namespaced_role("r", space, seen)
        seen.rules[0].verbs = ["list"]
        message = 'Operation cannot be fulfilled on roles.rbac.authorization.k8s.io "r": the object has been modified'
        with refused(409, "Conflict", message):
            rbac(cluster).replace_namespaced_role("r", space, seen)

    def test_an_update_without_a_version_replaces_whatever_is_there(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        made = rbac(cluster).create_namespaced_role(space, role("r", PODS))
        new = rbac(cluster).replace_namespaced_role("r", space, role("r", JOBS))
        assert new.rules[0].resources == ["jobs"]
        assert new.metadata.uid == made.metadata.uid
        assert new.metadata.resource_version != made.metadata.resource_version

    def test_an_update_that_changes_nothing_keeps_the_version(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        made = rbac(cluster).create_namespaced_role(space, role("r", PODS))
        again = rbac(cluster).replace_namespaced_role("r", space, role("r", PODS))
        assert again.metadata.resource_version == made.metadata.resource_version

    def test_an_update_of_what_is_not_there_is_not_found(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        with refused(404, "NotFound"):
            core(cluster).replace_namespaced_service_account("x", space, {"metadata": {"name": "x"}})
        with refused(404, "NotFound"):
            core(cluster).patch_namespaced_service_account("x", space, {"metadata": {"labels": {"a": "b"}}})
        with refused(404, "NotFound"):
            core(cluster).delete_namespaced_service_account("x", space)

    def test_a_patch_merges_and_null_takes_away(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        labels = {"team": "red", "tier": "one"}
        core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "s", "labels": labels}})
        change = {"metadata": {"labels": {"tier": None, "stack": "x"}}}
        patched = core(cluster).patch_namespaced_service_account("s", space, change)
        assert patched.metadata.labels == {"team": "red", "stack": "x"}

    def test_a_patch_with_a_stale_version_is_a_conflict(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "s"}})
        with refused(409, "Conflict", "the object has been modified"):
            change = {"metadata": {"resourceVersion": "1", "labels": {"a": "b"}}}
            core(cluster).patch_namespaced_service_account("s", space, change)

    def test_a_list_can_be_narrowed_by_labels_and_by_name(self, cluster: Cluster) -> None:
        space, other = cluster.namespace(), cluster.namespace()
        for where, name, labels in ((space, "a", {"t": "1"}), (space, "b", {"t": "2"}), (other, "c", {"t": "1"})):
            metadata = {"name": name, "labels": labels}
            core(cluster).create_namespaced_service_account(where, {"metadata": metadata})

        def names(**options: str) -> list[str]:
            found = core(cluster).list_namespaced_service_account(space, **options)
            return [item.metadata.name for item in found.items]

        assert names() == ["a", "b"]
        assert names(label_selector="t=1") == ["a"]
        assert names(label_selector="t!=1") == ["b"]
        assert names(label_selector="t") == ["a", "b"]
        assert names(label_selector="t=1,t=2") == []
        assert names(field_selector="metadata.name=b") == ["b"]
        everywhere = core(cluster).list_service_account_for_all_namespaces(label_selector="t=1")
        assert {"a", "c"} <= {item.metadata.name for item in everywhere.items}

    def test_a_delete_with_another_uid_is_a_conflict(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "s"}})
        message = 'Operation cannot be fulfilled on ServiceAccount "s": the UID in the precondition ('
        with refused(409, "Conflict", message):
            options = {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}}
            core(cluster).delete_namespaced_service_account("s", space, body=options)

    def test_what_has_a_finalizer_stays_until_it_is_taken_away(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        metadata = {"name": "s", "finalizers": ["example.com/hold"]}
        core(cluster).create_namespaced_service_account(space, {"metadata": metadata})
        core(cluster).delete_namespaced_service_account("s", space)
        assert core(cluster).read_namespaced_service_account("s", space).metadata.deletion_timestamp
        release(cluster, "s", space)
        with refused(404, "NotFound"):
            core(cluster).read_namespaced_service_account("s", space)

    def test_a_delete_answers_with_the_object_or_a_status(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        core(cluster).create_namespaced_pod(space, pod("p"))
        rbac(cluster).create_namespaced_role(space, role("r", PODS))
        core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "s"}})
        assert core(cluster).delete_namespaced_pod("p", space).metadata.name == "p"
        assert core(cluster).delete_namespaced_service_account("s", space).metadata.name == "s"
        status = rbac(cluster).delete_namespaced_role("r", space)
        assert (status["status"], status["details"]["name"], status["details"]["kind"]) == ("Success", "r", "roles")

    def test_custom_objects_keep_every_field_and_count_generations(self, cluster: Cluster) -> None:
        name = cluster.unique("queue")
        body = {
            "apiVersion": "kueue.x-k8s.io/v1beta2",
            "kind": "ClusterQueue",
            "metadata": {"name": name},
            "spec": {"cohort": "shared", "resourceGroups": [{"coveredResources": ["cpu"]}]},
        }
        made = queues(cluster).create_cluster_custom_object(*QUEUES, "clusterqueues", body)
        assert made["spec"] == body["spec"]
        assert made["metadata"]["generation"] == 1
        changed = queues(cluster).patch_cluster_custom_object(
            *QUEUES, "clusterqueues", name, {"spec": {"cohort": "other"}}
        )
        assert changed["metadata"]["generation"] == 2
        labelled = queues(cluster).patch_cluster_custom_object(
            *QUEUES, "clusterqueues", name, {"metadata": {"labels": {"a": "b"}}}
        )
        assert labelled["metadata"]["generation"] == 2
        with refused(422, "Invalid", "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"):
            queues(cluster).replace_cluster_custom_object(*QUEUES, "clusterqueues", name, body)
        assert queues(cluster).delete_cluster_custom_object(*QUEUES, "clusterqueues", name)["status"] == "Success"

    def test_a_custom_object_takes_no_strategic_merge_patch(self, cluster: Cluster) -> None:
        name = cluster.unique("queue")
        body = {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "ClusterQueue", "metadata": {"name": name}, "spec": {}}
        queues(cluster).create_cluster_custom_object(*QUEUES, "clusterqueues", body)
        with refused(415, "UnsupportedMediaType", "application/merge-patch+json"):
            queues(cluster).patch_cluster_custom_object(
                *QUEUES, "clusterqueues", name, {"spec": {}}, _content_type="application/strategic-merge-patch+json"
            )

    def test_secrets_are_stored_encoded(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        core(cluster).create_namespaced_secret(space, {"metadata": {"name": "s"}, "stringData": {"key": "value"}})
        secret = core(cluster).read_namespaced_secret("s", space)
        assert (secret.data, secret.type) == ({"key": "dmFsdWU="}, "Opaque")
        assert [item.metadata.name for item in core(cluster).list_namespaced_secret(space).items] == ["s"]

    def test_a_watch_tells_what_changes(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        since = core(cluster).list_namespaced_service_account(space).metadata.resource_version
        core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "s"}})
        core(cluster).patch_namespaced_service_account("s", space, {"metadata": {"labels": {"a": "b"}}})
        core(cluster).delete_namespaced_service_account("s", space)
        response = core(cluster).list_namespaced_service_account(
            space, watch=True, resource_version=since, timeout_seconds=2, _preload_content=False
        )
        events = [json.loads(line) for line in response.data.decode().splitlines()]
        assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
        assert {event["object"]["metadata"]["name"] for event in events} == {"s"}


def release(cluster: Cluster, account: str, namespace: str) -> None:
    """Takes a service account's finalizers away."""
    core(cluster).patch_namespaced_service_account(
        account, namespace, {"metadata": {"finalizers": None}}, _content_type="application/merge-patch+json"
    )


class TestInvalidObjects:
    def test_names_must_be_dns_names(self, cluster: Cluster) -> None:
        with refused(422, "Invalid", 'Namespace "Red_Team" is invalid: metadata.name: Invalid value: "Red_Team": '):
            core(cluster).create_namespace({"metadata": {"name": "Red_Team"}})
        space = cluster.namespace()
        with refused(422, "Invalid", 'ServiceAccount "A" is invalid: metadata.name: Invalid value: "A": '):
            core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "A"}})
        with refused(422, "Invalid", "metadata.name: Required value: name or generateName is required"):
            core(cluster).create_namespaced_service_account(space, {"metadata": {}})

    def test_a_namespace_name_has_at_most_63_characters(self, cluster: Cluster) -> None:
        with refused(422, "Invalid", "must be no more than 63 characters"):
            core(cluster).create_namespace({"metadata": {"name": "n" * 64}})

    def test_rules_need_verbs_groups_and_resources(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        with refused(
            422,
            "Invalid",
            'Role.rbac.authorization.k8s.io "r" is invalid: [',
            "rules[0].verbs: Required value: verbs must contain at least one value",
            "rules[1].apiGroups: Required value: resource rules must supply at least one api group",
            "rules[1].resources: Required value: resource rules must supply at least one resource",
        ):
            no_verbs = {"apiGroups": [""], "resources": ["pods"], "verbs": []}
            rbac(cluster).create_namespaced_role(space, role("r", no_verbs, {"verbs": ["get"]}))

    def test_a_binding_needs_a_role_of_a_known_kind_and_whole_subjects(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        with refused(422, "Invalid", 'roleRef.kind: Unsupported value: "Rule": supported values:'):
            rbac(cluster).create_namespaced_role_binding(space, binding("b", "r", kind="Rule"))
        with refused(422, "Invalid", 'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'):
            rbac(cluster).create_cluster_role_binding(binding(cluster.unique("b"), "r"))
        with refused(422, "Invalid", "subjects[0].namespace: Required value"):
            subject = {"kind": "ServiceAccount", "name": "s"}
            rbac(cluster).create_cluster_role_binding(binding("b", "r", subject, kind="ClusterRole"))
        with refused(422, "Invalid", "subjects[0].kind: Unsupported value"):
            rbac(cluster).create_namespaced_role_binding(space, binding("b", "r", {"kind": "Team", "name": "s"}))

    def test_the_role_of_a_binding_cannot_change(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        rbac(cluster).create_namespaced_role_binding(space, binding("b", "one", user("u")))
        with refused(422, "Invalid", 'RoleBinding.rbac.authorization.k8s.io "b" is invalid: roleRef: Invalid value: '):
            rbac(cluster).replace_namespaced_role_binding("b", space, binding("b", "two", user("u")))
        changed = rbac(cluster).replace_namespaced_role_binding("b", space, binding("b", "one", user("v")))
        assert changed.subjects[0].name == "v"

    def test_the_body_must_fit_the_url(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        rbac(cluster).create_namespaced_role(space, role("r", PODS))
        with refused(400, "BadRequest", "the name of the object (other) does not match the name on the URL (r)"):
            rbac(cluster).replace_namespaced_role("r", space, role("other", PODS))
        elsewhere = {"metadata": {"name": "r", "namespace": "elsewhere"}}
        with refused(400, "BadRequest", "the namespace of the provided object does not match the namespace sent"):
            core(cluster).create_namespaced_service_account(space, elsewhere)

    def test_a_pod_needs_containers(self, cluster: Cluster) -> None:
        with refused(422, "Invalid", "spec.containers: Required value"):
            core(cluster).create_namespaced_pod(
                cluster.namespace(), {"metadata": {"name": "p"}, "spec": {"containers": []}}
            )


class TestNamespaces:
    def test_nothing_can_be_created_in_a_namespace_that_is_not_there(self, cluster: Cluster) -> None:
        with refused(404, "NotFound", 'namespaces "nowhere" not found'):
            core(cluster).create_namespaced_service_account("nowhere", {"metadata": {"name": "s"}})

    def test_a_deleted_namespace_terminates_and_then_goes_with_its_content(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "s"}})
        # Held by a finalizer, so that the test can look at it while it terminates, however fast that is.
        held = {"metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
        core(cluster).create_namespaced_service_account(space, held)
        core(cluster).delete_namespace(space)
        found = core(cluster).read_namespace(space)
        assert found.status.phase == "Terminating"
        assert found.metadata.deletion_timestamp
        message = f"unable to create new content in namespace {space} because it is being terminated"
        with refused(403, "Forbidden", f'roles.rbac.authorization.k8s.io "r" is forbidden: {message}'):
            rbac(cluster).create_namespaced_role(space, role("r", PODS))
        with refused(409, "AlreadyExists"):
            core(cluster).create_namespace({"metadata": {"name": space}})
        core(cluster).delete_namespace(space)
        core(cluster).patch_namespace(space, {"metadata": {"labels": {"still": "here"}}})
        release(cluster, "held", space)
        wait_until_gone(cluster, space)
        assert not [key for key in cluster.api.snapshot() if space in key.split("/")]

    def test_custom_objects_of_a_namespace_go_with_it(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        local = {
            "apiVersion": "kueue.x-k8s.io/v1beta2",
            "kind": "LocalQueue",
            "metadata": {"name": "q"},
            "spec": {"clusterQueue": "c"},
        }
        queues(cluster).create_namespaced_custom_object(*QUEUES, space, "localqueues", local)
        assert f"LocalQueue/{space}/q" in cluster.api.snapshot()
        core(cluster).delete_namespace(space)
        wait_until_gone(cluster, space)
        assert f"LocalQueue/{space}/q" not in cluster.api.snapshot()

    def test_a_namespace_can_be_made_again_once_it_is_gone(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        core(cluster).delete_namespace(space)
        wait_until_gone(cluster, space)
        core(cluster).create_namespace({"metadata": {"name": space}})
        assert core(cluster).read_namespace(space).status.phase == "Active"
        time.sleep(0.3)
        assert core(cluster).read_namespace(space).status.phase == "Active"

    def test_the_namespaces_of_kubernetes_itself_stay(self, cluster: Cluster) -> None:
        with refused(403, "Forbidden", 'namespaces "default" is forbidden: this namespace may not be deleted'):
            core(cluster).delete_namespace("default")


def wait_until_gone(cluster: Cluster, namespace: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        listed = core(cluster).list_namespace(field_selector=f"metadata.name={namespace}")
        if not listed.items:
            return
        time.sleep(0.02)
    pytest.fail(f"{namespace} does not go away")


class TestAccess:
    def test_an_unknown_token_or_none_is_unauthorized(self, cluster: Cluster) -> None:
        with refused(401, "Unauthorized", "Unauthorized"):
            client.CoreV1Api(cluster.client("wrong")).list_namespace()
        anonymous = cluster.client("wrong")
        anonymous.configuration.api_key = {}
        with refused(401, "Unauthorized", "Unauthorized"):
            client.CoreV1Api(anonymous).list_namespace()

    def test_who_has_no_role_is_told_what_they_cannot_do(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        in_space = f'in the namespace "{space}"'
        expected = f'roles.{GROUP} "x" is forbidden: User "{name}" cannot get resource "roles" in API group "{GROUP}" '
        with refused(403, "Forbidden", expected + in_space):
            client.RbacAuthorizationV1Api(api).read_namespaced_role("x", space)
        expected = f'pods is forbidden: User "{name}" cannot create resource "pods" in API group "" {in_space}'
        with refused(403, "Forbidden", expected):
            client.CoreV1Api(api).create_namespaced_pod(space, pod("p"))
        with refused(403, "Forbidden", 'cannot list resource "namespaces" in API group "" at the cluster scope'):
            client.CoreV1Api(api).list_namespace()

    def test_a_role_holds_in_its_namespace_for_its_verbs_and_resources(self, cluster: Cluster) -> None:
        space, other = cluster.namespace(), cluster.namespace()
        name, api = cluster.user()
        grant(cluster, space, user(name), PODS, {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]})
        assert client.CoreV1Api(api).list_namespaced_pod(space).items == []
        with refused(403, "Forbidden"):
            client.CoreV1Api(api).list_namespaced_pod(other)
        with refused(403, "Forbidden"):
            client.CoreV1Api(api).create_namespaced_pod(space, pod("p"))
        assert may(api, "get", "pods", space, subresource="log")
        assert not may(api, "get", "pods", space, subresource="exec")
        assert not may(api, "get", "pods", space, group="batch")
        assert not may(api, "get", "pods")

    def test_a_group_a_service_account_and_a_cluster_role_can_be_bound(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        team = cluster.unique("team")
        _, member = cluster.user(team)
        _, stranger = cluster.user()
        rbac(cluster).create_cluster_role(role(cluster_role := cluster.unique("reader"), PODS))
        subjects = (group(team), {"kind": "ServiceAccount", "namespace": space, "name": "trainer"})
        rbac(cluster).create_namespaced_role_binding(space, binding("b", cluster_role, *subjects, kind="ClusterRole"))
        assert may(member, "list", "pods", space)
        assert not may(member, "list", "pods")
        assert not may(stranger, "list", "pods", space)
        assert reviewed(cluster, {"user": f"system:serviceaccount:{space}:trainer"}, "list", "pods", space)
        assert not reviewed(cluster, {"user": f"system:serviceaccount:{space}:other"}, "list", "pods", space)
        rbac(cluster).create_cluster_role_binding(
            binding(cluster.unique("b"), cluster_role, group(team), kind="ClusterRole")
        )
        assert may(member, "list", "pods")

    def test_resource_names_narrow_a_rule(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        grant(cluster, space, user(name), PODS | {"resourceNames": ["mine"]})
        assert may(api, "get", "pods", space, name="mine")
        assert not may(api, "get", "pods", space, name="other")
        assert not may(api, "list", "pods", space)

    def test_wildcards_cover_everything_of_their_kind(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        grant(cluster, space, user(name), {"apiGroups": ["kubeflow.org"], "resources": ["*"], "verbs": ["*"]})
        grant(cluster, space, user(name), {"apiGroups": ["*"], "resources": ["*/status"], "verbs": ["get"]})
        assert may(api, "create", "pytorchjobs", space, group="kubeflow.org")
        assert may(api, "get", "jobs", space, group="batch", subresource="status")
        assert not may(api, "get", "jobs", space, group="batch")

    def test_a_role_in_a_namespace_can_allow_to_read_that_namespace(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        grant(cluster, space, user(name), {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]})
        assert client.CoreV1Api(api).read_namespace(space).metadata.name == space
        with refused(403, "Forbidden"):
            client.CoreV1Api(api).read_namespace("default")

    def test_a_binding_to_no_role_allows_nothing(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        rbac(cluster).create_namespaced_role_binding(space, binding("b", "missing", user(name)))
        assert not may(api, "get", "pods", space)

    def test_masters_may_do_everything(self, cluster: Cluster) -> None:
        _, api = cluster.user("system:masters")
        assert may(api, "delete", "anything", group="example.com")
        client.CoreV1Api(api).list_namespace()

    def test_who_may_ask_about_others_gets_an_answer(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        grant(cluster, space, group("readers-" + space), PODS)
        assert reviewed(cluster, {"user": name, "groups": ["readers-" + space]}, "list", "pods", space)
        assert not reviewed(cluster, {"user": name}, "list", "pods", space)
        with refused(403, "Forbidden", 'cannot create resource "subjectaccessreviews"'):
            client.AuthorizationV1Api(api).create_subject_access_review({"spec": {"user": "x"}})

    def test_a_review_must_ask_something_about_somebody(self, cluster: Cluster) -> None:
        reviews = client.AuthorizationV1Api(cluster.api.admin())
        with refused(422, "Invalid", "exactly one of nonResourceAttributes or resourceAttributes must be specified"):
            reviews.create_subject_access_review({"spec": {"user": "x"}})
        with refused(422, "Invalid", "at least one of user or group must be specified"):
            reviews.create_subject_access_review({"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}})


def reviewed(cluster: Cluster, who: dict[str, Any], verb: str, resource: str, namespace: str) -> bool:
    attributes = {"verb": verb, "resource": resource, "namespace": namespace}
    review = {"spec": {**who, "resourceAttributes": attributes}}
    answer = client.AuthorizationV1Api(cluster.api.admin()).create_subject_access_review(review)
    return bool(answer.status.allowed)


class TestAccessPolicies:
    def test_the_edit_policy_holds_in_its_namespace_and_covers_no_roles_and_no_custom_resources(
        self, cluster: Cluster
    ) -> None:
        space, other = cluster.namespace(), cluster.namespace()
        _, api = cluster.user(policies=(("edit", (space,)),))
        client.CoreV1Api(api).create_namespaced_pod(space, pod("p"))
        assert may(api, "create", "jobs", space, group="batch")
        assert may(api, "get", "secrets", space)
        assert may(api, "get", "namespaces", space, name=space)
        assert not may(api, "create", "pods", other)
        assert not may(api, "create", "pods")
        assert not may(api, "get", "roles", space, group=GROUP)
        assert not may(api, "create", "rolebindings", space, group=GROUP)
        assert not may(api, "delete", "namespaces", space)
        assert not may(api, "create", "pytorchjobs", space, group="kubeflow.org")
        assert not may(api, "list", "localqueues", space, group="kueue.x-k8s.io")

    def test_the_view_policy_reads_all_but_secrets(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        _, api = cluster.user(policies=(("view", (space,)),))
        assert may(api, "list", "pods", space)
        assert not may(api, "get", "secrets", space)
        assert not may(api, "create", "pods", space)

    def test_the_cluster_admin_policy_may_do_everything_and_grant_it(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        _, api = cluster.user(policies=(("cluster-admin", None),))
        client.RbacAuthorizationV1Api(api).create_namespaced_role(space, role("r", JOBS))
        client.RbacAuthorizationV1Api(api).create_namespaced_role_binding(space, binding("b", "r", user("x")))
        assert may(api, "create", "clusterqueues", group="kueue.x-k8s.io")

    def test_the_admin_policy_may_write_roles_but_grants_nothing_that_rbac_does_not_give(
        self, cluster: Cluster
    ) -> None:
        space = cluster.namespace()
        _, api = cluster.user(policies=(("admin", (space,)),))
        assert may(api, "create", "roles", space, group=GROUP)
        with refused(403, "Forbidden", "is attempting to grant RBAC permissions not currently held"):
            client.RbacAuthorizationV1Api(api).create_namespaced_role(space, role("r", PODS))

    def test_namespaces_may_be_named_by_their_beginning(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        _, api = cluster.user(policies=(("view", ("space-*",)),))
        assert may(api, "list", "pods", space)
        assert not may(api, "list", "pods", "default")

    def test_a_policy_taken_away_is_gone_with_the_next_request(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user(policies=(("view", (space,)),))
        assert may(api, "list", "pods", space)
        cluster.tokens[f"token-of-{name}"] = Identity(name)
        assert not may(api, "list", "pods", space)

    def test_a_role_binding_to_the_built_in_edit_role_gives_its_rules(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        rbac(cluster).create_namespaced_role_binding(space, binding("b", "edit", user(name), kind="ClusterRole"))
        assert may(api, "create", "pods", space)
        assert not may(api, "create", "roles", space, group=GROUP)


WRITE_ROLES = {"apiGroups": [GROUP], "resources": ["roles"], "verbs": ["create", "update", "patch", "get"]}
WRITE_BINDINGS = {"apiGroups": [GROUP], "resources": ["rolebindings"], "verbs": ["create", "update"]}


class TestEscalation:
    def test_nobody_writes_a_role_that_grants_what_they_do_not_hold(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        grant(cluster, space, user(name), WRITE_ROLES, PODS)
        roles = client.RbacAuthorizationV1Api(api)
        roles.create_namespaced_role(space, role("r", PODS))
        expected = (
            f'roles.{GROUP} "s" is forbidden: user "{name}" (groups=["system:authenticated"]) is attempting to grant '
            'RBAC permissions not currently held:\n{APIGroups:["batch"], Resources:["jobs"], Verbs:["create" "get"]}'
        )
        with refused(403, "Forbidden", expected):
            roles.create_namespaced_role(space, role("s", PODS, JOBS))
        with refused(403, "Forbidden", f'roles.{GROUP} "r" is forbidden: user "{name}"'):
            roles.replace_namespaced_role("r", space, role("r", JOBS))
        with refused(403, "Forbidden", f'roles.{GROUP} "r" is forbidden: user "{name}"'):
            roles.patch_namespaced_role("r", space, {"rules": [JOBS]})

    def test_a_rule_for_one_name_does_not_cover_all_names(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        grant(cluster, space, user(name), WRITE_ROLES, PODS | {"resourceNames": ["mine"]})
        roles = client.RbacAuthorizationV1Api(api)
        roles.create_namespaced_role(space, role("r", PODS | {"resourceNames": ["mine"]}))
        with refused(403, "Forbidden"):
            roles.create_namespaced_role(space, role("s", PODS))

    def test_who_may_escalate_writes_any_role(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        escalate = {"apiGroups": [GROUP], "resources": ["roles"], "verbs": ["escalate"]}
        grant(cluster, space, user(name), WRITE_ROLES, escalate)
        client.RbacAuthorizationV1Api(api).create_namespaced_role(space, role("r", JOBS))

    def test_escalate_for_one_name_holds_for_updates_but_not_for_creation(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        escalate = {"apiGroups": [GROUP], "resources": ["roles"], "verbs": ["escalate"], "resourceNames": ["r"]}
        grant(cluster, space, user(name), WRITE_ROLES, escalate)
        roles = client.RbacAuthorizationV1Api(api)
        with refused(403, "Forbidden"):
            roles.create_namespaced_role(space, role("r", JOBS))
        rbac(cluster).create_namespaced_role(space, role("r"))
        roles.replace_namespaced_role("r", space, role("r", JOBS))

    def test_a_cluster_role_needs_its_rules_in_the_whole_cluster(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        writer = cluster.unique("writer")
        write = {"apiGroups": [GROUP], "resources": ["clusterroles"], "verbs": ["create"]}
        rbac(cluster).create_cluster_role(role(writer, write))
        rbac(cluster).create_cluster_role_binding(binding(writer, writer, user(name), kind="ClusterRole"))
        grant(cluster, space, user(name), PODS)
        with refused(403, "Forbidden", f'clusterroles.{GROUP} "'):
            client.RbacAuthorizationV1Api(api).create_cluster_role(role(cluster.unique("r"), PODS))

    def test_nobody_binds_a_role_whose_rules_they_do_not_hold(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        grant(cluster, space, user(name), WRITE_BINDINGS, PODS)
        rbac(cluster).create_namespaced_role(space, role("pods", PODS))
        rbac(cluster).create_namespaced_role(space, role("jobs", JOBS))
        bindings = client.RbacAuthorizationV1Api(api)
        bindings.create_namespaced_role_binding(space, binding("b", "pods", user("x")))
        with refused(403, "Forbidden", f'rolebindings.{GROUP} "c" is forbidden: user "{name}"', "not currently held"):
            bindings.create_namespaced_role_binding(space, binding("c", "jobs", user("x")))
        with refused(404, "NotFound", f'roles.{GROUP} "missing" not found'):
            bindings.create_namespaced_role_binding(space, binding("d", "missing", user("x")))

    def test_who_may_bind_one_role_binds_that_one_only(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        name, api = cluster.user()
        one, other = cluster.unique("one"), cluster.unique("other")
        bind = {"apiGroups": [GROUP], "resources": ["clusterroles"], "verbs": ["bind"], "resourceNames": [one]}
        grant(cluster, space, user(name), WRITE_BINDINGS, bind)
        rbac(cluster).create_cluster_role(role(one, JOBS))
        rbac(cluster).create_cluster_role(role(other, JOBS))
        bindings = client.RbacAuthorizationV1Api(api)
        bindings.create_namespaced_role_binding(space, binding("b", one, user("x"), kind="ClusterRole"))
        with refused(403, "Forbidden", "not currently held"):
            bindings.create_namespaced_role_binding(space, binding("c", other, user("x"), kind="ClusterRole"))


class TestSnapshot:
    def test_it_holds_what_people_made_without_what_the_server_adds(self, cluster: Cluster) -> None:
        space = cluster.namespace()
        core(cluster).create_namespaced_service_account(space, {"metadata": {"name": "s", "labels": {"a": "b"}}})
        core(cluster).create_namespaced_pod(space, pod("p"))
        core(cluster).create_namespaced_secret(space, {"metadata": {"name": "t"}, "data": {"k": "dg=="}})
        rbac(cluster).create_namespaced_role(space, role("r", PODS))
        subject = {"kind": "Group", "name": "g"}
        rbac(cluster).create_namespaced_role_binding(space, binding("b", "r", subject))
        found = {key: value for key, value in cluster.api.snapshot().items() if space in key.split("/")}
        assert found == {
            f"Namespace/{space}": {"metadata": {"name": space}},
            f"Pod/{space}/p": {
                "metadata": {"name": "p", "namespace": space},
                "spec": {"serviceAccountName": "trainer", "containers": [{"name": "main", "image": "busybox"}]},
            },
            f"Role/{space}/r": {"metadata": {"name": "r", "namespace": space}, "rules": [PODS]},
            f"RoleBinding/{space}/b": {
                "metadata": {"name": "b", "namespace": space},
                "subjects": [subject | {"apiGroup": GROUP}],
                "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "r"},
            },
            f"Secret/{space}/t": {"metadata": {"name": "t", "namespace": space}, "data": {"k": "dg=="}},
            f"ServiceAccount/{space}/s": {"metadata": {"name": "s", "namespace": space, "labels": {"a": "b"}}},
        }

    def test_it_leaves_out_what_kubernetes_makes_itself(self, cluster: Cluster) -> None:
        keys = list(cluster.api.snapshot())
        assert keys == sorted(keys)
        assert not [key for key in keys if key.split("/")[1].startswith(("system:", "kube-", "default"))]
        assert "ClusterRole/edit" not in keys
