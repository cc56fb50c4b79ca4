"""The stack with its options: clean policies, and roles within the boundary."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from proofs.isolation.actors import Actors, allowed
from proofs.permissions.runs import BOUNDARY
from proofs.permissions.teams import detail, with_folders
from sandbox.aws.gateway.operators import why_not
from sandbox.aws.inventory import World
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts
from tests.permissions import reference_lint
from tests.permissions.policy_lint import Resource, findings, of_type, resources

ROLES = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role"
FUNCTION = f"{ROLES}/{accounts.STACK}-iam-roles"
NAME = "hyperpod-cluster-access-bounded"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": accounts.SCIENTISTS_ACCOUNT}, "Action": "sts:AssumeRole"}
        ],
    }
)
TAGS = [{"Key": "hyperpod-onboarding/stack", "Value": accounts.STACK}]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    parameters = {
        "PermissionsBoundaryArn": BOUNDARY,
        "PublisherAccountIds": "333344445555",
        "SubnetIds": "subnet-1",
        "MostAccessPolicy": "admin",
        "AccessPolicies": "Training,Space",
        "ClusterAccessPolicies": "UserCluster",
        "BoundSessionNames": "all",
    }
    with running(Options(parameters=parameters)) as started:
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        started.client("iam").create_policy(PolicyName="team-boundary", PolicyDocument=json.dumps(everything))
        yield started


@pytest.fixture(scope="module")
def function(cloud: Cloud) -> Any:
    """IAM, as the function that makes the teams' roles."""
    actors = Actors(cloud)
    return actors.client("iam", actors.signed_in(FUNCTION))


@pytest.fixture(scope="module")
def bounded(cloud: Cloud) -> World:
    """The world with a team that has everything."""
    event = detail("bounded")
    event["scientists"] = [
        {"roleArn": event.pop("dataScientistRoleArn")},
        {"permissionSet": "DataScience", "accountId": accounts.SCIENTISTS_ACCOUNT},
    ]
    event["datasets"][1]["access"] = "read-write"
    event["access"] = {
        "policy": "admin",
        "policies": [{"name": "Training"}, {"name": "UserCluster", "scope": "cluster"}],
    }
    execution = cloud.onboard(with_folders(event, *event["datasets"]))
    assert execution.status == "SUCCEEDED", execution.cause
    return cloud.snapshot()


def test_no_policy_of_the_stack_or_of_a_team_has_a_finding(bounded: World) -> None:
    checked = list(resources(bounded))
    assert findings(*checked) == []
    assert len(checked) > 20


def test_every_policy_is_about_actions_resources_and_keys_that_the_service_authorization_reference_has(
    cloud: Cloud, bounded: World
) -> None:
    # The boundary is this test's own.
    checked = [policy for policy in reference_lint.documents(cloud, bounded) if policy[0] != BOUNDARY]
    assert [sentence for policy in checked for sentence in reference_lint.findings(*policy)] == []
    assert len(checked) > 60
    operations = dict(reference_lint.grants(bounded))
    assert operations
    assert {
        name: unknown for name, held in operations.items() if (unknown := reference_lint.unknown_operations(held))
    } == {}


def test_the_linter_finds_unknown_actions_and_resources_that_do_not_fit() -> None:
    def policy(action: str, resource: str) -> tuple[str, Resource]:
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return action, of_type("IAM::ManagedPolicy", PolicyDocument=document)

    assert "W3037" in findings(policy("iam:MakeRole", "*"))[0]
    assert "I3510" in findings(policy("eks:DeleteAccessEntry", f"{ROLES}/a"))[0]


@pytest.mark.parametrize(
    "action",
    ["AssociateAccessPolicy", "DescribeAccessEntry", "DisassociateAccessPolicy", "ListAssociatedAccessPolicies"],
)
def test_the_quota_function_reaches_access_entries_by_way_of_sagemaker_alone(cloud: Cloud, action: str) -> None:
    role = f"{ROLES}/{accounts.STACK}-quota-namespace"
    cluster = f"arn:aws:eks:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:access-entry/{accounts.EKS_CLUSTER}"
    entry = f"{cluster}/role/{accounts.CLUSTER_ACCOUNT}/task-governance/0"
    assert why_not(role, f"eks:{action}", entry, context={"aws:ViaAWSService": ("true",)}) is None
    assert why_not(role, f"eks:{action}", entry)


@pytest.mark.parametrize(
    ("policy", "namespaces", "may"),
    [
        ("Training", ("hyperpod-ns-bounded",), True),
        ("Space", ("hyperpod-ns-bounded",), True),
        ("Inference", ("hyperpod-ns-bounded",), False),
        ("Training", ("hyperpod-ns-*",), False),
        ("Training", ("hyperpod-ns-bounded", "kube-system"), False),
        ("Training", (), False),
        ("UserCluster", (), True),
        ("UserCluster", ("hyperpod-ns-bounded",), False),
    ],
)
def test_of_hyperpods_policies_the_access_entry_function_associates_those_that_the_stack_gives_where_it_gives_them(
    cloud: Cloud, policy: str, namespaces: tuple[str, ...], may: bool
) -> None:
    entries = f"arn:aws:eks:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:access-entry/{accounts.EKS_CLUSTER}"
    entry = f"{entries}/role/{accounts.CLUSTER_ACCOUNT}/hyperpod-cluster-access-bounded/0"
    context = {
        "aws:ResourceTag/hyperpod-onboarding/stack": (accounts.STACK,),
        "eks:accessScope": ("namespace" if namespaces else "cluster",),
        "eks:policyArn": (f"arn:aws:eks::aws:cluster-access-policy/AmazonSagemakerHyperpod{policy}Policy",),
        **({"eks:namespaces": namespaces} if namespaces else {}),
    }
    role = f"{ROLES}/{accounts.STACK}-eks-access-entry"
    assert (why_not(role, "eks:AssociateAccessPolicy", entry, context=context) is None) is may


def test_a_team_role_carries_the_boundary(bounded: World) -> None:
    roles = bounded[accounts.CLUSTER_ACCOUNT]["roles"]
    assert {roles[f"hyperpod-{kind}-access-bounded"]["boundary"] for kind in ("cluster", "data")} == {BOUNDARY}


@pytest.mark.parametrize("boundary", [{}, {"PermissionsBoundary": f"{BOUNDARY}-of-another"}], ids=["none", "another"])
def test_no_role_can_be_made_with_a_boundary_that_is(cloud: Cloud, function: Any, boundary: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="not authorized to perform: iam:CreateRole"):
        function.create_role(
            RoleName="hyperpod-data-access-loose", AssumeRolePolicyDocument=TRUST, Tags=TAGS, **boundary
        )


def test_a_boundary_cannot_be_taken_away_nor_rights_given_without_it(cloud: Cloud, function: Any) -> None:
    cloud.client("iam").create_role(RoleName=f"{NAME}-not", AssumeRolePolicyDocument=TRUST, Tags=TAGS)
    assert why_not(FUNCTION, "iam:DeleteRolePermissionsBoundary", f"{ROLES}/{NAME}-not")
    with pytest.raises(ClientError, match="not authorized to perform: iam:PutRolePolicy"):
        function.put_role_policy(RoleName=f"{NAME}-not", PolicyName="access", PolicyDocument=TRUST)


def test_a_role_of_our_name_that_is_not_tagged_as_ours_cannot_be_changed(cloud: Cloud, function: Any) -> None:
    cloud.client("iam").create_role(RoleName=f"{NAME}-foreign", AssumeRolePolicyDocument=TRUST)
    for change in (
        lambda: function.delete_role(RoleName=f"{NAME}-foreign"),
        lambda: function.update_assume_role_policy(RoleName=f"{NAME}-foreign", PolicyDocument=TRUST),
    ):
        assert not allowed(change)
