"""What owners commonly deny in their buckets keeps no rightful team out; a pod that it does keep out says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.aws.inventory import difference
from sandbox.cloud import Cloud
from tests.faults.runs import offboarded
from tests.workflow.teams import CHECKPOINTS, outcome, small
from tests.workflow.test_owners_policies import ARN, add, owners, take_out

PARAMETERS = {"Probe": "true"}

ENDPOINT = "vpce-0123456789abcdef0"
DENIALS: dict[str, dict[str, Any]] = {
    "Insecure": {"Bool": {"aws:SecureTransport": "false"}},
    "OldTls": {"NumericLessThan": {"s3:TlsVersion": 1.2}},
    "Elsewhere": {"StringNotEquals": {"aws:PrincipalAccount": ["777788889999", "111122223333"]}},
}
"""Sid of an owner's statement to whom it denies everything."""


@contextmanager
def denying(cloud: Cloud, **conditions: dict[str, Any]) -> Iterator[None]:
    """The owner denies everything to whom these conditions fit, for a while."""
    everything = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [ARN, f"{ARN}/*"]}
    add(cloud, *(owners(sid, **everything, Condition=condition) for sid, condition in conditions.items()))
    try:
        yield
    finally:
        take_out(cloud, *conditions)


def writing(team: str) -> dict[str, Any]:
    return small(team, datasets=[{**CHECKPOINTS, "prefix": f"{team}/"}])


def test_a_pod_reads_and_writes_past_the_owners_denial_of_others(cloud: Cloud) -> None:
    with denying(cloud, **DENIALS):
        execution = cloud.onboard(writing("rightful"))
        assert outcome(execution) == "onboarded"
        assert execution.output["probe"]["result"] == "proven"
        assert outcome(offboarded(cloud, "rightful")) == "offboarded"


# The stack's own calls come over the internet: its functions are in no VPC here.
OFF_THE_PATH = {
    "StringNotEquals": {"aws:SourceVpce": ENDPOINT},
    "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::777788889999:role/hyperpod-onboarding-*"},
    "Null": {"aws:PrincipalServiceName": "true"},
}


@pytest.fixture
def by_endpoint(cloud: Cloud) -> Iterator[None]:
    """The cluster's nodes reach S3 by a VPC endpoint, for a while."""
    cloud.nodes.vpc_endpoint = ENDPOINT
    yield
    cloud.nodes.vpc_endpoint = ""


@pytest.mark.usefixtures("by_endpoint")
def test_a_pod_gets_in_by_the_vpc_endpoint_that_the_owner_asks_for(cloud: Cloud) -> None:
    with denying(cloud, Outside=OFF_THE_PATH):
        assert outcome(cloud.onboard(writing("inside"))) == "onboarded"
        assert outcome(offboarded(cloud, "inside")) == "offboarded"


def test_a_pod_without_that_endpoint_says_that_it_was_refused(cloud: Cloud) -> None:
    before = cloud.snapshot()
    with denying(cloud, Outside=OFF_THE_PATH):
        execution = cloud.onboard(writing("outside"))
        assert (execution.status, execution.error) == ("FAILED", "ProbeRefused")
        assert "should be let in and was refused" in str(execution.cause)
    assert difference(before, cloud.snapshot()) == []
