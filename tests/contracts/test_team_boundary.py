"""The boundary of the teams' roles allows what a team can be given, and nothing else."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from iam_roles import policies
from onboarding.request import TeamRequest
from sandbox.aws.policies.policy import Decision, Request, evaluate
from tests.contracts.stack import as_list, of_type
from tests.unit.given import DATA, KEY, SETTINGS, dataset, request

VALUES = {
    "AWS::Partition": SETTINGS.partition,
    "AWS::Region": SETTINGS.region,
    "AWS::AccountId": SETTINGS.account,
    "EksClusterName": SETTINGS.eks_cluster,
    "HyperPodClusterArn": SETTINGS.hyperpod_cluster_arn,
    "NamePrefix": SETTINGS.prefix,
}


def boundary() -> list[dict[str, Any]]:
    """The boundary's statements, as they are deployed with these settings."""
    text = json.dumps(of_type("AWS::IAM::ManagedPolicy")["TeamBoundary"]["PolicyDocument"]["Statement"])
    for name, value in VALUES.items():
        text = text.replace(f"${{{name}}}", value).replace(f'{{"Ref": "{name}"}}', f'"{value}"')
    found: list[dict[str, Any]] = json.loads(text, object_hook=lambda each: each.get("Fn::Sub", each))
    return found


def teams() -> Iterator[TeamRequest]:
    """One for each way of asking for a dataset, and one without any."""
    yield request()
    for access, prefix, key in product(("read", "read-write"), (None, "curated/"), (None, KEY)):
        options = {"access": access, "prefix": prefix, "kmsKeyArn": key, "accountId": DATA}
        yield request(datasets=[dataset(**{name: value for name, value in options.items() if value})])


def generated() -> list[dict[str, Any]]:
    """Every statement that the stack writes into a policy of a team's role."""
    documents = [policies.cluster_access_permissions(SETTINGS)]
    documents += [
        policies.data_access_permissions(team, account, SETTINGS) or {"Statement": []}
        for team in teams()
        for account in team.pod_accounts
    ]
    return [statement for document in documents for statement in document["Statement"]]


def asked(statement: dict[str, Any]) -> Iterator[Request]:
    """A request for each action and resource of a statement, by way of S3."""
    via = {"kms:viaservice": (f"s3.{SETTINGS.region}.amazonaws.com",)}
    for action, resource in product(as_list(statement["Action"]), as_list(statement["Resource"])):
        yield Request(action, resource, context=via)


@pytest.mark.parametrize("statement", generated(), ids=lambda statement: str(statement.get("Sid", statement["Action"])))
def test_a_statement_of_a_team_passes(statement: dict[str, Any]) -> None:
    assert [wanted for wanted in asked(statement) if evaluate(boundary(), wanted) is not Decision.ALLOW] == []


def test_no_action_is_allowed_that_no_team_is_given() -> None:
    allowed = {action for statement in boundary() for action in as_list(statement["Action"])}
    given = {action for statement in generated() for action in as_list(statement["Action"])}
    assert allowed == given


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("iam:CreateUser", "*", {}),
        ("sts:AssumeRole", f"arn:aws:iam::{DATA}:role/other", {}),
        ("eks:DescribeCluster", SETTINGS.eks_cluster_arn.replace("research", "other"), {}),
        ("s3:GetObject", "arn:aws:s3:::example-corp-images/curated/1", {}),
        ("s3:ListBucket", "arn:aws:s3:::example-corp-images", {}),
        ("s3:GetObject", f"arn:aws:s3:us-west-2:{DATA}:accesspoint/others-point/object/1", {}),
        (
            "s3:GetObject",
            "arn:aws:s3:::example-corp-images/1",
            {"s3:dataaccesspointarn": (f"arn:aws:s3:us-west-2:{DATA}:accesspoint/others-point",)},
        ),
        ("kms:Decrypt", KEY, {}),
        ("kms:Decrypt", KEY, {"kms:viaservice": ("ec2.us-west-2.amazonaws.com",)}),
    ],
)
def test_nothing_else_passes(action: str, resource: str, context: dict[str, tuple[str, ...]]) -> None:
    assert evaluate(boundary(), Request(action, resource, context=context)) is Decision.NONE


def test_what_is_behind_an_access_point_of_the_stack_passes_as_well() -> None:
    point = {"s3:dataaccesspointarn": (f"arn:aws:s3:us-west-2:{DATA}:accesspoint/{SETTINGS.prefix}-vision-1",)}
    request_ = Request("s3:GetObject", "arn:aws:s3:::example-corp-images/1", context=point)
    assert evaluate(boundary(), request_) is Decision.ALLOW
