"""Who publishes to an encrypted topic needs its key as well, unless AWS manages that."""

import boto3
import pytest
from moto import mock_aws

from sandbox.aws.policies.needs import Target
from sandbox.aws.sns.permissions import ROWS

REGION, ACCOUNT = "us-west-2", "123456789012"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("attributes", "keys"),
    [
        ({}, []),
        ({"KmsMasterKeyId": "alias/aws/sns"}, []),
        ({"KmsMasterKeyId": KEY}, [("kms:Decrypt", KEY), ("kms:GenerateDataKey", KEY)]),
    ],
)
def test_a_publisher_needs_the_key_that_a_customer_manages(
    attributes: dict[str, str], keys: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        topic = boto3.client("sns", region_name=REGION).create_topic(Name="news", Attributes=attributes)["TopicArn"]
        needs = ROWS["sns", "Publish"](Target("sns", "Publish", ACCOUNT, REGION, {"TopicArn": topic}))
    assert [(need.action, need.resource) for need in needs] == [("sns:Publish", topic), *keys]
    assert all(need.context == {"kms:ViaService": (f"sns.{REGION}.amazonaws.com",)} for need in needs[1:])


def test_a_topic_that_is_not_there_has_no_key() -> None:
    gone = f"arn:aws:sns:{REGION}:{ACCOUNT}:gone"
    (need,) = ROWS["sns", "Publish"](Target("sns", "Publish", ACCOUNT, REGION, {"TopicArn": gone}))
    assert (need.action, need.resource) == ("sns:Publish", gone)
