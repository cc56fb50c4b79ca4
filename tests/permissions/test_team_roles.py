"""The functions that make the teams' roles and their access entries, turned bad."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from proofs.isolation.actors import Actors, allowed
from proofs.permissions.teams import detail
from sandbox.aws.gateway.operators import why_not
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts

ROLES = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role"
BOUNDARY = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:policy/{accounts.STACK}-team-boundary"
IAM_ROLES = f"{ROLES}/{accounts.STACK}-iam-roles"
ACCESS_ENTRY = f"{ROLES}/{accounts.STACK}-eks-access-entry"
TAGS = [{"Key": "hyperpod-onboarding/stack", "Value": accounts.STACK}]
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": accounts.SCIENTISTS_ACCOUNT}, "Action": "sts:AssumeRole"}
        ],
    }
)
CLUSTER = f"arn:aws:eks:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:cluster/{accounts.EKS_CLUSTER}"
OWN_NAME = f"arn:aws:sts::{accounts.CLUSTER_ACCOUNT}:assumed-role/hyperpod-cluster-access-vision/{{{{SessionName}}}}"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(Options()) as started:
        yield started


@pytest.fixture(scope="module")
def iam(cloud: Cloud) -> Any:
    """IAM, as the function that makes the teams' roles."""
    actors = Actors(cloud)
    return actors.client("iam", actors.signed_in(IAM_ROLES))


@pytest.fixture(scope="module")
def vision(cloud: Cloud) -> str:
    """ARN of a team's access entry."""
    assert cloud.onboard(detail("vision")).status == "SUCCEEDED"
    where = {"clusterName": accounts.EKS_CLUSTER, "principalArn": f"{ROLES}/hyperpod-cluster-access-vision"}
    return str(cloud.client("eks").describe_access_entry(**where)["accessEntry"]["accessEntryArn"])


@pytest.mark.parametrize("boundary", [{}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}])
def test_no_role_is_made_without_the_boundary(iam: Any, boundary: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="not authorized to perform: iam:CreateRole"):
        iam.create_role(RoleName="hyperpod-data-access-loose", AssumeRolePolicyDocument=TRUST, Tags=TAGS, **boundary)


def test_a_role_with_every_right_in_its_policy_is_no_administrator(cloud: Cloud, iam: Any) -> None:
    name = "hyperpod-cluster-access-grand"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=TAGS, PermissionsBoundary=BOUNDARY)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=EVERYTHING)
    actors = Actors(cloud)
    session = actors.signed_in(f"{ROLES}/{name}")
    assert not allowed(lambda: actors.client("iam", session).create_role(RoleName="x", AssumeRolePolicyDocument=TRUST))
    assert not allowed(lambda: actors.client("s3", session).list_objects_v2(Bucket="example-corp-images"))
    assert allowed(lambda: actors.client("eks", session).describe_cluster(name=accounts.EKS_CLUSTER))


@pytest.mark.parametrize(
    "action",
    ["CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"],
)
def test_the_boundary_itself_cannot_be_changed(cloud: Cloud, action: str) -> None:
    assert why_not(IAM_ROLES, f"iam:{action}", BOUNDARY)


def test_a_role_without_the_boundary_gets_no_rights_and_lets_nobody_in_until_it_has_it(cloud: Cloud, iam: Any) -> None:
    name = "hyperpod-data-access-old"
    cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=TAGS)
    changes = (
        lambda: iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=EVERYTHING),
        lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=TRUST),
    )
    assert [allowed(change) for change in changes] == [False, False]
    assert not allowed(lambda: iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=f"{BOUNDARY}-not"))
    assert allowed(lambda: iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=BOUNDARY))
    assert [allowed(change) for change in changes] == [True, True]
    assert why_not(IAM_ROLES, "iam:DeleteRolePermissionsBoundary", f"{ROLES}/{name}")


def test_a_team_from_before_the_boundary_gets_it_with_its_next_event(cloud: Cloud) -> None:
    names = [f"hyperpod-{kind}-access-earlier" for kind in ("cluster", "data")]
    assert cloud.onboard(detail("earlier")).status == "SUCCEEDED"
    for name in names:
        cloud.client("iam").delete_role_permissions_boundary(RoleName=name)
    execution = cloud.onboard(detail("earlier"))
    assert execution.status == "SUCCEEDED", execution.cause
    roles = cloud.snapshot()[accounts.CLUSTER_ACCOUNT]["roles"]
    assert {roles[name]["boundary"] for name in names} == {BOUNDARY}


def entry(**keys: str) -> dict[str, tuple[str, ...]]:
    """What EKS says of a new entry for a team's role."""
    said = {
        "aws:RequestTag/hyperpod-onboarding/stack": accounts.STACK,
        "eks:principalArn": f"{ROLES}/hyperpod-cluster-access-vision",
        "eks:kubernetesGroups": "hyperpod-ns-vision-namespace-level-group",
        "eks:accessEntryType": "STANDARD",
        **{f"eks:{key}": value for key, value in keys.items()},
    }
    return {key: (value,) for key, value in said.items()}


@pytest.mark.parametrize("keys", [{}, {"username": OWN_NAME}], ids=["unsaid", "said"])
def test_an_entry_by_eks_own_name_is_made_whether_or_not_eks_says_the_name(cloud: Cloud, keys: dict[str, str]) -> None:
    assert why_not(ACCESS_ENTRY, "eks:CreateAccessEntry", CLUSTER, context=entry(**keys)) is None


@pytest.mark.parametrize("keys", [{"username": "admin"}, {"accessEntryType": "EC2_LINUX"}])
def test_no_entry_is_made_with_a_name_or_a_type_of_its_own(cloud: Cloud, keys: dict[str, str]) -> None:
    assert why_not(ACCESS_ENTRY, "eks:CreateAccessEntry", CLUSTER, context=entry(**keys))


@pytest.mark.parametrize(
    ("namespaces", "may"),
    [
        (("hyperpod-ns-vision",), True),
        (("hyperpod-ns-*",), False),
        (("hyperpod-ns-visio?",), False),
        (("hyperpod-ns-vision", "hyperpod-ns-s*"), False),
        (("kube-system",), False),
        ((), False),
    ],
)
def test_access_policies_are_for_whole_names_of_teams_namespaces(
    cloud: Cloud, vision: str, namespaces: tuple[str, ...], may: bool
) -> None:
    context = {
        "aws:ResourceTag/hyperpod-onboarding/stack": (accounts.STACK,),
        "eks:accessScope": ("namespace",),
        "eks:policyArn": ("arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",),
        **({"eks:namespaces": namespaces} if namespaces else {}),
    }
    assert (why_not(ACCESS_ENTRY, "eks:AssociateAccessPolicy", vision, context=context) is None) is may
