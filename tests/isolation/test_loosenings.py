"""Deliberate loosenings: for each one the matrix, or a probe of the stack's own power, must come out wrong.

What a loosened policy gives away is found by whoever has all rights of his own, so that one layer cannot hide the hole
in another.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import pytest
from kubernetes.client import AdmissionregistrationV1Api, NetworkingV1Api, RbacAuthorizationV1Api

import eks_access_entry.app
import iam_roles.policies
import quota_namespace.app
import quota_namespace.rbac
import s3_access_point.app
import s3_access_point.policies
from onboarding import dataset_access, names
from onboarding.errors import AccessDenied
from onboarding.key_grant import KeyGrant
from onboarding.names import POD_POLICY
from onboarding.request import TeamRequest
from proofs.isolation.actors import Actors
from proofs.isolation.kubernetes_ways import RBAC
from proofs.isolation.matrix import WAYS, tried, wrong
from proofs.isolation.network_ways import NETWORK
from proofs.isolation.pod_ways import PODS
from proofs.isolation.probes import failed
from proofs.isolation.teams import AUDITOR, OPEN_POINT, TEAMS
from proofs.isolation.ways import Way
from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from sandbox.cluster.nodes.network import Network
from sandbox.scenery import accounts
from sandbox.scenery.landscape import LABELS_KEY
from tests.contracts.stack import as_list
from tests.isolation.in_process import Steps, steps_of

Document = dict[str, Any]
AUDITOR_ARN = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/{AUDITOR}"
ROOT = {"AWS": f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:root"}


def changed(function: Callable[..., Document], change: Callable[[Document], Any]) -> Callable[..., Document]:
    """The function, with something done to the document that it makes."""

    def loose(*arguments: Any) -> Document:
        document = copy.deepcopy(function(*arguments))
        change(document)
        return document

    return loose


def every(change: Callable[[Document], Any]) -> Callable[[Document], Any]:
    """A change of each statement of a document."""
    return lambda document: [change(statement) for statement in document["Statement"]]


def no_condition(statement: Document) -> None:
    statement.pop("Condition", None)


def no_tag(name: str) -> Callable[[Document], Any]:
    return lambda statement: statement["Condition"]["StringEquals"].pop(f"aws:RequestTag/{name}")


def for_the_account(statement: Document) -> None:
    statement["Principal"] = {"AWS": f"{statement['Principal']['AWS'].rsplit(':', 1)[0]}:root"}


def each_arn(statement: Document, change: Callable[[str], str]) -> None:
    """Something is done to each ARN that a statement's condition names."""
    arns = statement["Condition"]["ArnLike"]
    arns.update({key: [change(arn) for arn in as_list(patterns)] for key, patterns in arns.items()})


def of_names_that_go_on(statement: Document) -> None:
    """A permission set's name may go on behind the one that is meant."""
    if "Condition" in statement:
        each_arn(statement, lambda arn: arn.replace("?" * 16, "*"))


def of_any_account(statement: Document) -> None:
    """A permission set's name counts in every account."""
    if "Condition" in statement:
        statement["Principal"] = "*"
        each_arn(statement, lambda arn: re.sub(r"\d{12}", "*", arn))


def for_anybody(statement: Document) -> None:
    statement["Principal"] = "*"
    no_condition(statement)


def on_all_access_points(statement: Document) -> None:
    """Each access point in a statement becomes any."""
    listed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    for_all = f"arn:aws:s3:{accounts.REGION}:{accounts.DATA_ACCOUNT}:accesspoint/*"
    statement["Resource"] = [for_all if ":accesspoint/" in each else each for each in listed]


def in_all_namespaces(team_rules: Callable[[str], list[Document]]) -> Callable[[str], list[Document]]:
    """The right to make jobs, in the ClusterRole and not in the namespace's Role."""
    rule = {"apiGroups": ["kubeflow.org"], "resources": ["pytorchjobs"], "verbs": ["create"]}
    return lambda team: [*team_rules(team), rule]


def for_another(key_grant: Any) -> Any:
    """Grants for somebody else than the team's role."""
    return lambda owner, key, name, grantee: key_grant(owner, key, name, AUDITOR_ARN)


def with_every_dataset(pod_account: Any) -> Any:
    """Of the team, whatever the request gives the service account."""
    return lambda request, account: replace(pod_account(request, account), datasets=tuple(request.datasets))


def cluster_wide(state: Any) -> Any:
    return lambda groups, policies: state(groups=groups, policies={policy: [] for policy in policies})


def binding_roles(rules: Callable[[Any], list[Document]]) -> Callable[[Any], list[Document]]:
    """The team's Role may bind roles."""
    rule = {"apiGroups": [RBAC], "resources": ["rolebindings"], "verbs": ["create"]}
    return lambda request: [*rules(request), rule]


IAM, S3, EKS, QUOTA = "iam_roles", "s3_access_point", "eks_access_entry", "quota_namespace"
trust, permissions = iam_roles.policies, iam_roles.policies
point = s3_access_point.policies
Loosen = Callable[[Any], Any]

IN_CODE: dict[str, tuple[Any, str, Loosen, tuple[str, ...], str]] = {
    "a pod trust without its conditions": (
        trust, "data_access_trust", lambda f: changed(f, every(no_condition)), (IAM,),
        "data access role, as a pod of another account's cluster",
    ),
    "a pod trust that any namespace fits": (
        trust, "data_access_trust", lambda f: changed(f, every(no_tag("kubernetes-namespace"))), (IAM,),
        "data access role, as a pod of another namespace",
    ),
    "a pod trust that any service account fits": (
        trust, "data_access_trust", lambda f: changed(f, every(no_tag("kubernetes-service-account"))), (IAM,),
        "data access role, as a pod of another service account",
    ),
    "a pod trust that any cluster fits": (
        trust, "data_access_trust", lambda f: changed(f, every(no_tag("eks-cluster-arn"))), (IAM,),
        "data access role, as a pod of another cluster",
    ),
    "a scientists' trust of their whole account": (
        trust, "cluster_access_trust", lambda f: changed(f, every(for_the_account)), (IAM,),
        "cluster access role, as another role of that account",
    ),
    "permission sets by the beginning of their name": (
        trust, "cluster_access_trust", lambda f: changed(f, every(of_names_that_go_on)), (IAM,),
        "cluster access role, by the team's permission set",
    ),
    "permission sets of whichever account": (
        trust, "cluster_access_trust", lambda f: changed(f, every(of_any_account)), (IAM,),
        "cluster access role, by the team's permission set",
    ),
    "a data role for all access points": (
        permissions, "data_access_permissions", lambda f: changed(f, every(on_all_access_points)), (IAM,),
        "get through an access point open to the cluster's account",
    ),
    "keys past S3": (
        permissions, "data_access_permissions", lambda f: changed(f, every(no_condition)), (IAM,),
        "decrypt with the key, past S3",
    ),
    "every service account has every dataset": (
        TeamRequest, "_pod_account", with_every_dataset, (IAM, S3),
        "get the first service account's, under a second",
    ),
    "listing without the prefix": (
        dataset_access, "list_statement", lambda f: changed(f, no_condition), (IAM, S3),
        "list through it outside the prefix",
    ),
    "objects without the prefix": (
        dataset_access, "object_resource", lambda f: lambda dataset, arn: f"{arn}/object/*", (IAM, S3),
        "get through it outside the prefix",
    ),
    "an access point for the whole account": (
        point, "access_point_policy", lambda f: changed(f, every(for_the_account)), (S3,),
        "get through it, as any other role of the cluster's account",
    ),
    "a delegation without its condition": (
        dataset_access, "delegation", lambda f: changed(f, no_condition), (S3,),
        "get at the bucket, as any other role of the cluster's account",
    ),
    "a delegation to anybody": (
        dataset_access, "delegation", lambda f: changed(f, for_anybody), (S3,),
        "get at the bucket, unsigned",
    ),
    "an access entry for the whole cluster": (
        eks_access_entry.app, "AccessEntryState", cluster_wide, (EKS,), "create pods",
    ),
    "a group bound cluster-wide": (
        quota_namespace.rbac, "cluster_rules", in_all_namespaces, (QUOTA,), "create pytorchjobs",
    ),
    "a team that may bind roles": (
        quota_namespace.rbac, "namespaced_rules", binding_roles, (QUOTA,), "bind roles",
    ),
}  # fmt: skip
"""Loosening to module, attribute, what is done to it, the steps that are applied anew, and the way that must notice."""


PLANNED: Final = "a team that may bind roles"
"""What the plan refuses by itself, since whoever answers for the cluster has given it to no team; the matrix notices
where the plan does not look."""

BOUNDED = ("a data role for all access points", "keys past S3")
"""Those that the permissions boundary of teams' roles holds by itself: the matrix notices where that is gone too."""


def unbounded(cloud: Cloud) -> None:
    """No data access role of a team has a boundary."""
    for team in TEAMS:
        name = team.data_access_role.rsplit("/", 1)[1]
        cloud.client("iam").delete_role_permissions_boundary(RoleName=name)


@contextmanager
def unbound(cloud: Cloud, policy: str) -> Iterator[None]:
    """An admission policy is not in force for a while."""
    api: Any = AdmissionregistrationV1Api(cloud.kubernetes.admin())
    api.delete_validating_admission_policy_binding(policy)
    try:
        yield
    finally:
        spec = {"policyName": policy, "validationActions": ["Deny"]}
        api.create_validating_admission_policy_binding({"metadata": {"name": policy}, "spec": spec})


@pytest.fixture(scope="module")
def steps(actors: Actors) -> Iterator[Steps]:
    with steps_of(actors.cloud) as found:
        yield found


@pytest.mark.parametrize("loosening", IN_CODE)
def test_the_matrix_notices(actors: Actors, steps: Steps, loosening: str) -> None:
    module, attribute, loosen, touched, noticing = IN_CODE[loosening]
    ways = [way for way in WAYS if way.name == noticing]
    before = actors.cloud.snapshot()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, attribute, loosen(getattr(module, attribute)))
        if loosening == PLANNED:
            with pytest.raises(AssertionError):
                steps.apply(*touched)
            patch.setattr(quota_namespace.app, "unheld_findings", lambda rules, context: iter(()))
        steps.apply(*touched)
    try:
        if loosening in BOUNDED:
            assert wrong(tried(Actors(actors.cloud), ways)) == []
            unbounded(actors.cloud)
        assert wrong(tried(Actors(actors.cloud), ways)) != []
    finally:
        steps.apply(*touched)
    assert difference(before, actors.cloud.snapshot()) == []


def test_a_grant_to_another_principal_is_refused_and_would_be_noticed(actors: Actors, steps: Steps) -> None:
    ways = [way for way in WAYS if way.name == "decrypt, as any other role of the cluster's account"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3_access_point.app, "KeyGrant", for_another(KeyGrant))
        with pytest.raises(AccessDenied, match="kms:CreateGrant"):
            steps.apply(S3)
    kms = actors.cloud.client("kms", accounts.DATA_ACCOUNT)
    made = kms.create_grant(KeyId=LABELS_KEY, GranteePrincipal=AUDITOR_ARN, Operations=["Decrypt"])
    assert wrong(tried(Actors(actors.cloud), ways)) != []
    kms.revoke_grant(KeyId=LABELS_KEY, GrantId=made["GrantId"])
    assert wrong(tried(Actors(actors.cloud), ways)) == []


@contextmanager
def member_trust(actors: Actors, account: str, role: str, loosen: Callable[[Document], Any]) -> Iterator[None]:
    """A member role whose trust is loosened for a while."""
    iam = actors.cloud.client("iam", account)
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    loose = copy.deepcopy(before)
    every(loosen)(loose)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(loose))
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


MEMBERS = {
    "hyperpod-onboarding-scientists": accounts.SCIENTISTS_ACCOUNT,
    "hyperpod-onboarding-data": accounts.DATA_ACCOUNT,
    "hyperpod-onboarding-storage": accounts.DATA_ACCOUNT,
    "hyperpod-onboarding-organization": accounts.MANAGEMENT_ACCOUNT,
}


@pytest.mark.parametrize("role", MEMBERS)
@pytest.mark.parametrize(
    ("loosen", "noticed"),
    [
        (lambda statement: statement["Condition"]["StringEquals"].pop("sts:ExternalId"), "its function, without"),
        (lambda statement: statement["Condition"].pop("ArnEquals"), "another role of the cluster's account"),
        (lambda statement: statement.update(Principal="*", Condition={}), "from a third account"),
    ],
    ids=["external id not asked", "any role of the account", "anybody"],
)
def test_a_probe_notices_a_member_role_that(
    actors: Actors, role: str, loosen: Callable[[Document], Any], noticed: str
) -> None:
    with member_trust(actors, MEMBERS[role], role, loosen):
        assert noticed in " ".join(failed(Actors(actors.cloud)))


@pytest.mark.parametrize("verb", ["escalate", "bind"])
def test_a_probe_notices_a_function_that_may(actors: Actors, verb: str) -> None:
    api: Any = RbacAuthorizationV1Api(actors.cloud.kubernetes.admin())
    before = api.read_cluster_role("hyperpod-onboarding").to_dict()["rules"]
    rules = [{"apiGroups": r["api_groups"], "resources": r["resources"], "verbs": r["verbs"]} for r in before]
    more = {"apiGroups": [RBAC], "resources": ["clusterroles"], "verbs": [verb]}
    api.patch_cluster_role("hyperpod-onboarding", {"rules": [*rules, more]})
    try:
        assert failed(actors) == [f"the function in Kubernetes: {verb} roles"]
    finally:
        api.patch_cluster_role("hyperpod-onboarding", {"rules": rules})


@pytest.mark.parametrize(
    ("principal", "noticed"),
    [
        ("*", "event bus: from a third account"),
        ({"AWS": f"arn:aws:iam::{accounts.MANAGEMENT_ACCOUNT}:root"}, "event bus: by hand in the management account"),
    ],
    ids=["all", "all of the management account"],
)
def test_a_probe_notices_a_bus_that_is_open_to(actors: Actors, principal: object, noticed: str) -> None:
    events = actors.cloud.client("events")
    bus = actors.cloud.stack.outputs["TeamsBusName"]
    described = events.describe_event_bus(Name=bus)
    before = json.loads(described["Policy"])
    statement = {"Sid": "open", "Effect": "Allow", "Principal": principal, "Action": "events:PutEvents"}
    loose = {**before, "Statement": [*before["Statement"], {**statement, "Resource": described["Arn"]}]}
    events.put_permission(EventBusName=bus, Policy=json.dumps(loose))
    try:
        assert noticed in failed(actors)
    finally:
        events.remove_permission(EventBusName=bus, StatementId="open")
    assert failed(actors) == []
    actors.cloud.settle()


@pytest.mark.parametrize("way", [way for way in PODS if not way.own(TEAMS[0])], ids=lambda way: way.name)
def test_the_matrix_notices_where_nothing_bounds_pods_that_a_team_can(actors: Actors, way: Way) -> None:
    with unbound(actors.cloud, POD_POLICY):
        found = wrong(tried(actors, [way]))
        # Each in its own namespace: RBAC keeps it out of the others'.
        assert found == [f"Pods: {way.name}: {team.name} got in at {team.name}'s" for team in TEAMS]
    assert wrong(tried(actors, [way])) == []


@pytest.mark.parametrize(
    ("loosened", "way"),
    [
        ({"ingress": [{}]}, "reach a service in the namespace, from a pod"),
        ({"egress": [{}]}, "get the node's credentials at the metadata address, from a pod"),
    ],
    ids=["everybody in", "everywhere out"],
)
def test_the_matrix_notices_a_network_fence_that_lets(actors: Actors, loosened: Document, way: str) -> None:
    (tried_way,) = (each for each in NETWORK if each.name == way)
    api: Any = NetworkingV1Api(actors.cloud.kubernetes.admin())
    where = (names.FENCE, TEAMS[0].namespace)
    before = actors.cloud.kubernetes.snapshot()[f"NetworkPolicy/{TEAMS[0].namespace}/{names.FENCE}"]["spec"]
    api.patch_namespaced_network_policy(*where, {"spec": loosened})
    try:
        found = tried(actors, [tried_way])
        assert wrong(found) != []
        # Just hers is open: inwards to all, outwards to her own pods.
        assert {cell.owner if "ingress" in loosened else cell.actor for cell in found if not cell.right} == {TEAMS[0]}
    finally:
        api.patch_namespaced_network_policy(*where, {"spec": before})
    assert wrong(tried(actors, NETWORK)) == []


@pytest.mark.parametrize(
    ("network", "noticed"),
    [
        (Network(enforces=False), len(NETWORK)),
        (Network(enforces=False, hop_limit=1), 1),
    ],
    ids=["to no policies", "to none, with a hop limit of 1"],
)
def test_the_matrix_notices_nodes_that_keep(actors: Actors, network: Network, noticed: int) -> None:
    before, actors.cloud.nodes.network = actors.cloud.nodes.network, network
    try:
        assert len({cell.way for cell in tried(actors, NETWORK) if not cell.right}) == noticed
    finally:
        actors.cloud.nodes.network = before


def test_a_probe_notices_where_nothing_bounds_pods_that_a_controller_can_make_any(actors: Actors) -> None:
    with unbound(actors.cloud, POD_POLICY):
        assert failed(actors) == ["a controller in a team's namespace: make a privileged pod"]
    assert failed(actors) == []


def test_the_open_access_points_are_what_they_are_called(actors: Actors) -> None:
    listed = actors.cloud.client("s3control", accounts.DATA_ACCOUNT).list_access_points(AccountId=accounts.DATA_ACCOUNT)
    assert sum(point["Name"].startswith(OPEN_POINT) for point in listed["AccessPointList"]) == 3
