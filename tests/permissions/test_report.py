"""The report of `make permissions`: it finds what is unused and what is missing."""

from typing import Any

from sandbox import places
from sandbox.gateway.call import Call, Entry
from sandbox.gateway.needs import Need
from sandbox.permissions.grants import grants_of
from sandbox.permissions.service_needs import LOG_DELIVERY, NETWORK, service_needs
from sandbox.permissions.usage import Usage

ROLE = f"{places.STACK}-iam-roles"
ARN = f"arn:aws:iam::{places.CLUSTER_ACCOUNT}:role"


def world(*statements: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {"inline": {}, "attached": []}
    return {
        places.CLUSTER_ACCOUNT: {
            "roles": {ROLE: {"inline": {"own": {"Statement": list(statements)}}, "attached": []}},
            "policies": {},
        },
        places.SCIENTISTS_ACCOUNT: {"roles": {"hyperpod-onboarding-scientists": empty}, "policies": {}},
        places.DATA_ACCOUNT: {
            "roles": {"hyperpod-onboarding-data": empty, "hyperpod-onboarding-storage": empty},
            "policies": {},
        },
        "kubernetes": {},
    }


def entry(need: Need, error: str | None = None) -> Entry:
    call = Call(
        service="iam",
        operation=need.action.split(":")[1],
        actions=(need.action,),
        account=places.CLUSTER_ACCOUNT,
        region=places.REGION,
        principal=f"{ARN}/{ROLE}",
        function=None,
        instance=None,
        resource=need.resource,
        needs=(need,),
    )
    return Entry(1, call, 403 if error else 200, error)


def allow(action: str | list[str], resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def used(usage: Usage, statements: dict[str, Any], *entries: Entry) -> Usage:
    usage.granted.update(dict.fromkeys(grants_of(world(statements))))
    for each in entries:
        usage.use(grants_of(world(statements)), ROLE, each.call.needs)
    return usage


def test_an_action_that_no_call_needs_is_unused() -> None:
    statements = allow(["iam:DeleteRole", "iam:GetRole"], f"{ARN}/hyperpod-*")
    usage = used(Usage(), statements, entry(Need("iam:GetRole", f"{ARN}/hyperpod-data-access-a")))
    assert [grant.action for grant in usage.unused(ROLE)] == ["iam:DeleteRole"]


def test_a_statement_whose_condition_never_held_is_unused() -> None:
    statement = allow("iam:GetRole", f"{ARN}/hyperpod-*", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})
    need = Need("iam:GetRole", f"{ARN}/hyperpod-data-access-a")
    assert used(Usage(), statement, entry(need)).unused(ROLE) != []
    tagged = Need(need.action, need.resource, {"aws:ResourceTag/a": ("b",)})
    assert used(Usage(), statement, entry(tagged)).unused(ROLE) == []


def test_an_action_on_a_resource_of_another_service_is_no_grant() -> None:
    (grant,) = grants_of(world(allow(["eks:DescribeCluster", "iam:GetRole"], f"{ARN}/hyperpod-*")))
    assert grant.action == "iam:GetRole"


def test_aws_itself_needs_network_interfaces_only_in_a_vpc() -> None:
    def actions(parameters: dict[str, str]) -> set[str]:
        return {need.action for _, need in service_needs(parameters)}

    assert not set(NETWORK) & actions({})
    assert set(NETWORK) <= actions({"SubnetIds": "subnet-1"})
    assert set(LOG_DELIVERY) <= actions({})
