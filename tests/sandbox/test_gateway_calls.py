"""What the gateway makes of requests, and the log it keeps."""

import contextlib
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core import utils as moto_utils

from sandbox.aws.gateway.middleware import Gateway
from sandbox.aws.gateway.operators import operator
from sandbox.aws.moto import server
from sandbox.runtime.call_log import Call, CallLog
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, DATA_ACCOUNT, REGION
from tests.sandbox.gateway_cloud import Cloud, allow, cloud, document

__all__ = ["cloud"]


def last(cloud: Cloud) -> Call:
    return cloud.log.entries()[-1].call


@pytest.mark.parametrize(
    ("client", "operation", "parameters", "service", "name", "actions", "resource"),
    [
        ("iam", "list_roles", {}, "iam", "ListRoles", ("iam:ListRoles",), "*"),
        ("s3", "head_bucket", {"Bucket": "b.c"}, "s3", "HeadBucket", ("s3:ListBucket",), "arn:aws:s3:::b.c"),
        (
            "s3",
            "get_object",
            {"Bucket": "bucket", "Key": "a b/c+d"},
            "s3",
            "GetObject",
            ("s3:GetObject",),
            "arn:aws:s3:::bucket/a b/c+d",
        ),
        (
            "s3control",
            "get_access_point_policy",
            {"AccountId": CLUSTER_ACCOUNT, "Name": "point"},
            "s3",
            "GetAccessPointPolicy",
            ("s3:GetAccessPointPolicy",),
            f"arn:aws:s3:{REGION}:{CLUSTER_ACCOUNT}:accesspoint/point",
        ),
        (
            "eks",
            "describe_cluster",
            {"name": "c"},
            "eks",
            "DescribeCluster",
            ("eks:DescribeCluster",),
            f"arn:aws:eks:{REGION}:{CLUSTER_ACCOUNT}:cluster/c",
        ),
        (
            "dynamodb",
            "get_item",
            {"TableName": "t", "Key": {"k": {"S": "v"}}},
            "dynamodb",
            "GetItem",
            ("dynamodb:GetItem",),
            f"arn:aws:dynamodb:{REGION}:{CLUSTER_ACCOUNT}:table/t",
        ),
        (
            "stepfunctions",
            "describe_execution",
            {"executionArn": f"arn:aws:states:{REGION}:{CLUSTER_ACCOUNT}:execution:m:e"},
            "states",
            "DescribeExecution",
            ("states:DescribeExecution",),
            f"arn:aws:states:{REGION}:{CLUSTER_ACCOUNT}:execution:m:e",
        ),
        (
            "ssm",
            "get_parameter",
            {"Name": "/a/b"},
            "ssm",
            "GetParameter",
            ("ssm:GetParameter",),
            f"arn:aws:ssm:{REGION}:{CLUSTER_ACCOUNT}:parameter/a/b",
        ),
    ],
)
def test_a_request_is_known_by_service_operation_actions_and_resource(
    cloud: Cloud,
    client: str,
    operation: str,
    parameters: dict[str, Any],
    service: str,
    name: str,
    actions: tuple[str, ...],
    resource: str,
) -> None:
    made = cloud.operator(client)
    # Whether the thing exists is of no matter here.
    with contextlib.suppress(ClientError):
        getattr(made, operation)(**parameters)
    call = last(cloud)
    assert (call.service, call.operation, call.actions, call.resource) == (service, name, actions, resource)
    assert (call.account, call.region, call.principal) == (CLUSTER_ACCOUNT, REGION, "operator")


def test_parameters_come_parsed_and_without_secrets(cloud: Cloud) -> None:
    role = cloud.role("fn", trust=[allow("sts:AssumeRole", None, Principal={"AWS": CLUSTER_ACCOUNT})])
    assert cloud.log.entries(operation="CreateRole")[0].call.parameters["RoleName"] == "fn"
    cloud.operator("sts").assume_role(RoleArn=role, RoleSessionName="session", ExternalId="secret")
    assert last(cloud).parameters == {"RoleArn": role, "RoleSessionName": "session"}


def test_a_function_is_known_by_its_application_id(cloud: Cloud) -> None:
    sts = cloud.client("sts", operator(CLUSTER_ACCOUNT), user_agent_appid="fn-hyperpod-iam-roles-42a")
    sts.get_caller_identity()
    assert (last(cloud).function, last(cloud).instance) == ("hyperpod-iam-roles", "42a")
    cloud.operator("sts").get_caller_identity()
    assert (last(cloud).function, last(cloud).instance) == (None, None)


def test_a_session_is_logged_as_its_role(cloud: Cloud) -> None:
    role = cloud.role("fn", account=DATA_ACCOUNT)
    cloud.as_role(role, "sts").get_caller_identity()
    assert (last(cloud).principal, last(cloud).account) == (role, DATA_ACCOUNT)


def test_an_unsigned_request_is_refused_except_to_moto_itself(cloud: Cloud) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(cloud.url)  # noqa: S310
    with urllib.request.urlopen(f"{cloud.url}/moto-api/data.json") as answer:  # noqa: S310
        assert answer.status == 200


def test_the_log_keeps_outcomes_in_order_and_counts(cloud: Cloud) -> None:
    cloud.as_role(cloud.role("fn", allow("iam:GetRole")), "iam").get_role(RoleName="fn")
    entries = cloud.log.entries()
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert [(entry.call.operation, entry.status, entry.error) for entry in entries][-1] == ("GetRole", 200, None)
    assert cloud.log.count("service", "operation")[("iam", "GetRole")] == 1


def test_a_listener_hears_each_entry_once() -> None:
    log, heard = CallLog(), []
    call = Call("iam", "GetRole", (), CLUSTER_ACCOUNT, REGION, "operator", None, None, None)
    log.append(call, 200)
    log.listen(lambda entry: heard.append(entry.sequence))
    log.append(call, 404, "NoSuchEntity")
    assert heard == [2]
    assert log.entries(service="iam")[1].error == "NoSuchEntity"


def test_without_enforcement_calls_are_only_logged(cloud: Cloud) -> None:
    role = cloud.role("fn")
    open_log = CallLog()
    running = server.start(lambda app: Gateway(app, open_log, cloud.faults, enforce=False))
    lax = Cloud(running.url, open_log, cloud.faults)
    lax.as_role(role, "iam").get_role(RoleName="fn")
    assert last(lax).principal == role
    running.stop()


def test_a_big_object_passes_unharmed(cloud: Cloud) -> None:
    s3 = cloud.operator("s3")
    s3.create_bucket(Bucket="corpus", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="corpus", Key="big", Body=b"x" * 2_000_000)
    assert len(s3.get_object(Bucket="corpus", Key="big")["Body"].read()) == 2_000_000
    assert s3.head_object(Bucket="corpus", Key="big")["ContentLength"] == 2_000_000
    assert "Body" not in cloud.log.entries(operation="PutObject")[0].call.parameters


def test_a_policy_document_reaches_moto_as_it_was_sent(cloud: Cloud) -> None:
    sent = document(allow("s3:GetObject", "arn:aws:s3:::ü/*"))
    cloud.role("fn")
    iam = cloud.operator("iam")
    iam.put_role_policy(RoleName="fn", PolicyName="p", PolicyDocument=sent)
    assert iam.get_role_policy(RoleName="fn", PolicyName="p")["PolicyDocument"]["Statement"][0]["Resource"].endswith(
        "ü/*"
    )


def test_a_model_is_read_once_however_many_ask_at_once(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    load = moto_utils._load_service_model

    def counted(service: str, kind: str) -> dict[str, Any]:
        read.append(service)
        return load(service, kind)

    monkeypatch.setattr(moto_utils, "_load_service_model", counted)
    moto_utils.get_service_model.cache_clear()
    topics = [cloud.operator("sns") for _ in range(8)]
    with ThreadPoolExecutor(len(topics)) as pool:
        list(pool.map(lambda client: client.list_topics(), topics))
    assert read == ["sns"]
