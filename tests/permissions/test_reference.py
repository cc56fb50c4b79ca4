"""The lint of policies finds what may never be met, or never was."""

from typing import Any

import pytest

from sandbox.aws.gateway import reference
from sandbox.scenery import accounts
from tests.permissions.reference_lint import findings, unknown_operations

POINT = f"arn:aws:s3:{accounts.REGION}:{accounts.DATA_ACCOUNT}:accesspoint/hyperpod-*"
BUS = f"arn:aws:events:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:event-bus/teams"
CLUSTER = f"arn:aws:eks:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:cluster/research-eks"
QUOTA = f"arn:aws:sagemaker:{accounts.REGION}:{accounts.CLUSTER_ACCOUNT}:compute-quota/*"
TAG = "aws:ResourceTag/hyperpod-onboarding/stack"


def found(action: str | list[str], resource: str, **condition: dict[str, Any]) -> list[str]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
    return findings("a policy", "", {"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("action", "resource", "condition", "said"),
    [
        ("s3:MakeAccessPoint", POINT, {}, "there is no action s3:MakeAccessPoint"),
        ("s3:PutAccessPointPolicy", POINT, {"StringEquals": {TAG: "a"}}, f"does not come with {TAG}"),
        ("events:PutEvents", BUS, {"ArnLike": {"events:creatorAccount": "a"}}, "does not come with"),
        ("eks:DeleteAccessEntry", CLUSTER, {}, f"none of its actions is about {CLUSTER}"),
        (["eks:DescribeCluster", "eks:DeleteAccessEntry"], CLUSTER, {}, "eks:DeleteAccessEntry is about none of"),
        ("sagemaker:CreateComputeQuota", QUOTA, {}, "also asks for a resource of type cluster"),
        ("sagemaker:ListComputeQuotas", QUOTA, {}, "none of its actions is about"),
        ("events:PutEvents", BUS, {"StringEquals": {"events:source": "a"}}, "holds several values"),
        ("iam:PassRole", "*", {"ForAllValues:StringEquals": {"iam:PassedToService": "a"}}, "holds one value"),
        (
            "events:PutEvents",
            BUS,
            {"ForAllValues:StringEquals": {"events:source": "a"}},
            "holds also where events:source is absent",
        ),
    ],
)
def test_a_statement_is_found_in_which(action: Any, resource: str, condition: dict[str, Any], said: str) -> None:
    sentences = found(action, resource, **condition)
    assert any(said in sentence for sentence in sentences), sentences


def test_nothing_is_found_where_all_is_as_published() -> None:
    several = {"ForAllValues:StringEquals": {"events:source": "a"}, "Null": {"events:source": "false"}}
    assert found("events:PutEvents", BUS, **several) == []
    assert found("s3:DeleteAccessPoint", POINT, StringEquals={TAG: "a"}) == []
    assert found("sagemaker:ListComputeQuotas", "*") == []
    assert found("s3:Get*", "arn:aws:s3:::a/*") == []


def test_a_trust_policy_is_about_the_role_that_carries_it() -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = {"Statement": [{**trust, "Condition": {"StringEquals": {"sts:ExternalId": "a"}}}]}
    assert findings("trust", f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role/a", document) == []


def test_a_grant_can_have_operations_of_keys_alone() -> None:
    assert unknown_operations(["Decrypt", "GenerateDataKey", "PutObject"]) == ["PutObject"]


@pytest.mark.parametrize(
    ("one", "two", "both"),
    [
        ("arn:aws:iam::1:role/a-*", "arn:*:iam::*:role/*", True),
        ("arn:aws:iam::1:role/a-*", "arn:*:iam::*:role/*-b", True),
        ("arn:aws:iam::1:role/a-*", "arn:*:iam::*:user/*", False),
        ("arn:aws:s3:::bucket/*", "arn:*:s3:*:*:accesspoint/*", False),
        ("arn:aws:s3:::bucket", "arn:*:s3:::*/*", False),
        ("*", "arn:*:s3:::*", True),
    ],
)
def test_two_patterns_of_arns_meet_or_do_not(one: str, two: str, both: bool) -> None:
    assert (reference.meet(one, two), reference.meet(two, one)) == (both, both)
