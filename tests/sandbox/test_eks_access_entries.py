"""EKS access entries, the policies associated with them, and CloudFormation's way to them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.eks.models import eks_backends

from sandbox.aws.eks.clusters import extras
from sandbox.scenery.accounts import CLUSTER_ACCOUNT, EKS_CLUSTER, REGION
from tests.sandbox.services_world import EDIT, World, refused, world

NAMESPACE = {"type": "namespace", "namespaces": ["hyperpod-ns-vision"]}


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def eks(here: World) -> Any:
    return here.client("eks")


def test_a_new_entry_has_the_defaults_of_a_role(here: World, eks: Any) -> None:
    role = here.role("vision")
    made = eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=role, tags={"team": "vision"})["accessEntry"]
    assert made["username"] == f"arn:aws:sts::{CLUSTER_ACCOUNT}:assumed-role/vision/{{{{SessionName}}}}"
    assert (made["type"], made["kubernetesGroups"], made["tags"]) == ("STANDARD", [], {"team": "vision"})
    assert eks.describe_access_entry(clusterName=EKS_CLUSTER, principalArn=role)["accessEntry"] == made


def test_a_second_entry_for_one_principal_is_a_conflict(here: World, eks: Any) -> None:
    role = here.role("vision")
    eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=role)
    with refused("ResourceInUseException", "already in use on this cluster"):
        eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=role)


def test_the_same_request_with_the_same_token_has_no_second_effect(here: World, eks: Any) -> None:
    request = {"clusterName": EKS_CLUSTER, "principalArn": here.role("vision"), "clientRequestToken": "once"}
    assert eks.create_access_entry(**request)["accessEntry"] == eks.create_access_entry(**request)["accessEntry"]
    with refused("InvalidParameterException", "token"):
        eks.create_access_entry(**request, kubernetesGroups=["other"])


def test_a_principal_that_does_not_exist_is_invalid(eks: Any) -> None:
    with refused("InvalidParameterException", "The specified principalArn is invalid: invalid principal"):
        eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=f"arn:aws:iam::{CLUSTER_ACCOUNT}:role/nobody")


def test_a_new_role_is_invalid_until_it_is_visible() -> None:
    with world(role_visible=10) as here:
        role, eks = here.role("vision"), here.client("eks")
        with refused("InvalidParameterException", "invalid principal"):
            eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=role)
        here.clock.seconds += 10
        eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=role)


@pytest.mark.parametrize("prefix", ["system:", "eks:"])
def test_reserved_group_names_are_refused(here: World, eks: Any, prefix: str) -> None:
    with refused("InvalidParameterException", f"it cannot start with {prefix}"):
        eks.create_access_entry(
            clusterName=EKS_CLUSTER, principalArn=here.role("vision"), kubernetesGroups=[f"{prefix}masters"]
        )


def test_a_cluster_in_mode_config_map_has_no_access_entries(eks: Any) -> None:
    extras(eks_backends[CLUSTER_ACCOUNT][REGION].clusters[EKS_CLUSTER]).authentication_mode = "CONFIG_MAP"
    shown = eks.describe_cluster(name=EKS_CLUSTER)["cluster"]
    assert shown["accessConfig"]["authenticationMode"] == "CONFIG_MAP"
    with refused("InvalidRequestException", "authentication mode"):
        eks.list_access_entries(clusterName=EKS_CLUSTER)


def test_a_policy_is_associated_rescoped_and_taken_away(here: World, eks: Any) -> None:
    key = {"clusterName": EKS_CLUSTER, "principalArn": here.role("vision")}
    eks.create_access_entry(**key)
    assert eks.list_associated_access_policies(**key)["associatedAccessPolicies"] == []
    eks.associate_access_policy(**key, policyArn=EDIT, accessScope={"type": "cluster"})
    eks.associate_access_policy(**key, policyArn=EDIT, accessScope=NAMESPACE)
    (associated,) = eks.list_associated_access_policies(**key)["associatedAccessPolicies"]
    assert (associated["policyArn"], associated["accessScope"]) == (EDIT, NAMESPACE)
    eks.disassociate_access_policy(**key, policyArn=EDIT)
    with refused("ResourceNotFoundException"):
        eks.disassociate_access_policy(**key, policyArn=EDIT)


@pytest.mark.parametrize("scope", [{"type": "namespace"}, {"type": "cluster", "namespaces": ["a"]}])
def test_namespaces_go_with_the_namespace_scope_alone(here: World, eks: Any, scope: dict[str, Any]) -> None:
    key = {"clusterName": EKS_CLUSTER, "principalArn": here.role("vision")}
    eks.create_access_entry(**key)
    with refused("InvalidParameterException"):
        eks.associate_access_policy(**key, policyArn=EDIT, accessScope=scope)


def test_a_policy_needs_an_entry_and_must_be_known(here: World, eks: Any) -> None:
    key = {"clusterName": EKS_CLUSTER, "principalArn": here.role("vision")}
    with refused("ResourceNotFoundException", "The specified principalArn could not be found"):
        eks.associate_access_policy(**key, policyArn=EDIT, accessScope=NAMESPACE)
    eks.create_access_entry(**key)
    with refused("InvalidParameterException"):
        eks.associate_access_policy(**key, policyArn=EDIT.replace("Edit", "Exit"), accessScope=NAMESPACE)


def test_lists_lag_behind_and_describe_lingers() -> None:
    with world(list_lag=5, delete_lag=5) as here:
        eks, key = here.client("eks"), {"clusterName": EKS_CLUSTER, "principalArn": here.role("vision")}
        eks.create_access_entry(**key)
        assert eks.list_access_entries(clusterName=EKS_CLUSTER)["accessEntries"] == []
        here.clock.seconds += 5
        eks.delete_access_entry(**key)
        assert eks.list_access_entries(clusterName=EKS_CLUSTER)["accessEntries"] == [key["principalArn"]]
        eks.describe_access_entry(**key)
        here.clock.seconds += 5
        assert eks.list_access_entries(clusterName=EKS_CLUSTER)["accessEntries"] == []
        with refused("ResourceNotFoundException"):
            eks.describe_access_entry(**key)


def test_entries_are_tagged_by_arn(here: World, eks: Any) -> None:
    entry = eks.create_access_entry(clusterName=EKS_CLUSTER, principalArn=here.role("vision"))["accessEntry"]
    eks.tag_resource(resourceArn=entry["accessEntryArn"], tags={"a": "1", "b": "2"})
    eks.untag_resource(resourceArn=entry["accessEntryArn"], tagKeys=["a"])
    assert eks.list_tags_for_resource(resourceArn=entry["accessEntryArn"])["tags"] == {"b": "2"}


def test_a_stack_owns_an_access_entry(here: World, eks: Any) -> None:
    role, stacks = here.role("lambda"), here.client("cloudformation")

    def template(groups: list[str]) -> str:
        properties = {
            "ClusterName": EKS_CLUSTER,
            "PrincipalArn": role,
            "KubernetesGroups": groups,
            "Tags": [{"Key": "stack", "Value": "s"}],
            "AccessPolicies": [
                {"PolicyArn": EDIT, "AccessScope": {"Type": "namespace", "Namespaces": ["hyperpod-ns-vision"]}}
            ],
        }
        resources = {"Entry": {"Type": "AWS::EKS::AccessEntry", "Properties": properties}}
        outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Entry", "AccessEntryArn"]}}}
        return json.dumps({"Resources": resources, "Outputs": outputs})

    stacks.create_stack(StackName="s", TemplateBody=template(["one"]))
    entry = eks.describe_access_entry(clusterName=EKS_CLUSTER, principalArn=role)["accessEntry"]
    assert (entry["kubernetesGroups"], entry["tags"]) == (["one"], {"stack": "s"})
    (output,) = stacks.describe_stacks(StackName="s")["Stacks"][0]["Outputs"]
    assert output["OutputValue"] == entry["accessEntryArn"]
    stacks.update_stack(StackName="s", TemplateBody=template(["two"]))
    entry = eks.describe_access_entry(clusterName=EKS_CLUSTER, principalArn=role)["accessEntry"]
    assert entry["kubernetesGroups"] == ["two"]
    stacks.delete_stack(StackName="s")
    assert eks.list_access_entries(clusterName=EKS_CLUSTER)["accessEntries"] == []
