"""The report of `make permissions`: it finds what is unused and what is missing."""

from dataclasses import replace
from typing import Any

import pytest

from onboarding.names import PROBE, READERS_GROUP, STACK_GROUP
from proofs.permissions.grants import MEMBER_ROLES, grants_of
from proofs.permissions.kubernetes_rights import Right, right_for, rights_of, titled
from proofs.permissions.people import OPERATOR, READER, policies_of, role_named
from proofs.permissions.service_needs import LOG_DELIVERY, NETWORK, service_needs
from proofs.permissions.usage import Usage
from sandbox.runtime.call_log import Call, Entry, Need
from sandbox.scenery import accounts

ROLE = f"{accounts.STACK}-iam-roles"
ARN = f"arn:aws:iam::{accounts.CLUSTER_ACCOUNT}:role"

CLUSTER_ROLES: dict[str, Any] = {
    f"ClusterRole/{group}": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}]}
    for group in (STACK_GROUP, PROBE)
}


def world(*statements: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {"inline": {}, "attached": []}
    return {
        accounts.CLUSTER_ACCOUNT: {
            "roles": {ROLE: {"inline": {"own": {"Statement": list(statements)}}, "attached": []}},
            "policies": {},
        },
        **{
            account: {"roles": {name: empty for name, at in MEMBER_ROLES.items() if at == account}, "policies": {}}
            for account in MEMBER_ROLES.values()
        },
        "kubernetes": {},
    }


def entry(need: Need, error: str | None = None, role: str = ROLE) -> Entry:
    call = Call(
        service="iam",
        operation=need.action.split(":")[1],
        actions=(need.action,),
        account=accounts.CLUSTER_ACCOUNT,
        region=accounts.REGION,
        principal=f"{ARN}/{role}",
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


def test_a_refusal_of_a_function_is_missing_and_one_of_a_teams_pod_is_not() -> None:
    need, usage = Need("s3:GetObject", "arn:aws:s3:::example-corp-images/a"), Usage()
    of_a_pod = entry(need, "AccessDenied", role="hyperpod-data-access-a")
    usage.add_calls(world(), [of_a_pod, entry(need, "fault:DENIED")])
    assert usage.missing == {}
    usage.add_calls(world(), [entry(need, "AccessDenied")])
    assert usage.missing_for(ROLE) == [f"s3:GetObject on {need.resource}"]


def test_a_right_in_kubernetes_is_used_by_its_own_function_alone() -> None:
    def called(function: str) -> Entry:
        session = f"arn:aws:sts::{accounts.CLUSTER_ACCOUNT}:assumed-role/{accounts.STACK}-{function}/session"
        call = replace(entry(Need("a:B", "*")).call, principal=session, service="kubernetes", operation="create pods")
        return Entry(1, replace(call, parameters={"group": ""}), 403)

    assert right_for(called("iam-roles").call) is None
    usage = Usage(rights=rights_of({"kubernetes": CLUSTER_ROLES}))
    assert [str(right) for right in usage.unused_rights(PROBE)] == ["create pods (core)"]
    usage.add_calls(world(), [called("fsx-storage")])
    assert usage.unused_rights(PROBE) != []
    usage.add_calls(world(), [called("probe")])
    assert usage.unused_rights(PROBE) == []
    assert usage.missing_for(titled(PROBE)) == ["create pods (core)"]
    assert usage.missing_for(PROBE) == []


def test_a_person_is_counted_by_his_own_role_and_in_kubernetes_by_the_group_of_readers() -> None:
    allowed = {"inline": {"0": {"Statement": [allow("eks:DescribeCluster", "arn:aws:eks:us-west-2:1:cluster/a")]}}}
    there = world()
    there[accounts.CLUSTER_ACCOUNT]["roles"][role_named(READER)] = {**allowed, "attached": []}
    usage = Usage(granted=dict.fromkeys(grants_of(there)))
    assert [grant.action for grant in usage.unused(role_named(READER))] == ["eks:DescribeCluster"]
    need = Need("eks:DescribeCluster", "arn:aws:eks:us-west-2:1:cluster/a")
    usage.add_calls(there, [entry(need, role=role_named(READER))])
    assert usage.unused(role_named(READER)) == []
    usage.add_calls(there, [entry(Need("sqs:GetQueueUrl", "*"), "AccessDenied", role=role_named(READER))])
    assert usage.missing_for(role_named(READER)) == ["sqs:GetQueueUrl on *"]

    session = f"arn:aws:sts::{accounts.CLUSTER_ACCOUNT}:assumed-role/{role_named(READER)}/reader"
    listed = replace(entry(need).call, principal=session, service="kubernetes", operation="list clusterqueues")
    right = right_for(replace(listed, parameters={"group": "kueue.x-k8s.io"}))
    assert right == Right(READERS_GROUP, "kueue.x-k8s.io", "clusterqueues", "list")


@pytest.mark.parametrize("person", [READER, OPERATOR])
def test_no_policy_of_people_names_all_of_anything(person: str) -> None:
    for statement in (statement for policy in policies_of(person) for statement in policy["Statement"]):
        actions, resources = (
            [value] if isinstance(value, str) else value for value in (statement["Action"], statement["Resource"])
        )
        assert not [action for action in actions if "*" in action]
        assert "*" not in resources


def test_only_the_group_that_makes_teams_roles_holds_what_it_hands_out() -> None:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}
    team = {"Role/hyperpod-ns-a/hyperpod-ns-a-namespace-level-role": {"rules": [rule]}}
    rights = rights_of({"kubernetes": {**CLUSTER_ROLES, **team}})
    assert rights == {Right(PROBE, "", "pods", "create")}


def test_a_function_that_the_stack_can_do_without_needs_something_only_where_it_is() -> None:
    def roles(parameters: dict[str, str]) -> set[str]:
        return {role for role, _ in service_needs(parameters)}

    assert roles({"Probe": "true"}) - roles({}) == {f"{accounts.STACK}-probe"}


def test_aws_itself_needs_network_interfaces_only_in_a_vpc() -> None:
    def actions(parameters: dict[str, str]) -> set[str]:
        return {need.action for _, need in service_needs(parameters)}

    assert not set(NETWORK) & actions({})
    assert set(NETWORK) <= actions({"SubnetIds": "subnet-1"})
    assert set(LOG_DELIVERY) <= actions({})


def test_a_machine_needs_the_executions_of_the_machine_that_it_nests_and_of_its_own_distributed_map() -> None:
    def executions(machine: str, action: str = "states:DescribeExecution") -> set[str]:
        needs = [need for role, need in service_needs({}) if role == f"{accounts.STACK}-{machine}"]
        found = [need.resource for need in needs if need.action == action]
        return {
            resource.split(":execution:")[1].rsplit(":", 1)[0].removeprefix(f"{accounts.STACK}-") for resource in found
        }

    assert executions("onboard-team") == {"unwind-team"}
    for action in ("states:DescribeExecution", "states:StopExecution"):
        assert executions("sweep", action) == {"onboard-team", "sweep", "sweep/label"}


def test_the_forwarding_role_needs_what_the_management_accounts_rule_takes() -> None:
    needs = [need for role, need in service_needs({}) if role.startswith("hyperpod-onboarding-forward-")]
    sources = {need.context["events:source"] for need in needs}
    assert sources == {("aws.organizations",), ("aws.controltower",)}
