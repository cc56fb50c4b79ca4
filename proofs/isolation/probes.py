"""Ways to the stack's own power, which are nobody's but its functions'."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubernetes.client import AuthorizationV1Api

from onboarding import names
from proofs.isolation.actors import Actors, allowed
from proofs.isolation.kubernetes_ways import RBAC
from proofs.isolation.pod_ways import PRIVILEGED, made
from proofs.isolation.teams import AUDITOR, STRANGER, STRANGERS_ACCOUNT, TEAMS
from sandbox.scenery import accounts

MEMBERS = {
    "scientists": f"arn:aws:iam::{accounts.SCIENTISTS_ACCOUNT}:role/hyperpod-onboarding-scientists",
    "data": f"arn:aws:iam::{accounts.DATA_ACCOUNT}:role/hyperpod-onboarding-data",
    "storage": f"arn:aws:iam::{accounts.DATA_ACCOUNT}:role/hyperpod-onboarding-storage",
    "organization": f"arn:aws:iam::{accounts.MANAGEMENT_ACCOUNT}:role/hyperpod-onboarding-organization",
}
_FUNCTIONS = {
    "scientists": "IamRolesRoleArn",
    "data": "S3AccessPointRoleArn",
    "storage": "FsxStorageRoleArn",
    "organization": "ResolveTeamRoleArn",
}
_FORWARDER = (
    f"arn:aws:iam::{accounts.MANAGEMENT_ACCOUNT}:role/hyperpod-onboarding-forward-{accounts.ORGANIZATION_REGION}"
)
_AUDITOR = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{AUDITOR}"
_ADMINISTRATOR = f"arn:aws:iam::{accounts.MANAGEMENT_ACCOUNT}:role/{AUDITOR}"
_ANOTHER_FUNCTION = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{accounts.STACK}-eks-access-entry"
_ACCOUNT_EVENT = ("aws.organizations", "AWS API Call via CloudTrail")
_VOLUMES = "persistentvolumes"
_STRANGER = f"arn:aws:iam::{STRANGERS_ACCOUNT}:role/{STRANGER}"


@dataclass(frozen=True)
class Probe:
    """One thing tried once, and whether it should work."""

    name: str
    expected: bool
    attempt: Callable[[Actors], bool]


def _member(member: str, caller: str | None, external_id: str | None) -> Callable[[Actors], bool]:
    def attempt(actors: Actors) -> bool:
        keys = actors.signed_in(caller or actors.cloud.stack.outputs[_FUNCTIONS[member]])
        more = {"ExternalId": external_id} if external_id else {}
        return actors.assume(keys, MEMBERS[member], **more) is not None

    return attempt


def _put_event(caller: str, source: str = "hyperpod.teams", kind: str = "Team Deleted") -> Callable[[Actors], bool]:
    def attempt(actors: Actors) -> bool:
        bus = f"arn:aws:events:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:event-bus/{accounts.STACK}-teams"
        detail = json.dumps({"team": "nobody", "dryRun": True})
        entry = {"EventBusName": bus, "Source": source, "DetailType": kind, "Detail": detail}
        events = actors.client("events", actors.signed_in(caller))
        answers: list[dict[str, int]] = []
        through = allowed(lambda: answers.append(events.put_events(Entries=[entry])))
        return through and not answers[0]["FailedEntryCount"]

    return attempt


def _assume(caller: str, role: str) -> Callable[[Actors], bool]:
    return lambda actors: actors.assume(actors.signed_in(caller), role) is not None


def _function_may(
    verb: str, resource: str, group: str = "", name: str = "", member_of: str = names.STACK_GROUP
) -> Callable[[Actors], bool]:
    def attempt(actors: Actors) -> bool:
        api: Any = AuthorizationV1Api(actors.cloud.kubernetes.admin())
        attributes = {"verb": verb, "resource": resource, "group": group, "name": name, "namespace": "kube-system"}
        spec = {"user": "function", "groups": [member_of], "resourceAttributes": attributes}
        return bool(api.create_subject_access_review({"spec": spec}).status.allowed)

    return attempt


def _controller_makes(context: dict[str, Any]) -> Callable[[Actors], bool]:
    # What runs Jobs, Deployments and training jobs may do in Kubernetes what an administrator may.
    return lambda actors: made(actors.cloud.kubernetes.admin(), TEAMS[0], {}, context)


PROBES = (
    *(
        Probe(f"member role for {member}: {what}", expected, _member(member, caller, external_id))
        for member in MEMBERS
        for what, expected, caller, external_id in (
            ("its function, with the external ID", True, None, accounts.EXTERNAL_ID),
            ("its function, without", False, None, None),
            ("another role of the cluster's account", False, _AUDITOR, accounts.EXTERNAL_ID),
            ("another function of the stack", False, _ANOTHER_FUNCTION, accounts.EXTERNAL_ID),
            ("from a third account", False, _STRANGER, accounts.EXTERNAL_ID),
        )
    ),
    Probe("event bus: from a third account", False, _put_event(_STRANGER)),
    Probe("event bus: by hand in the management account", False, _put_event(_ADMINISTRATOR)),
    Probe("event bus: by hand as the forwarding role", False, _put_event(_FORWARDER)),
    Probe("event bus: a forged account event, as the forwarding role", False, _put_event(_FORWARDER, *_ACCOUNT_EVENT)),
    Probe("event bus: a forged account event, in the cluster's account", False, _put_event(_AUDITOR, *_ACCOUNT_EVENT)),
    Probe("forwarding role: as a person of its account", False, _assume(_ADMINISTRATOR, _FORWARDER)),
    Probe("the function in Kubernetes: escalate roles", False, _function_may("escalate", "clusterroles", RBAC)),
    Probe("the function in Kubernetes: bind roles", False, _function_may("bind", "clusterroles", RBAC)),
    Probe("the function in Kubernetes: impersonate", False, _function_may("impersonate", "users")),
    Probe("the function in Kubernetes: read secrets", False, _function_may("get", "secrets")),
    Probe("the function in Kubernetes: make pods", False, _function_may("create", "pods")),
    Probe("the function in Kubernetes: make volumes", False, _function_may("create", _VOLUMES)),
    Probe("the storage function: make volumes", True, _function_may("create", _VOLUMES, member_of=names.STORAGE_GROUP)),
    *(
        Probe(f"the {function} function: {what}", False, _function_may(verb, resource, api, name, group))
        for function, group in (("storage", names.STORAGE_GROUP), ("probe", names.PROBE))
        for what, verb, resource, api, name in (
            ("make roles", "create", "clusterroles", RBAC, ""),
            ("bind roles", "create", "clusterrolebindings", RBAC, ""),
            ("read secrets", "get", "secrets", "", ""),
            ("read any pod", "get", "pods", "", "trainer"),
            ("impersonate", "impersonate", "users", "", ""),
        )
    ),
    Probe("the storage function: make pods", False, _function_may("create", "pods", member_of=names.STORAGE_GROUP)),
    Probe("the probe function: make volumes", False, _function_may("create", _VOLUMES, member_of=names.PROBE)),
    Probe("a controller in a team's namespace: make a pod", True, _controller_makes({})),
    Probe("a controller in a team's namespace: make a privileged pod", False, _controller_makes(PRIVILEGED)),
    Probe("the probe function: read its pod", True, _function_may("get", "pods", "", names.PROBE, names.PROBE)),
)


def failed(actors: Actors) -> list[str]:
    """The names of the probes that came out otherwise than they should."""
    return [probe.name for probe in PROBES if probe.attempt(actors) != probe.expected]
