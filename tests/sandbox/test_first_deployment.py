"""A first deployment of the stack that fails half-way leaves nothing that keeps the next one out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

from sandbox.aws.cloudformation.deploy import Stack, StackFailedError
from sandbox.aws.moto.installation import current
from sandbox.cloud import Cloud, Options, running
from sandbox.scenery import accounts

KINDS = (
    "AWS::CloudWatch::Dashboard",
    "AWS::EKS::AccessEntry",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A cloud with a stack of another name in it."""
    with running(Options()) as started:
        yield started


def deploy(cloud: Cloud, name: str) -> Stack:
    given = {
        "HyperPodClusterArn": cloud.stack.functions[0].environment["HYPERPOD_CLUSTER_ARN"],
        "EksClusterName": accounts.EKS_CLUSTER,
        "ExternalId": accounts.EXTERNAL_ID,
        "DefaultProfile": "{}",
        "Probe": "true",
    }
    return cloud._create("template.yaml", name, given, accounts.CLUSTER_ACCOUNT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_deployment_that_failed_can_be_repeated(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    name = f"again-{KINDS.index(kind)}"
    make = parsing.parse_and_create_resource
    with monkeypatch.context() as broken:

        def fail(logical_id: str, resource: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            if resource["Type"] == kind:
                raise ValidationError(message=f"{logical_id} could not be made")
            return make(logical_id, resource, *args, **kwargs)

        broken.setattr(parsing, "parse_and_create_resource", fail)
        with pytest.raises(StackFailedError, match="could not be made") as failed:
            deploy(cloud, name)
    assert "left behind" not in str(failed.value)
    assert deploy(cloud, name).outputs["RegistryTable"] == f"{name}-registry"


def test_an_access_entry_is_not_made_moments_after_its_role(cloud: Cloud) -> None:
    installation = current()
    before, installation.delays = installation.delays, replace(installation.delays, role_visible=10.0)
    try:
        assert deploy(cloud, "slowly-seen").outputs["RegistryTable"] == "slowly-seen-registry"
    finally:
        installation.delays = before


# Where the Region's name is the longest, 29 characters are the most (tests/contracts/test_template.py).
@pytest.mark.filterwarnings("ignore:.*InvalidBucketName")
@pytest.mark.parametrize("name", ["Teams", "a" * 35])
def test_a_stack_whose_name_does_not_fit_its_bucket_cannot_be_made(cloud: Cloud, name: str) -> None:
    with pytest.raises(StackFailedError, match="InvalidBucketName"):
        deploy(cloud, name)
