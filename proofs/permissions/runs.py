"""Whole runs that between them do everything the product can do: no permission may be unused after them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes.client import CoreV1Api, RbacAuthorizationV1Api

from onboarding import names
from proofs.permissions.decision_runs import ASKING, decide_about_what_waits
from proofs.permissions.door_runs import (
    come_and_go_by_every_door,
    declare_a_team_in_a_stack,
    onboard_a_manifest,
    sweep_after_the_cluster_came_back,
    sweep_and_repair,
    sweep_past_a_team_that_cannot_be_planned,
)
from proofs.permissions.operator_runs import operate
from proofs.permissions.probe_runs import fail_to_probe, prove_access, stop_while_a_pod_tries
from proofs.permissions.storage_runs import mount_and_change_folders
from proofs.permissions.teams import UNMARKED, changed, detail, leave, onboard, stop_at, with_folders
from proofs.permissions.usage import Usage
from sandbox.aws import services
from sandbox.aws.moto.installation import current
from sandbox.cloud import Cloud, Options, running
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery import accounts
from sandbox.scenery.administrator import console_quota
from sandbox.scenery.step_failures import LAST_CHANGE, failing

BOUNDARY = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:policy/team-boundary"
"""Code takes real time: a busy machine must not have an execution's two hours pass in seconds."""

Run = Callable[[Cloud], None]


def all_runs() -> Usage:
    """Deploys the stack without and with its options, runs everything on each, and returns what was used.

    Raises RuntimeError where a run ends otherwise than it should: then it has not exercised what it is for.
    """
    usage = Usage()
    for parameters, runs in _DEPLOYMENTS:
        with running(Options(parameters=parameters)) as cloud:
            # What the stack holds in Kubernetes only to give it to teams, such a team shows.
            onboard(cloud, detail("resident", datasets=[]))
            for run in runs:
                run(cloud)
                cloud.faults.clear()
                cloud.settle()
            usage.add(cloud.snapshot(), cloud.calls.entries(), parameters)
    return usage


def come_change_and_go(cloud: Cloud) -> None:
    """A team comes, another shares its buckets, it changes in everything, both leave."""
    onboard(cloud, detail("first"))
    onboard(cloud, detail("second"))
    onboard(cloud, detail("first", dryRun=True), "planned")
    onboard(cloud, changed("first"))
    leave(cloud, "first")
    leave(cloud, "second")


def take_and_give_back_policies(cloud: Cloud) -> None:
    """A team asks for HyperPod's own access policies, and for none again."""
    policies = [{"name": "Training"}, {"name": "UserCluster", "scope": "cluster"}]
    onboard(cloud, detail("chooses", datasets=[], access={"policies": policies}))
    onboard(cloud, detail("chooses", datasets=[]))
    leave(cloud, "chooses")


def fail_in_each_step(cloud: Cloud) -> None:
    """Each step's last change is refused, for a new team and for one that changes; without probes one has no step."""
    onboard(cloud, detail("changing"))
    for step in [name for name in LAST_CHANGE if name != "probe"]:
        cloud.faults.add(failing(step))
        event = detail("fails")
        onboard(cloud, with_folders(event, *event["datasets"]), "AccessDenied")
        cloud.faults.clear()
    cloud.faults.add(failing("pod_identity"))
    onboard(cloud, changed("changing"), "AccessDenied")
    cloud.faults.clear()
    leave(cloud, "changing")


def mend_what_others_changed(cloud: Cloud) -> None:
    """Somebody edits the team's things by hand; the same event mends them, and a failure gives his edits back."""
    event = detail("edited")
    onboard(cloud, event)
    with _edited(cloud, "edited"):
        cloud.faults.add(Fault(Match(service="eks", operation="UpdatePodIdentityAssociation"), Kind.DENIED, times=None))
        onboard(cloud, event, "AccessDenied")
        cloud.faults.clear()
        onboard(cloud, event)
    leave(cloud, "edited")


@contextmanager
def _edited(cloud: Cloud, team: str) -> Iterator[None]:
    rbac: Any = RbacAuthorizationV1Api(cloud.kubernetes.admin())
    namespace = names.namespace(team)
    role, reader = names.namespaced_role(team), names.cluster_reader(team)
    # Bound to strangers, it would not be given back: the function's admission policy lets it bind no other group.
    subjects: dict[str, Any] = {"subjects": []}
    account = str(detail(team).get("serviceAccount", "hyperpod-training"))
    CoreV1Api(cloud.kubernetes.admin()).patch_namespaced_service_account(account, namespace, UNMARKED)
    rbac.patch_namespaced_role(role, namespace, {"rules": []})
    rbac.patch_namespaced_role_binding(role, namespace, subjects)
    rbac.patch_cluster_role(reader, {"rules": []})
    rbac.patch_cluster_role_binding(reader, subjects)
    eks = cloud.client("eks")
    cluster = {"clusterName": accounts.EKS_CLUSTER}
    scientists = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{names.cluster_access_role('hyperpod', team)}"
    eks.update_access_entry(**cluster, principalArn=scientists, kubernetesGroups=["strangers"])
    (association,) = eks.list_pod_identity_associations(**cluster, namespace=namespace)["associations"]
    other = _another_pods_role(cloud)
    eks.update_pod_identity_association(**cluster, associationId=association["associationId"], roleArn=other)
    iam = cloud.client("iam")
    limit = _policy(cloud)
    made = (names.cluster_access_role("hyperpod", team), names.data_access_role("hyperpod", team))
    for name in made:
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=limit)
    points = cloud.client("s3control", accounts.DATA_ACCOUNT)
    for point in points.list_access_points(AccountId=accounts.DATA_ACCOUNT)["AccessPointList"]:
        if team in point["Name"]:
            points.delete_access_point_policy(AccountId=accounts.DATA_ACCOUNT, Name=point["Name"])
    yield


def _another_pods_role(cloud: Cloud) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    name = "hyperpod-data-access-of-somebody"
    made = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    return str(made["Role"]["Arn"])


def _policy(cloud: Cloud) -> str:
    """The boundary's policy; wide, since it is its being there that counts here."""
    allow = {"Effect": "Allow", "Action": ["eks:*", "kms:*", "s3:*", "sagemaker:*", "sts:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    made = cloud.client("iam").create_policy(PolicyName="team-boundary", PolicyDocument=document)
    return str(made["Policy"]["Arn"])


def adopt_a_quota(cloud: Cloud) -> None:
    """The quota was made in the console; it is used, and stays."""
    console_quota(cloud, "adopted")
    onboard(cloud, detail("adopted"))
    leave(cloud, "adopted")


def remove_a_namespace_that_stays(cloud: Cloud) -> None:
    """Task governance leaves the namespace behind; it follows its quota."""
    current().removes_namespace = False
    onboard(cloud, detail("stays"))
    leave(cloud, "stays")
    current().removes_namespace = True


def make_a_quota_anew(cloud: Cloud) -> None:
    """A quota that could not be made is deleted when the team is rolled back."""
    services.script_quota("anew", ["CreateFailed"])
    onboard(cloud, detail("anew"), "ServiceRefused")


def recover_an_aborted_execution(cloud: Cloud) -> None:
    """An operator stops an execution half-way; a rule starts what unwinds it."""
    stop_at(cloud, Match("eks", "CreateAccessEntry"), detail("aborted"))


def send_an_event_twice(cloud: Cloud) -> None:
    """The second execution looks at the first, and leaves the work to it."""
    known = set(cloud.executions())
    for _ in range(2):
        cloud.send(detail("twice"))
    while len(new := set(cloud.executions()) - known) < 2:
        cloud.clock.sleep(1)
    for arn in new:
        cloud.wait(arn)
    leave(cloud, "twice")


def replace_an_unwinder_that_got_stuck(cloud: Cloud) -> None:
    """A roll-back cannot finish; the backstop looks at it and tries anew; then a replay does."""
    cloud.faults.add(failing("pod_identity"))
    cloud.faults.add(Fault(Match("eks", "DeleteAccessEntry"), Kind.DENIED, times=None))
    if cloud.onboard(detail("stuck")).status != "FAILED":
        raise RuntimeError("the run did not fail")
    cloud.settle()
    cloud.faults.clear()
    onboard(cloud, detail("stuck"))
    leave(cloud, "stuck")


def keep_within_a_boundary(cloud: Cloud) -> None:
    """The stack has a boundary for the teams' roles: they are made with it, and get it back where it was taken."""
    _policy(cloud)
    onboard(cloud, detail("bounded"))
    iam = cloud.client("iam")
    for name in (names.cluster_access_role("hyperpod", "bounded"), names.data_access_role("hyperpod", "bounded")):
        iam.delete_role_permissions_boundary(RoleName=name)
    cloud.faults.add(failing("pod_identity"))
    cloud.faults.add(Fault(Match("eks", "UpdatePodIdentityAssociation"), Kind.DENIED, times=None))
    onboard(cloud, changed("bounded"), "AccessDenied")
    cloud.faults.clear()
    onboard(cloud, changed("bounded"))
    leave(cloud, "bounded")


_DEPLOYMENTS: tuple[tuple[dict[str, str], tuple[Run, ...]], ...] = (
    (
        {},
        (
            come_change_and_go,
            mount_and_change_folders,
            fail_in_each_step,
            mend_what_others_changed,
            adopt_a_quota,
            remove_a_namespace_that_stays,
            make_a_quota_anew,
            recover_an_aborted_execution,
            send_an_event_twice,
            replace_an_unwinder_that_got_stuck,
            come_and_go_by_every_door,
            onboard_a_manifest,
            declare_a_team_in_a_stack,
            sweep_after_the_cluster_came_back,
            sweep_past_a_team_that_cannot_be_planned,
            operate,
        ),
    ),
    (
        {
            "PermissionsBoundaryArn": BOUNDARY,
            "SubnetIds": "subnet-1",
            "SecurityGroupIds": "sg-1",
            "WatchedOus": accounts.ROOT,
            "RepairDrift": "true",
            "Probe": "true",
            "AccessPolicies": "Training",
            "ClusterAccessPolicies": "UserCluster",
            "Notices": "true",
            **ASKING,
        },
        (
            keep_within_a_boundary,
            take_and_give_back_policies,
            decide_about_what_waits,
            prove_access,
            fail_to_probe,
            stop_while_a_pod_tries,
            sweep_and_repair,
        ),
    ),
)
"""Parameters of the stack, and what is run with them."""
