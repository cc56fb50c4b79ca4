"""Faults in AWS calls, over the network."""

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from sandbox.aws.gateway.operators import operator
from sandbox.runtime.call_log import Call
from sandbox.runtime.faults import Fault, Kind, Match
from sandbox.scenery.accounts import CLUSTER_ACCOUNT
from tests.sandbox.gateway_cloud import Cloud, allow, cloud, document

__all__ = ["cloud"]

CREATE = Match("iam", "CreateRole")
TRUST = document(allow("sts:AssumeRole", None, Principal={"Service": "lambda.amazonaws.com"}))


def create(cloud: Cloud, name: str = "new", **config: Any) -> str:
    """Makes a role as a function's process would, and tells what it was answered."""
    client = cloud.client("iam", operator(CLUSTER_ACCOUNT), user_agent_appid="fn-plan-team-i7", **config)
    try:
        client.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except (ConnectionClosedError, HTTPClientError) as error:
        return type(error).__name__
    return "done"


def exists(cloud: Cloud, name: str = "new") -> bool:
    return name in {role["RoleName"] for role in cloud.operator("iam").list_roles()["Roles"]}


@pytest.mark.parametrize(("when", "happened"), [("before", False), ("after", True)])
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.ERROR, "ServiceFailure"),
        (Kind.THROTTLE, "Throttling"),
        (Kind.DENIED, "AccessDenied"),
        (Kind.LOST, "ConnectionClosedError"),
        (Kind.CRASH, "ConnectionClosedError"),
    ],
)
def test_a_fault_strikes_before_or_after_the_effect(
    cloud: Cloud, kind: Kind, code: str, when: Any, happened: bool
) -> None:
    cloud.faults.add(Fault(CREATE, kind, when))
    assert create(cloud) == code
    assert exists(cloud) is happened
    assert cloud.log.entries(operation="CreateRole")[0].error == f"fault:{kind.value}"
    assert cloud.killed == (["i7"] if kind is Kind.CRASH else [])


def test_a_fault_strikes_so_many_times_and_a_retry_gets_through(cloud: Cloud) -> None:
    cloud.faults.add(Fault(CREATE, Kind.THROTTLE, times=2))
    assert [create(cloud), create(cloud), create(cloud)] == ["Throttling", "Throttling", "done"]
    assert cloud.faults.struck() == 2


def test_a_lasting_fault_strikes_until_it_is_taken_back(cloud: Cloud) -> None:
    cloud.faults.add(Fault(CREATE, Kind.DENIED, times=None))
    assert [create(cloud) for _ in range(3)] == ["AccessDenied"] * 3
    cloud.faults.clear()
    assert create(cloud) == "done"


def test_a_fault_can_wait_for_the_nth_call(cloud: Cloud) -> None:
    cloud.faults.add(Fault(Match("iam", "CreateRole", function="plan-team", nth=2), Kind.ERROR))
    assert [create(cloud, "one"), create(cloud, "two"), create(cloud, "two")] == ["done", "ServiceFailure", "done"]


def test_a_fault_passes_by_other_calls(cloud: Cloud) -> None:
    cloud.faults.add(Fault(Match("iam", "CreateRole", function="other"), Kind.ERROR))
    cloud.faults.add(Fault(Match("iam", "CreateRole", account="999999999999"), Kind.ERROR))
    assert create(cloud) == "done"


def test_a_hanging_call_ends_when_its_caller_gives_up(cloud: Cloud) -> None:
    recorded = threading.Event()
    cloud.log.listen(lambda entry: recorded.set() if entry.error == "fault:hang" else None)
    cloud.faults.add(Fault(CREATE, Kind.HANG))
    assert create(cloud, read_timeout=0.3) == "ReadTimeoutError"
    assert recorded.wait(5)
    assert not exists(cloud)


def test_hanging_calls_are_let_go_at_the_end(cloud: Cloud) -> None:
    cloud.faults.add(Fault(CREATE, Kind.HANG))
    threading.Timer(0.2, cloud.faults.stop).start()
    assert create(cloud) == "ConnectionClosedError"


def test_a_callback_happens_and_the_call_goes_on(cloud: Cloud) -> None:
    seen: list[Call] = []
    cloud.faults.add(Fault(CREATE, Kind.CALLBACK, callback=seen.append))
    assert create(cloud) == "done"
    assert [(call.function, call.instance) for call in seen] == [("plan-team", "i7")]
    assert cloud.log.entries(operation="CreateRole")[0].error is None


def test_any_predicate_can_choose_the_call(cloud: Cloud) -> None:
    cloud.faults.add(Fault(lambda call: call.parameters.get("RoleName") == "bad", Kind.ERROR))
    assert [create(cloud, "good"), create(cloud, "bad")] == ["done", "ServiceFailure"]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "codes"),
    [
        ("s3", "list_buckets", {}, ["SlowDown", "InternalError"]),
        ("eks", "list_clusters", {}, ["ThrottlingException", "ServerException"]),
        ("sagemaker", "list_clusters", {}, ["ThrottlingException", "InternalFailure"]),
        ("kms", "list_keys", {}, ["ThrottlingException", "KMSInternalException"]),
        ("dynamodb", "list_tables", {}, ["ThrottlingException", "InternalServerError"]),
        ("s3control", "list_access_points", {"AccountId": "111122223333"}, ["SlowDown", "InternalError"]),
    ],
)
def test_each_service_fails_in_its_own_words(
    cloud: Cloud, service: str, operation: str, parameters: dict[str, str], codes: list[str]
) -> None:
    found = []
    for kind in (Kind.THROTTLE, Kind.ERROR):
        cloud.faults.clear()
        cloud.faults.add(Fault(Match(), kind))
        with pytest.raises(ClientError) as caught:
            getattr(cloud.operator(service), operation)(**parameters)
        found.append(caught.value.response["Error"]["Code"])
    assert found == codes
